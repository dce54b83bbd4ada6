import type { YamlNode } from "../../yaml/mod.ts";
import { stringOf } from "../../yaml/mod.ts";
import type { Report } from "../report.ts";
import { type Entity, entity, type Reader } from "./grammar.ts";
import { anyMap, anyValue, flag, nameText, text } from "./scalars.ts";
import { schemaDefinition, valueDrafts } from "./schema_definition.ts";

const fields = {
  type: nameText,
  description: text,
  metadata: anyMap,
  required: flag,
  default: anyValue,
  value: anyValue,
  validation: anyValue,
  key_schema: schemaDefinition,
  entry_schema: schemaDefinition,
};

/** A property definition (TOSCA 2.0, section 9.4). */
export interface PropertyDefinition extends Entity<typeof fields> {
  /** The body is not of the long form: a fixed value, if this refines another definition, else a mistake. */
  readonly isShort?: true;
}

const long = entity("property definition", fields, {
  drafts: {
    ...valueDrafts,
    derived_from: 'Write "type": a definition has a type, it does not derive from one',
  },
});

/** Reads a property definition. Whether a short form is one is known only with what it refines. */
export const propertyDefinition: Reader<PropertyDefinition> = (node, report, label) => {
  if (isLongForm(node, fields)) return long(node, report, label);
  return { at: node, isShort: true };
};

/** Reads a body that turned out to refine nothing as a long form, so that its mistakes are reported. */
export function readAsLongProperty(
  definition: PropertyDefinition,
  report: Report,
  label: string,
): PropertyDefinition | undefined {
  return definition.isShort ? long(definition.at, report, label) : definition;
}

/** Whether a map has at least one keyname of a table and nothing else (TOSCA 2.0, section 9.4.1). */
export function isLongForm(node: YamlNode, table: Readonly<Record<string, unknown>>): boolean {
  return node.kind === "map" && node.entries.length > 0 &&
    node.entries.every(({ key }) => Object.hasOwn(table, stringOf(key) ?? ""));
}
