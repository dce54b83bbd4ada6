import type { Json, JsonObject } from "../base/mod.ts";
import type { ClaimWanted } from "../plan/mod.ts";
import {
  join,
  optional,
  readInteger,
  readList,
  readMap,
  readOneOf,
  readText,
  readTextMap,
  readTexts,
  ShapeError,
  withoutAbsent,
} from "./_shape.ts";
import type { ItemResponse, Phase, Response, Verb } from "./contract.ts";
import { readResource } from "./resource.ts";

const phases: readonly Phase[] = [
  ...["pending", "starting", "ready", "degraded", "failed", "stopped", "absent"] as const,
];

/** Verbs whose answer must speak of every item. */
const completeVerbs: readonly Verb[] = ["reconcile", "observe", "remove"];

const againAfterMsMax = 3_600_000;

/**
 * Returns a plugin's response, after checking that it is of the contract's form and speaks of the items that it was
 * asked about: of each at most once, and of all where the verb asks for that. Throws a `ShapeError`.
 */
export function readResponse(value: unknown, verb: Verb, ids: readonly string[]): Response {
  const map = readMap(value, "", ["items"]);
  const items = readList(map.items, "items").map((each, index) =>
    readItemResponse(each, `items[${index}]`)
  );
  const wanted = new Set(ids);
  const seen = new Set<string>();
  items.forEach(({ id }, index) => {
    if (!wanted.has(id)) throw new ShapeError(`items[${index}].id`, `"${id}" was not asked about`);
    if (seen.has(id)) throw new ShapeError(`items[${index}].id`, `"${id}" is answered twice`);
    seen.add(id);
  });
  const missing = completeVerbs.includes(verb) ? ids.find((id) => !seen.has(id)) : undefined;
  if (missing !== undefined) throw new ShapeError("items", `nothing is answered for "${missing}"`);
  return { items };
}

const itemKeys = [
  ...["id", "phase", "why", "attributes", "owned", "claims", "needsCommands", "command"],
  ...["again", "data"],
];

function readItemResponse(value: unknown, path: string): ItemResponse {
  const map = readMap(value, path, itemKeys);
  const at = (key: string) => join(path, key);
  const list = <T>(key: string, read: (value: unknown, path: string) => T) =>
    optional(map[key], at(key), readList)?.map((each, index) => read(each, `${at(key)}[${index}]`));
  return withoutAbsent({
    id: readText(map.id, at("id")),
    phase: optional(map.phase, at("phase"), (each, where) => readOneOf(each, where, phases)),
    why: optional(map.why, at("why"), readText),
    attributes: optional(map.attributes, at("attributes"), readMap) as JsonObject | undefined,
    owned: list("owned", readResource),
    claims: list("claims", readClaim),
    needsCommands: list("needsCommands", readText),
    command: optional(map.command, at("command"), readCommand),
    again: optional(map.again, at("again"), readAgain),
    data: map.data as Json | undefined,
  });
}

function readClaim(value: unknown, path: string): ClaimWanted {
  const map = readMap(value, path, ["name", "kind", "want"]);
  const want = readMap(map.want, `${path}.want`, ["key", "range"]);
  return {
    name: readText(map.name, `${path}.name`),
    kind: readText(map.kind, `${path}.kind`),
    want: want.range === undefined
      ? { key: readText(want.key, `${path}.want.key`) }
      : { range: readRange(want.range, `${path}.want.range`) },
  };
}

function readRange(value: unknown, path: string): readonly [number, number] {
  const [from, to, ...others] = readList(value, path);
  const first = readInteger(from, `${path}[0]`, 0, Number.MAX_SAFE_INTEGER);
  const last = readInteger(to, `${path}[1]`, first, Number.MAX_SAFE_INTEGER);
  if (others.length > 0) throw new ShapeError(path, "must have two ends");
  return [first, last];
}

function readCommand(value: unknown, path: string): NonNullable<ItemResponse["command"]> {
  const map = readMap(value, path, ["argv", "env", "cwd"]);
  const argv = readTexts(map.argv, `${path}.argv`);
  if (argv.length === 0) throw new ShapeError(`${path}.argv`, "must have a word");
  return withoutAbsent({
    argv,
    env: optional(map.env, `${path}.env`, readTextMap),
    cwd: optional(map.cwd, `${path}.cwd`, readText),
  });
}

function readAgain(value: unknown, path: string): true | { readonly afterMs: number } {
  if (value === true) return true;
  const map = readMap(value, path, ["afterMs"]);
  return { afterMs: readInteger(map.afterMs, `${path}.afterMs`, 0, againAfterMsMax) };
}
