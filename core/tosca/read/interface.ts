import { stringOf, type YamlNode } from "../../yaml/mod.ts";
import { implementationDefinition } from "./artifact.ts";
import { entity, mapOf, type Read, type Reader } from "./grammar.ts";
import { parameterDefinition } from "./parameter_definition.ts";
import { isLongForm } from "./property_definition.ts";
import { anyMap, anyValue, nameText, text } from "./scalars.ts";
import { typeKeynames } from "./types.ts";

const longOperation = entity("operation definition", {
  description: text,
  metadata: anyMap,
  implementation: implementationDefinition,
  inputs: mapOf("input", parameterDefinition),
  outputs: mapOf("output", parameterDefinition),
});

/** A definition of an operation or notification (TOSCA 2.0, sections 11.4 and 11.8). */
export type OperationDefinition = Read<typeof longOperation>;

/** Whether a body is an operation's short form: an implementation, as an artifact's name or with its own keynames. */
function isShort(node: YamlNode): boolean {
  return stringOf(node) !== undefined || isLongForm(node, { primary: true, dependencies: true });
}

/** Reads an operation definition; its short form is an implementation. */
const operationDefinition: Reader<OperationDefinition> = (node, report, label) => {
  if (!isShort(node)) return longOperation(node, report, label);
  const implementation = implementationDefinition(node, report, label);
  return implementation && { at: node, implementation };
};

const operationDrafts = {
  drafts: {
    inputs_definition: 'Write "inputs"',
  },
};

/** Reads an interface type (TOSCA 2.0, section 11.1). */
export const interfaceTypeDefinition = entity("interface type", {
  ...typeKeynames,
  inputs: mapOf("input", parameterDefinition),
  operations: mapOf("operation", operationDefinition),
  notifications: mapOf("notification", operationDefinition),
}, operationDrafts);

export type InterfaceTypeDefinition = Read<typeof interfaceTypeDefinition>;

const standardOperations = Object.fromEntries(
  ["create", "configure", "start", "stop", "delete"].map((each) => [
    each,
    `Put it under "operations": operations: { ${each}: … }`,
  ]),
);

/** Reads an interface definition in a node or relationship type (TOSCA 2.0, section 11.2). */
export const interfaceDefinition = entity("interface definition", {
  type: nameText,
  description: text,
  metadata: anyMap,
  inputs: mapOf("input", parameterDefinition),
  operations: mapOf("operation", operationDefinition),
  notifications: mapOf("notification", operationDefinition),
}, { drafts: standardOperations });

export type InterfaceDefinition = Read<typeof interfaceDefinition>;

const longOperationAssignment = entity("operation assignment", {
  description: text,
  metadata: anyMap,
  implementation: implementationDefinition,
  inputs: mapOf("input", anyValue),
  outputs: mapOf("output", anyValue),
});

/** Values for an operation or notification in a template (TOSCA 2.0, sections 11.5 and 11.9). */
export type OperationAssignment = Read<typeof longOperationAssignment>;

/** Reads an operation assignment; its short form is an implementation. */
const operationAssignment: Reader<OperationAssignment> = (node, report, label) => {
  if (!isShort(node)) return longOperationAssignment(node, report, label);
  const implementation = implementationDefinition(node, report, label);
  return implementation && { at: node, implementation };
};

/** Reads an interface assignment in a template (TOSCA 2.0, section 11.3). */
export const interfaceAssignment = entity("interface assignment", {
  inputs: mapOf("input", anyValue),
  operations: mapOf("operation", operationAssignment),
  notifications: mapOf("notification", operationAssignment),
  description: text,
  metadata: anyMap,
}, {
  drafts: { ...standardOperations, type: "Remove it: the node type defines the interface's type" },
});

export type InterfaceAssignment = Read<typeof interfaceAssignment>;
