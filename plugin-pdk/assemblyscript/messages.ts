import { Json } from "./json";
import { panic } from "./panic";

/** The host that a call is about. */
export class Host {
  readonly id: string;
  /** `system` or `user`. */
  readonly mode: string;
  /** Which systemd manager runs the units: `system`, `user`, or `none`. */
  readonly systemd: string;
  readonly address: string;
  readonly units: string;
  /** Whether units must be linked into the manager's own directories. */
  readonly unitsLinked: bool;
  readonly data: string;
  readonly runtime: string;
  readonly logs: string;
  readonly facts: Json;

  constructor(json: Json) {
    this.id = json.at("id").asText();
    this.mode = json.at("mode").asText();
    this.systemd = json.at("systemd").asText();
    this.address = json.at("address").asText();
    const paths = json.at("paths");
    this.units = paths.at("units").asText();
    this.unitsLinked = paths.at("unitsLinked").asBoolean();
    this.data = paths.at("data").asText();
    this.runtime = paths.at("runtime").asText();
    this.logs = paths.at("logs").asText();
    this.facts = json.objectOr("facts");
  }
}

/** One instance, or one side of one edge. */
export class Item {
  readonly id: string;
  /** `instance` or `edge`. */
  readonly kind: string;
  /** The name for whatever is made of the item; safe as a file name and as a unit's stem. */
  readonly name: string;
  readonly service: string;
  readonly epoch: i64;
  readonly revision: i64;
  /** `running`, `stopped` or `absent`. */
  readonly want: string;
  readonly types: string[];
  readonly properties: Json;
  readonly attributes: Json;
  /** Keys of the claims it holds, by the name under which they were asked for. */
  readonly claims: Json;
  readonly artifacts: Json;
  readonly relations: Relation[];
  /** What the ledger says the item already has on this host. */
  readonly owned: string[];

  constructor(readonly json: Json) {
    this.id = json.at("id").asText();
    this.kind = json.at("kind").asText();
    this.name = json.at("name").asText();
    this.service = json.at("service").asText();
    this.epoch = json.at("epoch").asInteger();
    this.revision = json.at("revision").asInteger();
    this.want = json.at("want").asText();
    this.types = json.at("types").asTexts();
    this.properties = json.at("properties");
    this.attributes = json.at("attributes");
    this.claims = json.at("claims");
    this.artifacts = json.at("artifacts");
    this.relations = readRelations(json.at("relations"));
    this.owned = json.at("owned").asTexts();
  }

  owns(resource: string): bool {
    return this.owned.includes(resource);
  }
}

/** An edge, as the item at one end sees it. */
export class Relation {
  readonly side: string;
  readonly requirement: string;
  readonly types: string[];
  readonly properties: Json;
  readonly attributes: Json;
  /** The instance at the other end: `id`, `host`, `address`, `types`, `properties`, `attributes`. */
  readonly other: Json;
  /** The other end's own outgoing relations; empty where they are not given. */
  readonly beyond: Relation[];

  constructor(json: Json) {
    this.side = json.at("side").asText();
    this.requirement = json.at("requirement").asText();
    this.types = json.at("types").asTexts();
    this.properties = json.at("properties");
    this.attributes = json.at("attributes");
    this.other = json.at("other");
    this.beyond = json.at("other").has("relations")
      ? readRelations(json.at("other").at("relations"))
      : [];
  }

  isOf(type: string): bool {
    return this.types.includes(type);
  }
}

function readRelations(json: Json): Relation[] {
  const elements = json.asList();
  const relations: Relation[] = [];
  for (let i = 0; i < elements.length; i++) relations.push(new Relation(elements[i]));
  return relations;
}

/** An instance of this or of another service, as `lookup` finds it. */
export class SeenInstance {
  readonly service: string;
  readonly node: string;
  readonly id: string;
  readonly host: string;
  readonly address: string;
  /** `running` or `stopped`. */
  readonly want: string;
  readonly types: string[];
  readonly properties: Json;
  readonly attributes: Json;

  constructor(json: Json) {
    this.service = json.at("service").asText();
    this.node = json.at("node").asText();
    this.id = json.at("id").asText();
    this.host = json.at("host").asText();
    this.address = json.at("address").asText();
    this.want = json.at("want").asText();
    this.types = json.at("types").asTexts();
    this.properties = json.at("properties");
    this.attributes = json.at("attributes");
  }
}

/** One call: a verb for a batch of items. */
export class Request {
  readonly verb: string;
  readonly round: i64;
  readonly host: Host;
  readonly items: Item[] = [];
  readonly options: Json;

  constructor(json: Json) {
    if (json.at("contract").asInteger() != 1) panic("the host speaks another contract than 1");
    this.verb = json.at("verb").asText();
    this.round = json.at("round").asInteger();
    this.host = new Host(json.at("host"));
    const items = json.at("items").asList();
    this.options = json.objectOr("options");
    for (let i = 0; i < items.length; i++) this.items.push(new Item(items[i]));
  }
}

/** What is answered for one item. */
export class Answer {
  readonly json: Json = Json.object();
  private readonly attributes: Json = Json.object();

  constructor(id: string) {
    this.json.setText("id", id);
  }

  /** How the item is; `why` is a sentence for people where it is not `ready`. */
  phase(phase: string, why: string = ""): Answer {
    this.json.setText("phase", phase);
    if (why.length > 0) this.json.setText("why", why);
    return this;
  }

  attribute(name: string, value: Json): Answer {
    this.json.set("attributes", this.attributes.set(name, value));
    return this;
  }

  /** What the item has on this host now. */
  owned(resources: string[]): Answer {
    this.json.set("owned", Json.texts(resources));
    return this;
  }

  /** `place`: a claim on exactly this key. */
  claimKey(name: string, kind: string, key: string): Answer {
    return this.claim(name, kind, Json.object().setText("key", key));
  }

  /** `place`: a claim on one number out of a range, both ends included. */
  claimRange(name: string, kind: string, from: i64, to: i64): Answer {
    const range = Json.list([Json.number(from as f64), Json.number(to as f64)]);
    return this.claim(name, kind, Json.object().set("range", range));
  }

  /** `place`: commands that the host must have. */
  needsCommands(commands: string[]): Answer {
    this.json.set("needsCommands", Json.texts(commands));
    return this;
  }

  /** `interact` and `logs`: the command to attach to. */
  command(argv: string[], env: Json, directory: string): Answer {
    const command = Json.object().set("argv", Json.texts(argv)).set("env", env);
    if (directory.length > 0) command.setText("cwd", directory);
    this.json.set("command", command);
    return this;
  }

  /** Asks to be called again, after the steps ran and then so many milliseconds. */
  again(afterMs: i32 = 0): Answer {
    const again = afterMs > 0
      ? Json.object().set("afterMs", Json.number(afterMs))
      : Json.boolean(true);
    this.json.set("again", again);
    return this;
  }

  data(data: Json): Answer {
    this.json.set("data", data);
    return this;
  }

  private claim(name: string, kind: string, want: Json): Answer {
    const claim = Json.object().setText("name", name).setText("kind", kind).set("want", want);
    const claims = this.json.find("claims");
    if (claims === null) this.json.set("claims", Json.list([claim]));
    else claims.push(claim);
    return this;
  }
}
