import { judge, type Judgement } from "./candidates.ts";
import { checkAllocations } from "./check_allocations.ts";
import { reportBudget, solveBySearch } from "./competition.ts";
import type { Assignment } from "./demand.ts";
import { fulfilFixed } from "./fixed_targets.ts";
import type { GraphCapability, GraphNode } from "./graph.ts";
import { Pending } from "./graph_access.ts";
import { asksWhatIsLeft, fulfilInTurn } from "./in_turn.ts";
import type { Instantiation } from "./instantiate.ts";
import { reportCircle, reportUnfulfilled } from "./unfulfilled.ts";

/** What one node wants of one assignment: `count` relationships to different nodes. */
export interface Demand {
  readonly assignment: Assignment;
  readonly source: GraphNode;
  readonly count: number;
}

/**
 * Fulfils all demands (TOSCA 2.0, sections 4.2.2 and 8.5): those with a fixed target, then the others that are
 * mandatory, by search where they compete, then the optional ones. What stays unfulfilled is reported.
 */
export function fulfil(service: Instantiation, demands: readonly Demand[]): void {
  const dangling: Demand[] = [];
  for (const demand of demands) {
    if (demand.assignment.target) fulfilFixed(service, demand);
    else dangling.push(demand);
  }
  fulfilDangling(service, dangling.filter(({ assignment }) => !assignment.isOptional));
  for (const demand of dangling.filter(({ assignment }) => assignment.isOptional)) {
    fulfilDangling(service, [demand]);
  }
  checkAllocations(service);
}

/** What was found for one assignment, for the nodes that share it. */
interface Shared {
  readonly fitting: readonly GraphCapability[];
  /** The nodes of those that fit. */
  readonly nodes: ReadonlySet<GraphNode>;
  readonly refusals: readonly Judgement[];
}

/** A demand with the targets that fit it. */
export interface Ready {
  readonly demand: Demand;
  readonly fitting: readonly GraphCapability[];
  readonly refusals: readonly Judgement[];
}

function fulfilDangling(service: Instantiation, demands: readonly Demand[]): void {
  // Those that ask what is left come after those that do not: what they see is then what is left indeed.
  let inTurn = demands.filter(({ assignment }) => asksWhatIsLeft(assignment));
  let open = inTurn.length === 0 ? demands : demands.filter((each) => !inTurn.includes(each));
  const shared = new Map<Assignment, Shared>();
  while (open.length > 0 || inTurn.length > 0) {
    const ready: Ready[] = [];
    const postponed: Demand[] = [];
    for (const demand of open) {
      const found = readyDemand(service, demand, shared);
      if (found) ready.push(found);
      else postponed.push(demand);
    }
    if (ready.length === 0 && inTurn.length > 0) {
      solveInTurn(service, inTurn);
      inTurn = [];
      continue;
    }
    if (ready.length === 0) return reportCircle(service, postponed);
    for (const each of components(ready)) solve(service, each);
    open = postponed;
  }
}

/** Returns the targets that fit a demand; nothing where a filter waits for another demand. */
function readyDemand(
  service: Instantiation,
  demand: Demand,
  shared: Map<Assignment, Shared>,
): Ready | undefined {
  const { assignment, source, count } = demand;
  const isContested = assignment.written?.allocation !== undefined;
  // Without a filter all nodes of a template find the same; only a node that could be its own target is apart.
  const isShared = isContested && assignment.filters.length === 0;
  const known = isShared ? shared.get(assignment) : undefined;
  if (known) {
    const { refusals } = known;
    return { demand, fitting: withoutSource(known, source), refusals };
  }
  const fitting: GraphCapability[] = [];
  const refusals: Judgement[] = [];
  try {
    for (const node of service.candidatesFor(assignment)) {
      if (node === source) continue;
      const judgement = judge(service, assignment, source, node);
      if ("capability" in judgement) fitting.push(judgement.capability);
      else refusals.push(judgement);
      // Where nothing is allocated the first that fit are as good as any.
      if (!isContested && fitting.length === count) break;
    }
  } catch (error) {
    if (error instanceof Pending) return undefined;
    throw error;
  }
  if (isShared && !service.candidatesFor(assignment).includes(source)) {
    const nodes = new Set(fitting.map(({ node }) => node));
    shared.set(assignment, { fitting, nodes, refusals });
  }
  return { demand, fitting, refusals };
}

function withoutSource({ fitting, nodes }: Shared, source: GraphNode): readonly GraphCapability[] {
  return nodes.has(source) ? fitting.filter(({ node }) => node !== source) : fitting;
}

/** Splits demands into sets that compete for nothing with each other, so that each is solved by itself. */
function components(ready: readonly Ready[]): Ready[][] {
  const parent = ready.map((_, index) => index);
  const find = (index: number): number => {
    while (parent[index] !== index) index = parent[index] = parent[parent[index]];
    return index;
  };
  const owners = new Map<GraphCapability, number>();
  const lists = new Map<readonly GraphCapability[], number>();
  for (const [index, { demand, fitting }] of ready.entries()) {
    if (!demand.assignment.written?.allocation) continue;
    const alike = lists.get(fitting);
    if (alike !== undefined) {
      parent[find(index)] = find(alike);
      continue;
    }
    lists.set(fitting, index);
    for (const capability of fitting) {
      const known = owners.get(capability);
      if (known === undefined) owners.set(capability, index);
      else parent[find(index)] = find(known);
    }
  }
  const groups = new Map<number, Ready[]>();
  for (const [index, each] of ready.entries()) {
    const root = find(index);
    const known = groups.get(root);
    if (known) known.push(each);
    else groups.set(root, [each]);
  }
  return [...groups.values()];
}

function solve(service: Instantiation, group: readonly Ready[]): void {
  const lacking = group.filter((each) => each.fitting.length < each.demand.count);
  for (const each of lacking) {
    takeWhatFits(service, each);
    reportUnfulfilled(service, each);
  }
  const rest = group.filter((each) => !lacking.includes(each));
  if (rest.length === 0) return;
  if (rest.length === 1 && !rest[0].demand.assignment.written?.allocation) {
    const [{ demand, fitting }] = rest;
    for (const capability of fitting.slice(0, demand.count)) {
      service.connect(demand.assignment, demand.source, capability);
    }
    return service.settle(demand);
  }
  solveBySearch(service, rest);
}

function solveInTurn(service: Instantiation, demands: readonly Demand[]): void {
  const result = fulfilInTurn(service, demands);
  for (const demand of demands) service.settle(demand);
  if (result.isSolved) return;
  const { demand, refusals } = result;
  if (result.isSpent) return reportBudget(service, demands);
  reportUnfulfilled(service, { demand, fitting: [], refusals });
}

function takeWhatFits(service: Instantiation, { demand, fitting }: Ready): void {
  for (const capability of fitting) service.connect(demand.assignment, demand.source, capability);
  service.settle(demand);
}
