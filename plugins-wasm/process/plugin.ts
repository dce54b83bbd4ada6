/**
 * Bare processes: brings the files of the template to the host, and hands the program to whoever runs programs there.
 */
import {
  Answer,
  callPlugin,
  Host,
  Item,
  Json,
  listDirectory,
  panic,
  Plugin,
  Request,
  serve,
  Step,
} from "../../plugin-pdk/assemblyscript/mod";
import { Artifacts } from "./artifacts";
import { Program } from "./program";

/** Relationships that order start and stop. */
const dependency = "org.khutulun:1.0::Dependency";

class Process extends Plugin {
  describe(): string {
    return "Runs programs and scripts";
  }

  override place(request: Request): Answer[] {
    const answers: Answer[] = [];
    for (let i = 0; i < request.items.length; i++) {
      const item = request.items[i];
      const program = new Program(item);
      program.check(request.host);
      const answer = tellPlace(new Answer(item.id), item, request.host);
      if (!program.command[0].includes("/")) answer.needsCommands([program.command[0]]);
      answers.push(answer);
    }
    return answers;
  }

  override reconcile(request: Request): Answer[] {
    const artifacts = artifactsOf(request);
    const given: Json[] = [];
    for (let i = 0; i < request.items.length; i++) {
      const item = request.items[i];
      const program = new Program(item);
      program.check(request.host);
      given.push(
        describeProgram(item, program, request.host, artifacts[i].content(), artifacts[i].write()),
      );
    }
    return answersOf(request, artifacts, callPlugin("systemd", "reconcile", given));
  }

  override observe(request: Request): Answer[] {
    const artifacts = artifactsOf(request);
    const given: Json[] = [];
    for (let i = 0; i < request.items.length; i++) {
      const properties = Json.object().setText("restart", restartOf(request.items[i]));
      given.push(Json.object().setText("id", request.items[i].id).set("properties", properties));
    }
    return answersOf(request, artifacts, callPlugin("systemd", "observe", given));
  }

  override remove(request: Request): Answer[] {
    const isThere: bool[] = [];
    const given: Json[] = [];
    for (let i = 0; i < request.items.length; i++) {
      const item = request.items[i];
      isThere.push(listDirectory(directoryOf(item, request.host)) !== null);
      given.push(Json.object().setText("id", item.id).set("properties", Json.object()));
    }
    const removed = callPlugin("systemd", "remove", given).at("items").asList();
    const answers: Answer[] = [];
    for (let i = 0; i < request.items.length; i++) {
      const item = request.items[i];
      if (isThere[i]) removeFiles(item, request.host, answerFor(item, removed));
      answers.push(new Answer(item.id).phase("absent").owned([]));
    }
    return answers;
  }

  /** Answers the given command, with the program's environment, directory and user. */
  override interact(request: Request): Answer[] {
    const given: Json[] = [];
    for (let i = 0; i < request.items.length; i++) {
      const program = new Program(request.items[i]);
      const properties = Json.object().set("environment", program.environment)
        .setText("user", program.user).setText("group", program.group)
        .setText("workingDirectory", program.directory);
      given.push(Json.object().setText("id", request.items[i].id).set("properties", properties));
    }
    return commandsOf(request, callPlugin("systemd", "interact", given, request.options));
  }

  override logs(request: Request): Answer[] {
    const given: Json[] = [];
    for (let i = 0; i < request.items.length; i++) {
      given.push(Json.object().setText("id", request.items[i].id));
    }
    return commandsOf(request, callPlugin("systemd", "logs", given, request.options));
  }
}

/** Returns when the item's end is its own: what a fence has stopped in good order is still wanted. */
function restartOf(item: Item): string {
  const given = item.properties.textOr("restart", "on-failure");
  const isFenced = item.properties.booleanOr("exclusive", false) ||
    item.properties.booleanOr("stops_when_isolated", false);
  return isFenced && given == "on-failure" ? "always" : given;
}

/** Returns the commands to attach to that the systemd plugin has answered. */
function commandsOf(request: Request, response: Json): Answer[] {
  const found = response.at("items").asList();
  const answers: Answer[] = [];
  for (let i = 0; i < request.items.length; i++) {
    const item = request.items[i];
    const command = answerFor(item, found).at("command");
    const argv = command.at("argv").asTexts();
    const directory = command.textOr("cwd", "");
    answers.push(new Answer(item.id).command(argv, command.objectOr("env"), directory));
  }
  return answers;
}

