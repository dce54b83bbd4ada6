import { stringOf } from "../../yaml/mod.ts";
import { attributeDefinition } from "./attribute_definition.ts";
import { entity, listOf, mapOf, type Read, type Reader } from "./grammar.ts";
import { interfaceAssignment, interfaceDefinition } from "./interface.ts";
import { propertyDefinition } from "./property_definition.ts";
import { anyMap, anyValue, flag, nameText, text } from "./scalars.ts";

const longRelationship = entity("relationship definition", {
  type: nameText,
  description: text,
  metadata: anyMap,
  properties: mapOf("property", propertyDefinition),
  attributes: mapOf("attribute", attributeDefinition),
  interfaces: mapOf("interface", interfaceDefinition),
});

/** The relationship of a requirement definition (TOSCA 2.0, section 8.4); refinements may leave out its type. */
export type RelationshipDefinition = Read<typeof longRelationship>;

const relationshipDefinition: Reader<RelationshipDefinition> = (node, report, label) => {
  const value = stringOf(node);
  if (value !== undefined && value !== "") return { at: node, type: { value, node } };
  return longRelationship(node, report, label);
};

const longDefinition = entity("requirement definition", {
  relationship: relationshipDefinition,
  capability: nameText,
  node: nameText,
  node_filter: anyValue,
  count_range: anyValue,
  description: text,
  metadata: anyMap,
}, {
  drafts: {
    occurrences: 'Write "count_range": [ MIN, MAX ]; its default is now [ 0, UNBOUNDED ]',
  },
});

/** A requirement definition in a node type (TOSCA 2.0, section 8.4). */
export type RequirementDefinition = Read<typeof longDefinition> & {
  /** Written as a bare capability type's name, as earlier drafts allowed. */
  readonly isShort?: true;
};

/** Reads a requirement definition; the short form of earlier drafts is a capability type's name. */
export const requirementDefinition: Reader<RequirementDefinition> = (node, report, label) => {
  const value = stringOf(node);
  if (value !== undefined && value !== "") {
    report.warn("TOSCA_REQUIREMENT_SHORT", node, {
      what: `Cannot tell the relationship of ${label}: it is written as a capability type alone`,
      why: "TOSCA 2.0 wants a relationship type; any that the capability admits is taken here",
      fix: `Write { capability: ${value}, relationship: TYPE }`,
    });
    return { at: node, capability: { value, node }, isShort: true };
  }
  return longDefinition(node, report, label);
};

const longRelationshipAssignment = entity("relationship assignment", {
  type: nameText,
  properties: mapOf("property", anyValue),
  attributes: mapOf("attribute", anyValue),
  interfaces: mapOf("interface", interfaceAssignment),
  description: text,
  metadata: anyMap,
});

/** Values for the relationship of a requirement (TOSCA 2.0, section 8.5.2). */
export type RelationshipAssignment = Read<typeof longRelationshipAssignment> & {
  /** Written as a name: of a relationship type, or else of a relationship template. */
  readonly isName?: true;
};

const relationshipAssignment: Reader<RelationshipAssignment> = (node, report, label) => {
  const value = stringOf(node);
  if (value !== undefined && value !== "") return { at: node, type: { value, node }, isName: true };
  return longRelationshipAssignment(node, report, label);
};

const longAssignment = entity("requirement assignment", {
  node: anyValue,
  capability: nameText,
  relationship: relationshipAssignment,
  allocation: mapOf("allocation", anyValue),
  count: anyValue,
  node_filter: anyValue,
  directives: listOf(text),
  optional: flag,
  description: text,
  metadata: anyMap,
}, {
  drafts: { occurrences: 'Write "count", and "optional: true" where it may stay unfulfilled' },
});

/** A requirement assignment in a node template (TOSCA 2.0, section 8.5). */
export type RequirementAssignment = Read<typeof longAssignment>;

/** Reads a requirement assignment; its short form is a node template's name, or a pair with an index. */
export const requirementAssignment: Reader<RequirementAssignment> = (node, report, label) => {
  if (node.kind === "list" || stringOf(node)) return { at: node, node };
  return longAssignment(node, report, label);
};
