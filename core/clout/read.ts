import {
  fail,
  Float,
  type Json,
  type JsonObject,
  problem,
  ProblemError,
  type SourcePosition,
} from "../base/mod.ts";
import type {
  Activity,
  Artifact,
  Capability,
  Clout,
  Edge,
  Group,
  Interface,
  Policy,
  Substitution,
  Vertex,
  Workflow,
} from "./model.ts";
import { Call, Scalar, type Value, type ValueMap } from "./value.ts";
import { cloutFormat } from "./write.ts";

/**
 * Returns the graph that `cloutToJson` wrote.
 *
 * Throws `CLOUT_FORMAT`, with the path of the part that is wrong, for anything else.
 */
export function jsonToClout(json: Json): Clout {
  return readGraph(new Part(json, ""));
}

function readGraph(it: Part): Clout {
  const format = it.integer("format");
  if (format !== cloutFormat) {
    fail("CLOUT_FORMAT", {
      what: `Cannot read the graph: its format is ${format}, this version reads ${cloutFormat}`,
      fix: "Use the version of Khutulun that wrote it, or a newer one",
    });
  }
  const vertexes = it.list("vertexes").map(readVertex);
  return {
    service: {
      ...optional("description", it.optionalText("description")),
      metadata: it.values("metadata"),
      inputs: it.values("inputs"),
      outputs: it.values("outputs"),
      groups: it.list("groups").map(readGroup),
      policies: it.list("policies").map(readPolicy),
      ...(it.has("workflows") ? { workflows: it.list("workflows").map(readWorkflow) } : {}),
    },
    vertexes: new Map(vertexes.map((vertex) => [vertex.id, vertex])),
  };
}

/** Returns the graph in a text that `writeClout` wrote; throws `CLOUT_FORMAT` for anything else. */
export function readClout(text: string): Clout {
  let json: Json;
  try {
    json = JSON.parse(text);
  } catch (error) {
    throw new ProblemError(problem("CLOUT_FORMAT", {
      what: "Cannot read the graph: it is not JSON",
      why: (error as Error).message,
    }));
  }
  return jsonToClout(json);
}

/** Returns the value that `valueToJson` wrote. */
export function jsonToValue(json: Json): Value {
  return readValue(json, "");
}

/** Returns the vertex that `vertexToJson` wrote. */
export function jsonToVertex(json: Json): Vertex {
  return readVertex(new Part(json, ""));
}

function readVertex(it: Part): Vertex {
  return {
    id: it.text("id"),
    name: it.text("name"),
    index: it.integer("index"),
    count: it.integer("count"),
    types: it.texts("types"),
    metadata: it.values("metadata"),
    properties: it.values("properties"),
    attributes: it.values("attributes"),
    capabilities: it.map("capabilities", readCapability),
    artifacts: it.map("artifacts", readArtifact),
    interfaces: it.map("interfaces", readInterface),
    edges: it.list("edges").map(readEdge),
    ...optional("substitution", readSubstitution(it.optionalPart("substitution"))),
    ...optional("source", it.source()),
  };
}

function readSubstitution(it: Part | undefined): Substitution | undefined {
  if (!it) return undefined;
  const service = it.optionalPart("service");
  return {
    template: it.text("template"),
    ...optional("service", service && readGraph(service)),
    capabilities: it.map("capabilities", (each) => ({
      vertex: each.text("vertex"),
      capability: each.text("capability"),
    })),
  };
}

function readEdge(it: Part): Edge {
  return {
    name: it.text("name"),
    index: it.integer("index"),
    types: it.texts("types"),
    metadata: it.values("metadata"),
    target: it.text("target"),
    capability: it.text("capability"),
    properties: it.values("properties"),
    attributes: it.values("attributes"),
    interfaces: it.map("interfaces", readInterface),
    allocation: it.values("allocation"),
    ...optional("filter", it.optionalValue("filter")),
    ...optional("source", it.source()),
  };
}

function readCapability(it: Part): Capability {
  return {
    types: it.texts("types"),
    properties: it.values("properties"),
    attributes: it.values("attributes"),
  };
}

