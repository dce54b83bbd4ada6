import { Float } from "../../base/mod.ts";
import { Scalar } from "../../clout/mod.ts";
import { type Content, type Datum, isWaiting, show } from "../functions/datum.ts";
import { evaluate } from "../functions/evaluate.ts";
import { textOf } from "../functions/scope.ts";
import { listed } from "../read/grammar.ts";
import { admits } from "../resolve/valid_types.ts";
import type { Assignment } from "./demand.ts";
import type { GraphCapability, GraphEdge, GraphNode } from "./graph.ts";
import type { Instantiation } from "./instantiate.ts";
import { makeEdge } from "./relationships.ts";

/** A target that fits, or why a node does not. */
export type Judgement =
  | {
    readonly capability: GraphCapability;
    /** Whether a filter needs what is known only at run time: it fits as far as is known. */
    readonly isUncertain?: true;
  }
  | {
    readonly node: GraphNode;
    readonly why: string;
    readonly code: "type" | "filter" | "ambiguous";
  };

/** Judges whether a node can be the target of an assignment, allocations left aside. */
export function judge(
  service: Instantiation,
  assignment: Assignment,
  source: GraphNode,
  node: GraphNode,
): Judgement {
  const refuse = (why: string, code: "type" | "filter" | "ambiguous" = "type") => ({
    node,
    why,
    code,
  });
  const { targetType, relationshipType } = assignment;
  if (targetType && !node.type.derivesFrom(targetType) && !node.type.isPartial) {
    return refuse(`it is of ${node.type.label}, which does not derive from "${targetType.name}"`);
  }
  if (relationshipType && !admits(relationshipType.validTargets, node.type)) {
    return refuse(`${relationshipType.label} does not admit targets of "${node.type.name}"`);
  }
  if (relationshipType && !admits(relationshipType.validSources, source.type)) {
    return refuse(`${relationshipType.label} does not admit sources of "${source.type.name}"`);
  }
  const capabilities = [...node.capabilities.values()];
  const reasons: string[] = [];
  const fitting = capabilities.filter((each) => {
    const why = misfit(assignment, source, each);
    if (why) reasons.push(why);
    return !why;
  });
  if (fitting.length === 0) return refuse(reasons[0] ?? "it has no capabilities");
  const best = narrowest(fitting, assignment);
  if (best.length > 1) {
    return refuse(
      `several of its capabilities fit: ${listed(best.map((each) => each.name))}`,
      "ambiguous",
    );
  }
  return filter(service, assignment, source, best[0]);
}

/** Of capabilities that fit, those of exactly the wanted type, where there are any. */
function narrowest(
  fitting: readonly GraphCapability[],
  assignment: Assignment,
): readonly GraphCapability[] {
  const exact = fitting.filter((each) => each.type === assignment.capabilityType);
  return exact.length > 0 ? exact : fitting;
}

function misfit(
  assignment: Assignment,
  source: GraphNode,
  capability: GraphCapability,
): string | undefined {
  const { capabilityName, capabilityType, relationshipType } = assignment;
  const { type } = capability;
  if (!type) return undefined;
  if (capabilityName !== undefined && capability.name !== capabilityName) {
    return `it has no capability "${capabilityName}"`;
  }
  if (capabilityType && !type.derivesFrom(capabilityType)) {
    return `it has no capability of the type "${capabilityType.name}"`;
  }
  if (relationshipType && !admits(relationshipType.validCapabilities, type)) {
    return `${relationshipType.label} does not admit capabilities of "${type.name}"`;
  }
  const slot = capability.node.type.capabilities.get(capability.name);
  const relationships = slot?.validRelationships ?? type.validRelationships;
  if (relationshipType && !admits(relationships, relationshipType)) {
    return `its capability "${capability.name}" does not admit ${relationshipType.label}`;
  }
  if (!admits(slot?.validSources ?? type.validSources, source.type)) {
    return `its capability "${capability.name}" does not admit sources of "${source.type.name}"`;
  }
}

/** Returns whether the node filters admit a target; where that is known at run time alone it is admitted for now. */
function filter(
  service: Instantiation,
  assignment: Assignment,
  source: GraphNode,
  capability: GraphCapability,
): Judgement {
  if (assignment.filters.length === 0) return { capability };
  let isUncertain = false;
  const edge = makeEdge(service, assignment, source, capability);
  for (const { expression, unit } of assignment.filters) {
    const result = service.evaluating(() =>
      service.model.report.quietly(() => evaluate(expression, service.scopeOf(edge, unit)))
    );
    const node = capability.node;
    const isUnclear = !result && assignment.target !== undefined && service.isLenient;
    if (isUnclear || result && isWaiting(result)) {
      isUncertain = true;
      continue;
    }
    if (result?.content !== true) {
      const text = textOf(expression.at);
      const found = showOperands(service, edge, expression, unit);
      return { node, why: `the filter ${text} is not true${found}`, code: "filter" };
    }
  }
  return isUncertain ? { capability, isUncertain } : { capability };
}

/** Returns the values that a comparison saw, for people. */
function showOperands(
  service: Instantiation,
  edge: GraphEdge,
  expression: Assignment["filters"][number]["expression"],
  unit: Assignment["filters"][number]["unit"],
): string {
  if (expression.kind !== "call") return "";
  const calls = expression.args.filter((each) => each.kind === "call");
  const values = service.model.report.quietly(() =>
    calls.map((each) => evaluate(each, service.scopeOf(edge, unit)))
  );
  const known = values.filter((each): each is Datum => each !== undefined);
  return known.length > 0 ? `: found ${known.map((each) => show(each, 30)).join(", ")}` : "";
}

/** What an edge takes of its target's capability. */
export interface Taking {
  readonly property: string;
  readonly amount: number;
}

/** Returns what an edge allocates, as far as it is known now; nothing where something is wrong, which is reported. */
export function takingsOf(edge: GraphEdge): Taking[] | undefined {
  const takings: Taking[] = [];
  for (const [property, slot] of edge.allocation) {
    const value = slot.value;
    if (!value) return undefined;
    if (!isWaiting(value)) takings.push({ property, amount: amountOf(value.content) });
  }
  return takings;
}

/** Whether a capability has left what a relationship to it would allocate. */
export function hasRoom(
  service: Instantiation,
  assignment: Assignment,
  source: GraphNode,
  capability: GraphCapability,
): boolean {
  const edge = makeEdge(service, assignment, source, capability);
  return (takingsOf(edge) ?? []).every(({ property, amount }) =>
    amount <= leftOf(capability, property)
  );
}

/** Returns how much of a property a capability has left; infinite where that is not known here. */
export function leftOf(capability: GraphCapability, property: string): number {
  const total = capability.properties.get(property)?.value;
  if (!total || isWaiting(total)) return Infinity;
  let left = amountOf(total.content);
  for (const edge of capability.incoming) {
    const taken = edge.allocation.get(property)?.value;
    if (taken && !isWaiting(taken)) left -= amountOf(taken.content);
  }
  return left;
}

function amountOf(content: Content): number {
  if (typeof content === "bigint") return Number(content);
  if (content instanceof Float) return content.value;
  return content instanceof Scalar ? amountOf(content.number) : 0;
}
