import { attributeDefinition } from "./attribute_definition.ts";
import { entity, listOf, mapOf, type Read } from "./grammar.ts";
import { interfaceAssignment, interfaceDefinition } from "./interface.ts";
import { propertyDefinition } from "./property_definition.ts";
import { anyMap, anyValue, nameText, text } from "./scalars.ts";
import { typeKeynames } from "./types.ts";

/** Reads a relationship type (TOSCA 2.0, section 7.3). */
export const relationshipTypeDefinition = entity("relationship type", {
  ...typeKeynames,
  properties: mapOf("property", propertyDefinition),
  attributes: mapOf("attribute", attributeDefinition),
  interfaces: mapOf("interface", interfaceDefinition),
  valid_capability_types: listOf(nameText),
  valid_target_node_types: listOf(nameText),
  valid_source_node_types: listOf(nameText),
}, {
  drafts: {
    valid_target_types: 'Write "valid_capability_types"',
    valid_source_types: 'Write "valid_source_node_types"',
  },
  renamed: {
    valid_target_types: "valid_capability_types",
    valid_source_types: "valid_source_node_types",
  },
});

export type RelationshipTypeDefinition = Read<typeof relationshipTypeDefinition>;

/** Reads a relationship template (TOSCA 2.0, section 7.4). */
export const relationshipTemplateDefinition = entity("relationship template", {
  type: nameText,
  description: text,
  metadata: anyMap,
  properties: mapOf("property", anyValue),
  attributes: mapOf("attribute", anyValue),
  interfaces: mapOf("interface", interfaceAssignment),
  copy: nameText,
}, { mandatory: ["type"] });

export type RelationshipTemplateDefinition = Read<typeof relationshipTemplateDefinition>;
