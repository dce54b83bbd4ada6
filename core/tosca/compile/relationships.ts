import type { YamlNode } from "../../yaml/mod.ts";
import { parseExpression } from "../functions/expression.ts";
import type { Scope } from "../functions/scope.ts";
import type { Entries } from "../read/grammar.ts";
import type { Assignment } from "./demand.ts";
import { type GraphCapability, GraphEdge, type GraphNode } from "./graph.ts";
import type { Instantiation } from "./instantiate.ts";
import { Slot, type Slots, slotsOf } from "./slots.ts";

/** Makes a relationship without adding it to the graph. */
export function makeEdge(
  service: Instantiation,
  assignment: Assignment,
  source: GraphNode,
  capability: GraphCapability,
  index: number = assignment.offset ?? 0,
): GraphEdge {
  const { requirement, relationship, relationshipType, written } = assignment;
  const { name } = requirement;
  const edge = new GraphEdge(
    name,
    index,
    source,
    capability,
    relationshipType,
    relationship,
    assignment.at,
    assignment.filters,
  );
  const { allocation, relationship: own } = written ?? {};
  const hasValues = relationship &&
    (relationship.properties.size > 0 || relationship.attributes.size > 0);
  if (!hasValues && !allocation) return edge;
  const scope = service.scopeOf(edge, source.template.unit);
  if (hasValues) {
    const { properties, attributes } = relationship;
    const given = assignment.relationshipTemplate?.definition ?? own;
    edge.properties = slotsOf(properties, given?.properties, scope, edge, "property");
    edge.attributes = slotsOf(attributes, given?.attributes, scope, edge, "attribute");
  }
  if (allocation) edge.allocation = allocationSlots(service, allocation, edge, scope);
  return edge;
}

function allocationSlots(
  service: Instantiation,
  written: Entries<YamlNode>,
  edge: GraphEdge,
  scope: Scope,
): Slots {
  const { capability } = edge;
  const defined = capability.node.type.capabilities.get(capability.name)?.properties;
  const slots = new Map<string, Slot>();
  for (const { name, value } of written.values()) {
    const schema = defined?.get(name)?.schema;
    const expression = parseExpression(value, service.model.report);
    const wanted = schema && { ...schema, clauses: [] };
    slots.set(
      name,
      new Slot(`allocation "${name}"`, edge, expression, wanted, scope, "assigned"),
    );
  }
  return slots;
}

/** Adds a relationship to the graph. */
export function connect(
  service: Instantiation,
  assignment: Assignment,
  source: GraphNode,
  capability: GraphCapability,
): void {
  const { name } = assignment.requirement;
  let edges = source.edges.get(name);
  if (!edges) source.edges.set(name, edges = []);
  const { offset } = assignment;
  const index = offset === undefined
    ? edges.length
    : offset + edges.filter(({ at }) => at === assignment.at).length;
  const edge = makeEdge(service, assignment, source, capability, index);
  edges.push(edge);
  capability.incoming.push(edge);
}

/** Takes back what `connect` did last for an assignment of a node. */
export function disconnect(assignment: Assignment, source: GraphNode): void {
  const edge = source.edges.get(assignment.requirement.name)!.pop()!;
  const { incoming } = edge.capability;
  incoming.splice(incoming.lastIndexOf(edge), 1);
}

/** Puts the relationships of a requirement into the order of their assignments: they were made as they were found. */
export function putInOrder(edges: GraphEdge[] | undefined): void {
  if (!edges) return;
  if (edges.length > 1) edges.sort((a, b) => a.at.start - b.at.start || a.index - b.index);
  for (const [index, edge] of edges.entries()) edge.index = index;
}