function artifactsOf(request: Request): Artifacts[] {
  const artifacts: Artifacts[] = [];
  for (let i = 0; i < request.items.length; i++) {
    artifacts.push(new Artifacts(request.items[i], request.host));
  }
  return artifacts;
}

/** Returns the units on this host that start before the item's, also at a boot: those of what it depends on. */
function unitsBefore(item: Item, host: Host): string[] {
  const units: string[] = [];
  for (let i = 0; i < item.relations.length; i++) {
    const relation = item.relations[i];
    if (relation.side != "source" || !relation.isOf(dependency)) continue;
    if (relation.other.at("host").asText() != host.id) continue;
    const unit = relation.other.at("attributes").textOr("unit", "");
    const name = unit.length == 0 || unit.endsWith(".service") ? unit : `${unit}.service`;
    if (name.length > 0 && !units.includes(name)) units.push(name);
  }
  return units.sort();
}

/** Returns the item as the systemd plugin takes it. */
function describeProgram(
  item: Item,
  program: Program,
  host: Host,
  content: Json,
  needs: string[],
): Json {
  const definition = Json.object().setText("description", `${item.id} of ${item.service}`)
    .set("command", Json.texts(program.command)).set("environment", program.environment)
    .setText("restart", program.restart)
    .set("restartMs", Json.number(program.restartMs as f64))
    .set("stopMs", Json.number(program.stopMs as f64))
    .set("content", content).set("needs", Json.texts(needs))
    .set("after", Json.texts(unitsBefore(item, host)));
  if (program.fenced) definition.set("fenced", Json.boolean(true));
  if (program.restartLimit > 0) {
    definition.set("startLimit", Json.number(program.restartLimit as f64))
      .set("startLimitMs", Json.number(program.restartWithinMs as f64));
  }
  if (program.directory.length > 0) definition.setText("workingDirectory", program.directory);
  if (program.user.length > 0) definition.setText("user", program.user);
  if (program.group.length > 0) definition.setText("group", program.group);
  return Json.object().setText("id", item.id).set("properties", definition);
}

function answersOf(request: Request, artifacts: Artifacts[], response: Json): Answer[] {
  const found = response.at("items").asList();
  const answers: Answer[] = [];
  for (let i = 0; i < request.items.length; i++) {
    const item = request.items[i];
    const run = answerFor(item, found);
    const answer = tellPlace(new Answer(item.id), item, request.host)
      .phase(run.at("phase").asText(), run.textOr("why", ""));
    const attributes = run.objectOr("attributes");
    const names = attributes.keys();
    for (let n = 0; n < names.length; n++) answer.attribute(names[n], attributes.at(names[n]));
    const resources = run.textsOr("owned", []);
    answers.push(
      answer.owned(resources.length > 0 ? resources.concat(artifacts[i].resources()) : item.owned),
    );
  }
  return answers;
}

/** Answers what follows from the place alone. */
function tellPlace(answer: Answer, item: Item, host: Host): Answer {
  const unit = host.systemd == "none" ? item.name : `${item.name}.service`;
  return answer.attribute("host", Json.text(host.id)).attribute("address", Json.text(host.address))
    .attribute("unit", Json.text(unit));
}

function answerFor(item: Item, answers: Json[]): Json {
  for (let i = 0; i < answers.length; i++) {
    if (answers[i].at("id").asText() == item.id) return answers[i];
  }
  panic(`systemd says nothing of ${item.id}`);
  return Json.null();
}

function directoryOf(item: Item, host: Host): string {
  return `${host.data}/${item.name}`;
}

/**
 * Appends the removal of the item's files, after what ends its process. It has no gate of its own: whoever waits for the
 * item to stop waits for its process, not for what is cleared away after a reload that all share.
 */
function removeFiles(item: Item, host: Host, removed: Json): void {
  const path = directoryOf(item, host);
  new Step(`remove ${path}`, item.id, `remove the files of ${item.id}`)
    .needingAll(removed.objectOr("data").textsOr("steps", [])).remove(path, true);
}

export function call(): i32 {
  return serve(new Process());
}