function readArtifact(it: Part): Artifact {
  const checksum = it.optionalPart("checksum");
  return {
    types: it.texts("types"),
    file: it.text("file"),
    properties: it.values("properties"),
    ...optional(
      "checksum",
      checksum && { algorithm: checksum.text("algorithm"), value: checksum.text("value") },
    ),
  };
}

function readInterface(it: Part): Interface {
  return {
    types: it.texts("types"),
    operations: it.map("operations", (operation) => {
      const implementation = operation.optionalPart("implementation");
      return {
        ...optional(
          "implementation",
          implementation && {
            ...optional("primary", implementation.optionalText("primary")),
            dependencies: implementation.texts("dependencies"),
          },
        ),
        inputs: operation.values("inputs"),
      };
    }),
  };
}

function readGroup(it: Part): Group {
  return {
    name: it.text("name"),
    types: it.texts("types"),
    properties: it.values("properties"),
    members: it.texts("members"),
  };
}

function readPolicy(it: Part): Policy {
  return {
    name: it.text("name"),
    types: it.texts("types"),
    properties: it.values("properties"),
    targets: it.texts("targets"),
    ...(it.has("triggers")
      ? {
        triggers: it.list("triggers").map((trigger) => ({
          name: trigger.text("name"),
          event: trigger.text("event"),
          ...optional("condition", trigger.optionalValue("condition")),
          action: trigger.list("action").map(readActivity),
        })),
      }
      : {}),
    ...optional("source", it.source()),
  };
}

function readWorkflow(it: Part): Workflow {
  return {
    name: it.text("name"),
    ...optional("description", it.optionalText("description")),
    inputs: it.values("inputs"),
    ...optional("precondition", it.optionalValue("precondition")),
    steps: it.list("steps").map((step) => ({
      name: step.text("name"),
      target: step.text("target"),
      ...optional("requirement", step.optionalText("requirement")),
      ...optional("filter", step.optionalValue("filter")),
      activities: step.list("activities").map(readActivity),
      onSuccess: step.texts("onSuccess"),
      onFailure: step.texts("onFailure"),
    })),
    ...optional("implementation", it.optionalText("implementation")),
  };
}

const activityKinds: readonly string[] = [
  "delegate",
  "inline",
  "set_state",
  "call_operation",
] satisfies Activity["kind"][];

function readActivity(it: Part): Activity {
  const kind = it.text("kind");
  if (!activityKinds.includes(kind)) wrong(`${it.path}.kind`, "the kind of an activity", kind);
  return { kind: kind as Activity["kind"], name: it.text("name"), inputs: it.values("inputs") };
}

/** One object of the JSON, which knows its path. Absent lists and maps are empty ones. */
class Part {
  readonly #json: JsonObject;

  constructor(json: Json, readonly path: string) {
    if (!isObject(json)) wrong(path, "a map", json);
    this.#json = json;
  }

