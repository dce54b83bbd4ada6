import { isWaiting } from "../functions/datum.ts";
import { type Assignment, checkCounts, readAssignments } from "./demand.ts";
import type { Demand } from "./fulfil.ts";
import type { GraphNode } from "./graph.ts";
import type { Instantiation } from "./instantiate.ts";
import { checkedCount, readCount } from "./make_nodes.ts";
import { makeEdge } from "./relationships.ts";
import type { Template } from "./templates.ts";

/** Returns what the nodes of a template want, in the order of its requirements; the nodes know that it is pending. */
export function makeDemands(service: Instantiation, template: Template): Demand[] {
  if (!template.type) return [];
  const nodes = service.madeNodesOf(template.name);
  if (nodes.length === 0) readAssignments(service, template); // For what is wrong with them.
  if (nodes.length === 0 || nodes[0].isExternal || nodes[0].template !== template) return [];
  const assignments = readAssignments(service, template);
  return nodes.flatMap((source) => demandsOf(service, source, assignments));
}

function demandsOf(
  service: Instantiation,
  source: GraphNode,
  assignments: readonly Assignment[],
): Demand[] {
  const demands: Demand[] = [];
  const computed = new Set<Assignment["requirement"]>();
  const counts = new Map<Assignment, number>();
  for (const assignment of assignments) {
    if (connectOutside(service, assignment, source)) continue;
    const count = demandCount(service, assignment, source);
    if (count === undefined) continue;
    counts.set(assignment, count);
    if (typeof assignment.count !== "number") computed.add(assignment.requirement);
    if (count === 0) continue;
    demands.push({ assignment, source, count });
    const { name } = assignment.requirement;
    const pending = source.pending ??= new Map();
    pending.set(name, (pending.get(name) ?? 0) + 1);
    service.openDemands++;
  }
  for (const requirement of computed) {
    const own = assignments.filter((each) => each.requirement === requirement);
    checkCounts(
      service,
      source.label,
      requirement,
      own.map((each) => ({
        at: each.at,
        count: counts.get(each),
        isOptional: each.isOptional,
      })),
    );
  }
  return demands;
}

/** Gives a requirement the targets that the substituted node has: their own capabilities count them there. */
function connectOutside(
  service: Instantiation,
  assignment: Assignment,
  source: GraphNode,
): boolean {
  const { name } = assignment.requirement;
  const outer = service.options.outside?.edges.get(`${source.template.name}/${name}`);
  if (!outer) return false;
  const edges = source.edges.get(name) ?? [];
  source.edges.set(name, edges);
  if (edges.length > 0) return true; // Another assignment of the same name took them.
  for (const { capability } of outer) {
    edges.push(makeEdge(service, assignment, source, capability, edges.length));
  }
  return true;
}

/** Returns how many relationships are wanted; nothing where that cannot be known, which is reported where it is wrong. */
function demandCount(
  service: Instantiation,
  { count, requirement }: Assignment,
  source: GraphNode,
): number | undefined {
  if (typeof count === "number") return count;
  const label = `requirement "${requirement.name}" of ${source.label}`;
  const value = readCount(
    service,
    count,
    label,
    () => service.evaluateAt(count, source, requirement.name),
  );
  if (!value) return undefined;
  if (isWaiting(value)) return 1;
  return checkedCount(service, value, count, label);
}
