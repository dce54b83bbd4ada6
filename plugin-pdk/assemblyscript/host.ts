/**
 * The host functions, typed. Observing ones answer at once; changing ones are methods of `Step` and append it to the
 * plan: the host executes it after the plugin has answered. After the first step of a call nothing may be observed.
 */
import {
  hostCallPlugin,
  hostExec,
  hostListDir,
  hostLog,
  hostLookup,
  hostReadFile,
} from "./imports";
import { Json } from "./json";
import { parseJson } from "./json_parser";
import { storeText, takeText } from "./kernel";
import { SeenInstance } from "./messages";

/** How an observing command ended. */
export class ExecResult {
  constructor(
    /** The exit code; -1 where there is none, see `failure`. */
    readonly exit: i32,
    readonly stdout: string,
    readonly stderr: string,
    /** Why there is no exit code: `not-found`, `not-executable`, `timeout`; empty where there is one. */
    readonly failure: string,
  ) {}

  get isOk(): bool {
    return this.exit == 0;
  }
}

/** Runs an observing command and returns how it ended. */
export function exec(argv: string[]): ExecResult {
  const input = Json.object().set("argv", Json.texts(argv));
  const output = parseJson(takeText(hostExec(storeText(input.toString()))));
  return new ExecResult(
    output.integerOr("exit", -1) as i32,
    output.at("stdout").asText(),
    output.at("stderr").asText(),
    output.textOr("failure", ""),
  );
}

/** A file that was read. */
export class ReadFile {
  constructor(
    readonly text: string,
    /** As chmod(1) takes it: `0644`. */
    readonly mode: string,
    readonly modifiedMs: f64,
  ) {}
}

/** Returns a file's text and mode; nothing where there is no file. */
export function readFile(path: string): ReadFile | null {
  const input = Json.object().setText("path", path);
  const output = parseJson(takeText(hostReadFile(storeText(input.toString()))));
  if (!output.at("exists").asBoolean()) return null;
  return new ReadFile(
    output.at("text").asText(),
    output.at("mode").asText(),
    output.at("modifiedMs").asNumber(),
  );
}

/** Returns the digest of a file (`sha256:…`); empty where there is no file. */
export function digestFile(path: string): string {
  const input = Json.object().setText("path", path).set("digestOnly", Json.boolean(true));
  const output = parseJson(takeText(hostReadFile(storeText(input.toString()))));
  return output.textOr("digest", "");
}

/** Returns the names in a directory, sorted; nothing where there is no directory. */
export function listDirectory(path: string): string[] | null {
  const input = Json.object().setText("path", path);
  const output = parseJson(takeText(hostListDir(storeText(input.toString()))));
  return output.at("exists").asBoolean() ? output.at("entries").asTexts() : null;
}

/**
 * Asks another plugin, and returns its response. Each item is an object with the `id` of one of our own items and
 * what is different about it (`properties`, `types`, `want`); the host fills in the rest from our item.
 */
export function callPlugin(
  plugin: string,
  verb: string,
  items: Json[],
  options: Json | null = null,
): Json {
  const request = Json.object().setText("verb", verb).set("items", Json.list(items));
  if (options !== null) request.set("options", options);
  const input = Json.object().setText("plugin", plugin).set("request", request);
  return parseJson(takeText(hostCallPlugin(storeText(input.toString()))));
}

/** What to look up; what is empty is not asked for. */
export class Query {
  /** Another service of the namespace, or `*` for all of them; empty for the items' own. */
  service: string = "";
  node: string = "";
  /** A type's full name; subtypes are found too. */
  type: string = "";
}

/**
 * Returns instances, by service and id, as they are at this moment: answer `again` to look at them anew. The manifest's
 * `sees` says how far a plugin sees.
 */
export function lookup(query: Query): SeenInstance[] {
  const input = Json.object();
  if (query.service.length > 0) input.setText("service", query.service);
  if (query.node.length > 0) input.setText("node", query.node);
  if (query.type.length > 0) input.setText("type", query.type);
  const output = parseJson(takeText(hostLookup(storeText(input.toString()))));
  const found = output.at("instances").asList();
  const instances: SeenInstance[] = [];
  for (let i = 0; i < found.length; i++) instances.push(new SeenInstance(found[i]));
  return instances;
}

/** Says something in the agent's log. */
export function log(level: string, message: string): void {
  const input = Json.object().setText("level", level).setText("message", message);
  takeText(hostLog(storeText(input.toString())));
}
