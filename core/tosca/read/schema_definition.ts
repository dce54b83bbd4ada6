import type { YamlNode } from "../../yaml/mod.ts";
import { stringOf } from "../../yaml/mod.ts";
import { entity, type Reader } from "./grammar.ts";
import { anyMap, anyValue, nameText, type Text, text } from "./scalars.ts";

/** A schema definition (TOSCA 2.0, section 9.3): what the entries or keys of a list or map are. */
export interface SchemaDefinition {
  readonly at: YamlNode;
  readonly type?: Text;
  readonly description?: Text;
  readonly metadata?: YamlNode;
  readonly validation?: YamlNode;
  readonly key_schema?: SchemaDefinition;
  readonly entry_schema?: SchemaDefinition;
}

/** What earlier versions said about values, and how it is said now. */
export const valueDrafts: Readonly<Record<string, string>> = {
  constraints: 'Write "validation" with a boolean expression: { $greater_or_equal: [ $value, 1 ] }',
  status: "Remove it: properties and attributes have no status",
  "external-schema": "Remove it: describe the value with data types",
  external_schema: "Remove it: describe the value with data types",
};

const long: Reader<SchemaDefinition> = entity("schema definition", {
  type: nameText,
  description: text,
  metadata: anyMap,
  validation: anyValue,
  key_schema: ((node, report, label) => schemaDefinition(node, report, label)) as Reader<
    SchemaDefinition
  >,
  entry_schema: ((node, report, label) => schemaDefinition(node, report, label)) as Reader<
    SchemaDefinition
  >,
}, { drafts: valueDrafts });

/** Reads a schema definition; its short form is the type's name. */
export const schemaDefinition: Reader<SchemaDefinition> = (node, report, label) => {
  const value = stringOf(node);
  if (value !== undefined && value !== "") return { at: node, type: { value, node } };
  return long(node, report, label);
};
