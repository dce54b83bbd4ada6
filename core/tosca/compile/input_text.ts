import { parseYaml, type YamlNode } from "../../yaml/mod.ts";
import type { Value } from "../../clout/mod.ts";
import type { Base } from "../resolve/data_type.ts";

/** Types whose values a text never is by itself. */
const parsed = new Set<Base>(["integer", "float", "boolean", "list", "map", "complex"]);

/**
 * Returns what a text given for an input means: `8080` is an integer where one is wanted, and a text where that is. Command
 * lines have nothing but texts. What is no YAML stays the text that it is, and is refused as such.
 */
export function readInputText(given: Value, base: Base | undefined): Value {
  if (typeof given !== "string" || base === undefined || !parsed.has(base)) return given;
  const { value, problems } = parseYaml(given, "input");
  return value === undefined || problems.length > 0 ? given : valueOf(value);
}

function valueOf(node: YamlNode): Value {
  switch (node.kind) {
    case "list":
      return node.items.map(valueOf);
    case "map":
      return new Map(node.entries.map(({ key, value }) => [String(keyOf(key)), valueOf(value)]));
    case "scalar":
      return node.value;
  }
}

function keyOf(key: YamlNode): Value {
  return key.kind === "scalar" ? key.value : null;
}
