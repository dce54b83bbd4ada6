import { holdsCall, parseExpression } from "../functions/expression.ts";
import { leftOf, takingsOf } from "./candidates.ts";
import type { Assignment } from "./demand.ts";
import type { Demand, Ready } from "./fulfil.ts";
import type { GraphCapability, GraphEdge, GraphNode } from "./graph.ts";
import type { Instantiation } from "./instantiate.ts";
import { connect, makeEdge } from "./relationships.ts";
import { isUnsatisfiable, search, type SearchOption, type SearchVariable } from "./search.ts";

/**
 * Finds targets for demands that compete for them, by search; reports a conflict where there is no solution. Throws
 * `Pending`, before anything is changed, where it is not known yet how much there is.
 */
export function solveBySearch(service: Instantiation, group: readonly Ready[]): void {
  const result = search(problemOf(service, group));
  if ("failed" in result) {
    for (const { demand } of group) service.settle(demand);
    if (result.failed === "budget") return reportBudget(service, group.map(({ demand }) => demand));
    return reportConflict(service, group);
  }
  let at = 0;
  for (const { demand, fitting } of group) {
    const chosen = result.choice.slice(at, at + demand.count);
    if (!isNumbered(service, demand.assignment)) chosen.sort((a, b) => a - b);
    at += demand.count;
    for (const each of chosen) connect(service, demand.assignment, demand.source, fitting[each]);
    service.settle(demand);
  }
}

function problemOf(service: Instantiation, group: readonly Ready[]) {
  const resources = new Map<string, number>();
  const capacities: number[] = [];
  const kinds: number[] = [];
  const kindsByName = new Map<string, number>();
  const places = new Map<GraphNode, number>();
  const variables: SearchVariable[] = [];
  const resourceOf = (capability: GraphCapability, property: string) => {
    const key = `${capability.node.id}\n${capability.name}\n${property}`;
    let index = resources.get(key);
    if (index === undefined) {
      resources.set(key, index = capacities.length);
      capacities.push(leftOf(capability, property));
      if (!kindsByName.has(property)) kindsByName.set(property, kindsByName.size);
      kinds.push(kindsByName.get(property)!);
    }
    return index;
  };
  const known = new Map<readonly GraphCapability[], Map<Assignment, SearchOption[]>>();
  for (const [index, { demand, fitting }] of group.entries()) {
    const ofList = known.get(fitting) ?? new Map<Assignment, SearchOption[]>();
    known.set(fitting, ofList);
    const { assignment, source } = demand;
    const optionsOf = (number: number) =>
      fitting.map((capability): SearchOption => {
        if (!places.has(capability.node)) places.set(capability.node, places.size);
        const at = (assignment.offset ?? 0) + number;
        const edge = makeEdge(service, assignment, source, capability, at);
        const takes = (takingsOf(edge) ?? []).map(({ property, amount }) => ({
          resource: resourceOf(capability, property),
          amount,
        }));
        return { place: places.get(capability.node)!, takes };
      });
    const options = ofList.get(assignment) ?? optionsOf(0);
    if (hasConstantAllocation(assignment)) ofList.set(assignment, options);
    const areAlike = !isNumbered(service, assignment);
    for (let k = 0; k < demand.count; k++) {
      variables.push({ options: areAlike || k === 0 ? options : optionsOf(k), group: index });
    }
  }
  return { variables, capacities, kinds };
}

/** Whether each relationship of an assignment allocates by its number, so that they may not change places. */
function isNumbered({ model }: Instantiation, assignment: Assignment): boolean {
  if (hasConstantAllocation(assignment)) return false;
  return [...assignment.written!.allocation!.values()].some(({ value }) => {
    const expression = parseExpression(value, model.report);
    return expression && holdsCall(expression, ({ name }) => name === "relationship_index");
  });
}

/** Whether every node of the template allocates the same. */
export function hasConstantAllocation({ written }: Assignment): boolean {
  return [...written?.allocation?.values() ?? []].every(({ value }) =>
    value.kind === "scalar" &&
    !(typeof value.value === "string" && value.value.startsWith("$"))
  );
}

/** Reports that the search has ended before it knew. */
export function reportBudget(service: Instantiation, group: readonly Demand[]): void {
  const [{ assignment }] = group;
  service.model.report.error("TOSCA_SEARCH_BUDGET", assignment.at, {
    what:
      `Cannot decide within the search budget how ${group.length} requirements share their targets`,
    why: "There may be a solution: the search has ended before it had tried all",
    fix: "Name the targets of some of the requirements",
  });
}

/** Reports an irreducible set of demands that cannot be fulfilled together. */
function reportConflict(service: Instantiation, group: readonly Ready[]): void {
  if (group.some(({ demand }) => service.isExcused(demand))) return;
  const core = irreducible(service, group);
  const [{ demand }] = core;
  if (core.every(({ demand }) => demand.assignment.isOptional)) return;
  const names = core.map(({ demand: { assignment, source } }) =>
    `"${assignment.requirement.name}" of ${source.id} (${wants(service, assignment, source, core)})`
  );
  const rooms = [...new Set(core.flatMap(({ fitting }) => fitting))].slice(0, 12).map((each) =>
    `${each.node.id}: ${roomOf(each, core)}`
  );
  service.model.report.error("TOSCA_UNFULFILLED", demand.assignment.at, {
    what: core.length === 1
      ? `Cannot fulfil requirement ${names[0]}`
      : `Cannot fulfil these requirements together: ${names.join(", ")}`,
    why: `There is ${rooms.join("; ")}. Without any one of them the others could be fulfilled`,
    fix: "Add a target, raise what the targets have, or allocate less",
  });
}

/** Returns demands of which each is needed for the conflict, as far as a short search can tell. */
function irreducible(service: Instantiation, group: readonly Ready[]): readonly Ready[] {
  const problem = problemOf(service, group);
  const kept = new Set(group.keys());
  for (const index of group.keys()) {
    if (index >= triedMax || kept.size === 1) break;
    kept.delete(index);
    const variables = problem.variables.filter((each) => kept.has(each.group));
    if (!isUnsatisfiable({ ...problem, variables })) kept.add(index);
  }
  return group.filter((_, index) => kept.has(index));
}

/** How many demands of a conflict are left out by turns, to see whether they matter. */
const triedMax = 60;

function wants(
  service: Instantiation,
  assignment: Assignment,
  source: GraphNode,
  core: readonly Ready[],
): string {
  const fitting = core.find(({ demand }) => demand.source === source)?.fitting[0];
  if (!fitting) return "nothing";
  const edge: GraphEdge = makeEdge(service, assignment, source, fitting);
  return (takingsOf(edge) ?? []).map(({ property, amount }) => `${amount} of ${property}`).join(
    ", ",
  );
}

function roomOf(capability: GraphCapability, core: readonly Ready[]): string {
  const properties = new Set(
    core.flatMap(({ demand }) => [...demand.assignment.written?.allocation?.keys() ?? []]),
  );
  return [...properties].map((each) => `${leftOf(capability, each)} of ${each}`).join(", ");
}
