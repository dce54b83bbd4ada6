import type { Report } from "../report.ts";
import { type Entity, entity, type Reader } from "./grammar.ts";
import { isLongForm } from "./property_definition.ts";
import { anyMap, anyValue, nameText, text } from "./scalars.ts";
import { schemaDefinition, valueDrafts } from "./schema_definition.ts";

const fields = {
  type: nameText,
  description: text,
  metadata: anyMap,
  default: anyValue,
  validation: anyValue,
  key_schema: schemaDefinition,
  entry_schema: schemaDefinition,
};

/** An attribute definition (TOSCA 2.0, section 9.7). */
export interface AttributeDefinition extends Entity<typeof fields> {
  /** The body is not of the long form: a new default, if this refines another definition, else a mistake. */
  readonly isShort?: true;
}

const long = entity("attribute definition", fields, {
  drafts: {
    ...valueDrafts,
    required: "Remove it: attributes may always be undefined",
    value: 'Write "default": an attribute has a first value, not a fixed one',
  },
});

/** Reads an attribute definition. */
export const attributeDefinition: Reader<AttributeDefinition> = (node, report, label) => {
  if (isLongForm(node, fields) || node.kind === "map" || node.kind === "list") {
    return long(node, report, label);
  }
  return { at: node, isShort: true };
};

/** Reads a body that turned out to refine nothing as a long form, so that its mistakes are reported. */
export function readAsLongAttribute(
  definition: AttributeDefinition,
  report: Report,
  label: string,
): AttributeDefinition | undefined {
  return definition.isShort ? long(definition.at, report, label) : definition;
}
