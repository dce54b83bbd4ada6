import { stringOf } from "../../yaml/mod.ts";
import { attributeDefinition } from "./attribute_definition.ts";
import { entity, listOf, mapOf, type Read, type Reader } from "./grammar.ts";
import { propertyDefinition } from "./property_definition.ts";
import { anyMap, anyValue, nameText, text } from "./scalars.ts";
import { typeKeynames } from "./types.ts";

const drafts = {
  valid_source_types: 'Write "valid_source_node_types"',
  occurrences:
    'Remove it: a capability takes any number of relationships; limit them with "allocation"',
};

/** Reads a capability type (TOSCA 2.0, section 8.1). */
export const capabilityTypeDefinition = entity("capability type", {
  ...typeKeynames,
  properties: mapOf("property", propertyDefinition),
  attributes: mapOf("attribute", attributeDefinition),
  valid_source_node_types: listOf(nameText),
  valid_relationship_types: listOf(nameText),
}, { drafts });

export type CapabilityTypeDefinition = Read<typeof capabilityTypeDefinition>;

const longDefinition = entity("capability definition", {
  type: nameText,
  description: text,
  metadata: anyMap,
  properties: mapOf("property", propertyDefinition),
  attributes: mapOf("attribute", attributeDefinition),
  valid_source_node_types: listOf(nameText),
  valid_relationship_types: listOf(nameText),
}, { drafts });

/** A capability definition in a node type (TOSCA 2.0, section 8.2). */
export type CapabilityDefinition = Read<typeof longDefinition>;

/** Reads a capability definition; its short form is the capability type's name. */
export const capabilityDefinition: Reader<CapabilityDefinition> = (node, report, label) => {
  const value = stringOf(node);
  if (value !== undefined && value !== "") return { at: node, type: { value, node } };
  return longDefinition(node, report, label);
};

/** Reads a capability assignment in a node template (TOSCA 2.0, section 8.3). */
export const capabilityAssignment = entity("capability assignment", {
  properties: mapOf("property", anyValue),
  attributes: mapOf("attribute", anyValue),
  directives: listOf(text),
  description: text,
  metadata: anyMap,
}, {
  drafts: {
    type: "Remove it: the node type defines the capability's type",
    occurrences: 'Remove it: limit relationships with "allocation"',
  },
});
