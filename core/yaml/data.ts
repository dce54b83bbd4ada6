import { fail, type Json, type JsonObject, ProblemError } from "../base/mod.ts";
import { parseYaml } from "./read.ts";
import { readWritten } from "./read_written.ts";
import { positionOf, stringOf, type YamlNode } from "./tree.ts";

/**
 * Returns the plain value of one of our own YAML documents, with JavaScript's numbers.
 *
 * A broken text is thrown as a `ProblemError`. An empty text is `null`.
 */
export function parseData(text: string, file = "document"): Json {
  const written = readWritten(text);
  if (written) return written.value;
  const { value, problems } = parseYaml(text, file);
  if (problems.length > 0) throw new ProblemError(problems[0]);
  return value === undefined ? null : toJson(value);
}

/** Returns a tree as a plain value; integers that JavaScript cannot hold exactly are thrown as a `ProblemError`. */
export function toJson(node: YamlNode): Json {
  switch (node.kind) {
    case "list":
      return node.items.map(toJson);
    case "map": {
      const object: Record<string, Json> = {};
      for (const { key, value } of node.entries) define(object, keyOf(key), toJson(value));
      return object as JsonObject;
    }
    case "scalar":
      if (typeof node.value === "bigint") return toNumber(node.value, node);
      if (node.value !== null && typeof node.value === "object") return node.value.value;
      return node.value;
  }
}

function keyOf(key: YamlNode): string {
  const text = stringOf(key);
  if (text !== undefined) return text;
  if (key.kind === "scalar") return String(key.value);
  fail("YAML_SYNTAX", {
    what: "Cannot take a map or a list as a key",
    where: { position: positionOf(key) },
  });
}

function toNumber(value: bigint, node: YamlNode): number {
  const number = Number(value);
  if (Number.isSafeInteger(number)) return number;
  fail("YAML_NUMBER", {
    what: `Cannot hold the integer "${value}" exactly`,
    where: { position: positionOf(node) },
    fix: "Write it as a string",
  });
}

/** Sets a property even where its name is `__proto__`. */
function define(object: Record<string, Json>, key: string, value: Json): void {
  if (key === "__proto__") {
    Object.defineProperty(object, key, { value, enumerable: true, writable: true });
  } else object[key] = value;
}
