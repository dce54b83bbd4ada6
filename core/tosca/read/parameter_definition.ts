import { nearest } from "../../base/mod.ts";
import { stringOf, type YamlNode } from "../../yaml/mod.ts";
import type { Report } from "../report.ts";
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
  if (isLongForm(node, fields) || hasKeyname || isMisspelt(node)) return long(node, report, label);
  return { at: node, isShort: true };
};

/** Whether a map has a keyname, and nothing else than keynames and what is nearly one: nobody means that as a value. */
function isMisspelt(node: YamlNode): boolean {
  if (node.kind !== "map") return false;
  const names = node.entries.map(({ key }) => stringOf(key) ?? "");
  return names.some((each) => Object.hasOwn(fields, each)) &&
    names.every((each) => Object.hasOwn(fields, each) || nearest(each, Object.keys(fields)));
}

/** Reads a body that cannot be the short form of an incoming parameter, so that its mistakes are reported. */
export function readAsLongParameter(
  definition: ParameterDefinition,
  report: Report,
  label: string,
): ParameterDefinition | undefined {
  return definition.isShort ? long(definition.at, report, label) : definition;
}
