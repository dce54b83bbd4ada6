import { stringOf, type YamlNode } from "../../yaml/mod.ts";
import { entity, expected, listOf, mapOf, type Read, type Reader } from "./grammar.ts";
import { anyMap, anyValue, nameText, text } from "./scalars.ts";

/** One mapping: its key may be a name or a list of names and indexes. */
export interface Mapping {
  readonly key: YamlNode;
  readonly value: YamlNode;
}

/** Reads a map whose keys may be lists. */
const mappings: Reader<readonly Mapping[]> = (node, report, label) => {
  if (node.kind !== "map") return void expected("a map", node, report, label);
  return node.entries;
};

const requirementMapping: Reader<Mapping> = (node, report, label) => {
  if (node.kind === "map" && node.entries.length === 1) return node.entries[0];
  return void expected("a map of one key", node, report, label);
};

/** Reads substitution mappings (TOSCA 2.0, section 15.1). */
export const substitutionDefinition = entity("substitution mapping", {
  node_type: nameText,
  substitution_filter: anyValue,
  properties: mappings,
  attributes: mappings,
  capabilities: mapOf("capability mapping", anyValue),
  requirements: listOf(requirementMapping),
  interfaces: mapOf("interface mapping", mapOf("operation mapping", nameText)),
  description: text,
  metadata: anyMap,
}, { mandatory: ["node_type"] });

export type SubstitutionDefinition = Read<typeof substitutionDefinition>;

/** Returns a mapping's key as its parts: a name alone is a list of one. */
export function keyParts(key: YamlNode): readonly YamlNode[] {
  if (key.kind === "list") return key.items;
  return stringOf(key) === undefined ? [] : [key];
}
