import { functionDefinition } from "./function_definition.ts";
import { entity, mapOf, namedListOf, type Read } from "./grammar.ts";
import { groupDefinition } from "./group.ts";
import { nodeTemplateDefinition } from "./node_template.ts";
import { parameterDefinition } from "./parameter_definition.ts";
import { policyDefinition } from "./policy.ts";
import { relationshipTemplateDefinition } from "./relationship.ts";
import { anyMap, text } from "./scalars.ts";
import { substitutionDefinition } from "./substitution.ts";
import { workflowDefinition } from "./workflow.ts";

/** Reads a service template (TOSCA 2.0, section 6.9). */
export const serviceTemplateDefinition = entity("service template", {
  description: text,
  metadata: anyMap,
  inputs: mapOf("input", parameterDefinition),
  outputs: mapOf("output", parameterDefinition),
  node_templates: mapOf("node template", nodeTemplateDefinition),
  relationship_templates: mapOf("relationship template", relationshipTemplateDefinition),
  groups: mapOf("group", groupDefinition),
  policies: namedListOf("policy", policyDefinition),
  substitution_mappings: substitutionDefinition,
  workflows: mapOf("workflow", workflowDefinition),
  functions: mapOf("function", functionDefinition),
}, { mandatory: ["node_templates"] });

export type ServiceTemplateDefinition = Read<typeof serviceTemplateDefinition>;
