import { stringOf } from "../../yaml/mod.ts";
import { implementationDefinition } from "./artifact.ts";
import { entity, listOf, mapOf, type Read, type Reader } from "./grammar.ts";
import { parameterDefinition } from "./parameter_definition.ts";
import { anyMap, anyValue, nameText, type Text, text } from "./scalars.ts";

const longWorkflowCall = entity("workflow call", {
  workflow: nameText,
  inputs: mapOf("input", anyValue),
}, { mandatory: ["workflow"] });

const workflowCall: Reader<Read<typeof longWorkflowCall>> = (node, report, label) => {
  const value = stringOf(node);
  if (value) return { at: node, workflow: { value, node } };
  return longWorkflowCall(node, report, label);
};

const longOperationCall = entity("operation call", {
  operation: nameText,
  inputs: mapOf("input", anyValue),
}, { mandatory: ["operation"] });

const operationCall: Reader<Read<typeof longOperationCall>> = (node, report, label) => {
  const value = stringOf(node);
  if (value) return { at: node, operation: { value, node } };
  return longOperationCall(node, report, label);
};

/** Reads an activity (TOSCA 2.0, section 13.5): exactly one of its keynames is there, which is checked later. */
export const activityDefinition = entity("activity", {
  delegate: workflowCall,
  set_state: text,
  call_operation: operationCall,
  inline: workflowCall,
}, { drafts: { operation: 'Write "call_operation"' } });

export type ActivityDefinition = Read<typeof activityDefinition>;

/** Reads a list of step names; a single name is taken as a list of one. */
const stepNames: Reader<readonly Text[]> = (node, report, label) => {
  const value = stringOf(node);
  if (value) return [{ value, node }];
  return listOf(nameText)(node, report, label);
};

const stepDefinition = entity("workflow step", {
  target: nameText,
  target_relationship: nameText,
  filter: listOf(anyValue),
  activities: listOf(activityDefinition),
  on_success: stepNames,
  on_failure: stepNames,
  description: text,
  metadata: anyMap,
}, {
  mandatory: ["target", "activities"],
  drafts: {
    operation_host: "Remove it: where an operation runs is the orchestrator's business",
  },
});

export type StepDefinition = Read<typeof stepDefinition>;

/** Reads a workflow (TOSCA 2.0, section 13.2). */
export const workflowDefinition = entity("workflow", {
  description: text,
  metadata: anyMap,
  inputs: mapOf("input", parameterDefinition),
  precondition: anyValue,
  steps: mapOf("step", stepDefinition),
  implementation: implementationDefinition,
  outputs: mapOf("output", anyValue),
}, { drafts: { preconditions: 'Write "precondition" with one boolean expression' } });

export type WorkflowDefinition = Read<typeof workflowDefinition>;
