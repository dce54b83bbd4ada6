import { type Entity, entity, type Reader } from "./grammar.ts";
import { isLongForm } from "./property_definition.ts";
import { anyMap, anyValue, flag, nameText, text } from "./scalars.ts";
import { schemaDefinition, valueDrafts } from "./schema_definition.ts";

const fields = {
  type: nameText,
  description: text,
  metadata: anyMap,
  required: flag,
  default: anyValue,
  value: anyValue,
  mapping: anyValue,
  validation: anyValue,
  key_schema: schemaDefinition,
  entry_schema: schemaDefinition,
};

/** A parameter definition (TOSCA 2.0, section 9.9). */
export interface ParameterDefinition extends Entity<typeof fields> {
  /** The body is the value of an outgoing parameter, or the mapping of an incoming one. */
  readonly isShort?: true;
}

const long = entity("parameter definition", fields, { drafts: valueDrafts });

/** Reads a parameter definition; anything that is not a map of its keynames is the short form. */
export const parameterDefinition: Reader<ParameterDefinition> = (node, report, label) => {
  const hasKeyname = node.kind === "map" &&
    (node.entries.length === 0 || ["type", "value", "mapping"].some((each) => node.entry(each)));
  if (isLongForm(node, fields) || hasKeyname) return long(node, report, label);
  return { at: node, isShort: true };
};
