import { artifactDefinition } from "./artifact.ts";
import { attributeDefinition } from "./attribute_definition.ts";
import { capabilityDefinition } from "./capability.ts";
import { entity, mapOf, namedListOf, type Read } from "./grammar.ts";
import { interfaceDefinition } from "./interface.ts";
import { propertyDefinition } from "./property_definition.ts";
import { requirementDefinition } from "./requirement.ts";
import { typeKeynames } from "./types.ts";

/** Reads a node type (TOSCA 2.0, section 7.1). */
export const nodeTypeDefinition = entity("node type", {
  ...typeKeynames,
  properties: mapOf("property", propertyDefinition),
  attributes: mapOf("attribute", attributeDefinition),
  capabilities: mapOf("capability", capabilityDefinition),
  requirements: namedListOf("requirement", requirementDefinition),
  interfaces: mapOf("interface", interfaceDefinition),
  artifacts: mapOf("artifact", artifactDefinition),
});

export type NodeTypeDefinition = Read<typeof nodeTypeDefinition>;