  text(key: string): string {
    const value = this.#json[key];
    return typeof value === "string" ? value : wrong(this.#at(key), "a string", value);
  }

  has(key: string): boolean {
    return this.#json[key] !== undefined;
  }

  optionalValue(key: string): Value | undefined {
    const value = this.#json[key];
    return value === undefined ? undefined : readValue(value, this.#at(key));
  }

  optionalText(key: string): string | undefined {
    return this.#json[key] === undefined ? undefined : this.text(key);
  }

  integer(key: string): number {
    const value = this.#json[key];
    if (typeof value === "number" && Number.isSafeInteger(value)) return value;
    return wrong(this.#at(key), "an integer", value);
  }

  texts(key: string): string[] {
    return this.#items(key).map((each, index) =>
      typeof each === "string" ? each : wrong(`${this.#at(key)}[${index}]`, "a string", each)
    );
  }

  list(key: string): Part[] {
    return this.#items(key).map((each, index) => new Part(each, `${this.#at(key)}[${index}]`));
  }

  map<T>(key: string, read: (part: Part) => T): ReadonlyMap<string, T> {
    return readMap(
      this.#json[key] ?? {},
      this.#at(key),
      (json, path) => read(new Part(json, path)),
    );
  }

  values(key: string): ValueMap {
    return readMap(this.#json[key] ?? {}, this.#at(key), readValue);
  }

  optionalPart(key: string): Part | undefined {
    const value = this.#json[key];
    return value === undefined ? undefined : new Part(value, this.#at(key));
  }

  source(): SourcePosition | undefined {
    const it = this.optionalPart("source");
    if (!it) return undefined;
    const end = it.#json.endLine === undefined
      ? {}
      : { endLine: it.integer("endLine"), endColumn: it.integer("endColumn") };
    return {
      file: it.text("file"),
      line: it.integer("line"),
      column: it.integer("column"),
      ...end,
    };
  }

  #items(key: string): readonly Json[] {
    const value = this.#json[key] ?? [];
    return Array.isArray(value) ? value : wrong(this.#at(key), "a list", value);
  }

  #at(key: string): string {
    return this.path === "" ? key : `${this.path}.${key}`;
  }
}

function readValue(json: Json, path: string): Value {
  if (typeof json === "number") {
    return Number.isInteger(json) ? BigInt(json) : new Float(json);
  }
  if (json === null || typeof json !== "object") return json;
  if (Array.isArray(json)) return json.map((each, index) => readValue(each, `${path}[${index}]`));
  const [key, ...more] = Object.keys(json);
  const isTagged = key?.startsWith("$") && !key.startsWith("$$") && key !== "$.map";
  if (!isTagged) return readMap(json, path, readValue);
  if (more.length > 0) wrong(path, `"${key}" alone`, json);
  return readTagged(key, (json as JsonObject)[key], path);
}

function readTagged(key: string, json: Json, path: string): Value {
  if (key === "$.integer" && typeof json === "string" && /^-?\d+$/.test(json)) return BigInt(json);
  if (key === "$.float" && typeof json === "string") return readFloat(json, path);
  if (key === "$.scalar" && Array.isArray(json)) {
    const [number, unit] = [readValue(json[0] ?? null, path), json[1]];
    if ((typeof number === "bigint" || number instanceof Float) && typeof unit === "string") {
      return new Scalar(number, unit);
    }
  }
  if (!key.startsWith("$.") && Array.isArray(json)) {
    const at = `${path}.${key}`;
    return new Call(key.slice(1), json.map((each, index) => readValue(each, `${at}[${index}]`)));
  }
  return wrong(`${path}.${key}`, "what this tag holds", json);
}

function readFloat(text: string, path: string): Float {
  if (text === ".nan") return new Float(NaN);
  if (text === ".inf") return new Float(Infinity);
  if (text === "-.inf") return new Float(-Infinity);
  const value = Number(text);
  return text.trim() === "" || Number.isNaN(value)
    ? wrong(path, "a float", text)
    : new Float(value);
}

function readMap<T>(
  json: Json,
  path: string,
  read: (json: Json, path: string) => T,
): ReadonlyMap<string, T> {
  if (!isObject(json)) return wrong(path, "a map", json);
  const pairs = "$.map" in json ? pairsOf(json["$.map"], path) : Object.entries(json)
    .map(([key, value]): [string, Json] => [key.startsWith("$$") ? key.slice(1) : key, value]);
  return new Map(pairs.map(([key, value]) => [key, read(value, `${path}.${key}`)]));
}

function pairsOf(json: Json, path: string): [string, Json][] {
  if (!Array.isArray(json)) wrong(path, "a list of pairs", json);
  return json.map((pair) =>
    Array.isArray(pair) && pair.length === 2 && typeof pair[0] === "string"
      ? [pair[0], pair[1]]
      : wrong(path, "a pair", pair)
  );
}

function isObject(json: Json | undefined): json is JsonObject {
  return typeof json === "object" && json !== null && !Array.isArray(json);
}

function optional<K extends string, T>(key: K, value: T | undefined): { [key in K]?: T } {
  return value === undefined ? {} : { [key]: value } as { [key in K]: T };
}

function wrong(path: string, wanted: string, found: Json | undefined): never {
  fail("CLOUT_FORMAT", {
    what: `Cannot read the graph: "${path}" is not ${wanted}`,
    where: { path },
    why: found === undefined ? "It is missing" : `It is ${JSON.stringify(found).slice(0, 80)}`,
  });
}
