import { artifactDefinition } from "./artifact.ts";
import { capabilityAssignment } from "./capability.ts";
import { entity, listOf, mapOf, namedListOf, type Read } from "./grammar.ts";
import { interfaceAssignment } from "./interface.ts";
import { requirementAssignment } from "./requirement.ts";
import { anyMap, anyValue, nameText, text } from "./scalars.ts";

/** Reads a node template (TOSCA 2.0, section 7.2). */
export const nodeTemplateDefinition = entity("node template", {
  type: nameText,
  description: text,
  metadata: anyMap,
  directives: listOf(text),
  properties: mapOf("property", anyValue),
  attributes: mapOf("attribute", anyValue),
  requirements: namedListOf("requirement", requirementAssignment),
  capabilities: mapOf("capability", capabilityAssignment),
  interfaces: mapOf("interface", interfaceAssignment),
  artifacts: mapOf("artifact", artifactDefinition),
  count: anyValue,
  node_filter: anyValue,
  copy: nameText,
}, { mandatory: ["type"] });

export type NodeTemplateDefinition = Read<typeof nodeTemplateDefinition>;
