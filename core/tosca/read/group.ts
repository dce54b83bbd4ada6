import { attributeDefinition } from "./attribute_definition.ts";
import { entity, listOf, mapOf, type Read } from "./grammar.ts";
import { propertyDefinition } from "./property_definition.ts";
import { anyMap, anyValue, nameText, text } from "./scalars.ts";
import { typeKeynames } from "./types.ts";

const drafts = { interfaces: "Remove it: groups have no interfaces" };

/** Reads a group type (TOSCA 2.0, section 16.1). */
export const groupTypeDefinition = entity("group type", {
  ...typeKeynames,
  properties: mapOf("property", propertyDefinition),
  attributes: mapOf("attribute", attributeDefinition),
  members: listOf(nameText),
}, { drafts });

export type GroupTypeDefinition = Read<typeof groupTypeDefinition>;

/** Reads a group (TOSCA 2.0, section 16.2). */
export const groupDefinition = entity("group", {
  type: nameText,
  description: text,
  metadata: anyMap,
  properties: mapOf("property", anyValue),
  attributes: mapOf("attribute", anyValue),
  members: listOf(nameText),
}, { mandatory: ["type"], drafts });
