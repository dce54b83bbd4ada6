import { entity, listOf, mapOf, type Read } from "./grammar.ts";
import { propertyDefinition } from "./property_definition.ts";
import { anyMap, anyValue, nameText, text } from "./scalars.ts";
import { typeKeynames } from "./types.ts";
import { activityDefinition } from "./workflow.ts";

const triggerDefinition = entity("trigger", {
  event: text,
  condition: anyValue,
  action: listOf(activityDefinition),
  description: text,
  metadata: anyMap,
}, {
  mandatory: ["event", "action"],
  drafts: {
    ...Object.fromEntries(
      ["schedule", "target_filter", "period", "evaluations", "method"].map((each) => [
        each,
        'Remove it: a trigger has "event", "condition" and "action"',
      ]),
    ),
    constraint: 'Write "condition" with a boolean expression',
    event_type: 'Write "event"',
  },
});

export type TriggerDefinition = Read<typeof triggerDefinition>;

/** Reads a policy type (TOSCA 2.0, section 16.3). */
export const policyTypeDefinition = entity("policy type", {
  ...typeKeynames,
  properties: mapOf("property", propertyDefinition),
  targets: listOf(nameText),
  triggers: mapOf("trigger", triggerDefinition),
});

export type PolicyTypeDefinition = Read<typeof policyTypeDefinition>;

/** Reads a policy (TOSCA 2.0, section 16.4). */
export const policyDefinition = entity("policy", {
  type: nameText,
  description: text,
  metadata: anyMap,
  properties: mapOf("property", anyValue),
  targets: listOf(nameText),
  triggers: mapOf("trigger", triggerDefinition),
}, { mandatory: ["type"] });
