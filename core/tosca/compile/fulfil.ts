import { judge, type Judgement, takingsOf } from "./candidates.ts";
import { checkAllocations } from "./check_allocations.ts";
import { hasConstantAllocation, reportBudget, solveBySearch } from "./competition.ts";
import type { Assignment } from "./demand.ts";
import { fulfilFixed, reportFixed } from "./fixed_targets.ts";
import type { GraphCapability, GraphNode } from "./graph.ts";
import { Pending } from "./graph_access.ts";
import { asksWhatIsLeft, fulfilInTurn } from "./in_turn.ts";
import type { Instantiation } from "./instantiate.ts";
import { connect, makeEdge } from "./relationships.ts";
import type { Template } from "./templates.ts";
import { warnOfUncertain } from "./uncertain_targets.ts";
import { reportCircle, reportUnfulfilled, type Waiting } from "./unfulfilled.ts";

/** What one node wants of one assignment: `count` relationships to different nodes. */
export interface Demand {
  readonly assignment: Assignment;
  readonly source: GraphNode;
  readonly count: number;
}

/**
 * Fulfils all demands (TOSCA 2.0, sections 4.2.2 and 8.5): those that name one node, then the others that are mandatory,
 * by search where they compete, then the optional ones. What stays unfulfilled is reported. Templates that select take
 * their nodes as soon as their filters can be looked at.
 */
export function fulfil(
  service: Instantiation,
  demands: readonly Demand[],
  selecting: readonly Template[],
): void {
  new Fulfilment(service, demands, selecting).run();
  checkAllocations(service);
  warnOfUncertain(service);
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

class Fulfilment {
  readonly #service: Instantiation;
  #selecting: readonly Template[];
  #open: Demand[] = [];
  /** Those that ask what others take: they come after those that do not, so that they see what is left indeed. */
  #inTurn: Demand[] = [];
  #optional: Demand[] = [];

  constructor(
    service: Instantiation,
    demands: readonly Demand[],
    selecting: readonly Template[],
  ) {
    this.#service = service;
    this.#selecting = selecting;
    this.#add(demands);
  }

  run(): void {
    this.#settle();
    while (this.#optional.length > 0) {
      this.#take(this.#optional[0]);
      this.#settle();
    }
  }

  #add(demands: readonly Demand[]): void {
    for (const each of demands) {
      const { assignment } = each;
      if (assignment.isOptional) this.#optional.push(each);
      else if (asksWhatIsLeft(assignment) && !assignment.target) this.#inTurn.push(each);
      else this.#open.push(each);
    }
  }

  /** Begins with an optional demand. */
  #take(demand: Demand): void {
    this.#optional = this.#optional.filter((each) => each !== demand);
    const { assignment } = demand;
    if (asksWhatIsLeft(assignment) && !assignment.target) this.#inTurn.push(demand);
    else this.#open.push(demand);
  }

  /** Goes on until nothing is open: what is not ready waits for what is. */
  #settle(): void {
    while (this.#open.length + this.#inTurn.length + this.#selecting.length > 0) {
      const waiting: Waiting[] = [];
      const before = this.#open.length + this.#selecting.length;
      this.#select(waiting);
      const chosen: Demand[] = [];
      for (const demand of this.#open) {
        if (!this.#fulfilNamed(demand, waiting)) chosen.push(demand);
      }
      this.#choose(chosen, waiting);
      this.#open = waiting.flatMap(({ demand }) => demand ?? []);
      this.#selecting = waiting.flatMap(({ template }) => template ?? []);
      if (this.#open.length + this.#selecting.length < before) continue;
      if (this.#inTurn.length > 0) {
        solveInTurn(this.#service, this.#inTurn);
        this.#inTurn = [];
      } else if (!this.#takeAwaited(waiting)) this.#giveUp(waiting);
    }
  }

  #select(waiting: Waiting[]): void {
    for (const template of this.#selecting) {
      const demands = unlessPending(() => this.#service.select(template), { template }, waiting);
      if (demands) this.#add(demands);
    }
  }

  /** Connects a demand that names one node. Returns whether it is dealt with, or waits. */
  #fulfilNamed(demand: Demand, waiting: Waiting[]): boolean {
    if (!demand.assignment.target) return false;
    return unlessPending(() => fulfilFixed(this.#service, demand), { demand }, waiting) ?? true;
  }

  /** Chooses targets for those demands that are ready. */
  #choose(demands: readonly Demand[], waiting: Waiting[]): void {
    const shared = new Map<Assignment, Shared>();
    const ready: Ready[] = [];
    for (const demand of demands) {
      const run = () => readyDemand(this.#service, demand, shared);
      const found = unlessPending(run, { demand }, waiting);
      if (found) ready.push(found);
    }
    for (const each of components(ready)) solve(this.#service, each, waiting);
  }

  /** Optional demands come last, but for those that something mandatory waits for. */
  #takeAwaited(waiting: readonly Waiting[]): boolean {
    const awaited = this.#optional.filter(({ source, assignment }) =>
      waiting.some(({ pending }) =>
        pending.node === source && pending.requirement === assignment.requirement.name
      )
    );
    for (const each of awaited) this.#take(each);
    return awaited.length > 0;
  }

  #giveUp(waiting: readonly Waiting[]): void {
    reportCircle(this.#service, waiting);
    for (const { demand, template } of waiting) {
      if (demand) this.#service.settle(demand);
      else this.#service.giveUp(template!);
    }
    this.#open = [];
    this.#selecting = [];
  }
}

/** Returns what is done, or notes that it waits. */
function unlessPending<T>(
  run: () => T,
  what: Omit<Waiting, "pending">,
  waiting: Waiting[],
): T | undefined {
  try {
    return run();
  } catch (error) {
    if (!(error instanceof Pending)) throw error;
    waiting.push({ ...what, pending: error });
  }
}

/** Returns the targets that fit a demand. Throws `Pending` where a filter waits for something. */
function readyDemand(
  service: Instantiation,
  demand: Demand,
  shared: Map<Assignment, Shared>,
): Ready {
  const { assignment, source, count } = demand;
  const isContested = assignment.written?.allocation !== undefined;
  // Without a filter all nodes of a template find the same; only a node that could be its own target is apart.
  const isShared = isContested && assignment.filters.length === 0;
  const known = isShared ? shared.get(assignment) : undefined;
  if (known) {
    const { refusals } = known;
    return { demand, fitting: withoutSource(known, source), refusals };
  }
  const certain: GraphCapability[] = [];
  const uncertain: GraphCapability[] = [];
  const refusals: Judgement[] = [];
  const candidates = candidatesOf(service, demand);
  for (const node of candidates) {
    if (node === source && !assignment.target) continue;
    const judgement = judge(service, assignment, source, node);
    if (!("capability" in judgement)) refusals.push(judgement);
    else (judgement.isUncertain ? uncertain : certain).push(judgement.capability);
    // Where nothing is allocated the first that fit are as good as any.
    if (!isContested && certain.length === count) break;
  }
  const fitting = [...certain, ...uncertain];
  if (isContested && fitting.length > 0 && !hasConstantAllocation(assignment)) {
    for (const each of fitting) takingsOf(makeEdge(service, assignment, source, each));
  }
  if (isShared && !candidates.includes(source)) {
    const nodes = new Set(fitting.map(({ node }) => node));
    shared.set(assignment, { fitting, nodes, refusals });
  }
  return { demand, fitting, refusals };
}

/** Returns the nodes to choose from; of its own template a node comes last. */
function candidatesOf(
  service: Instantiation,
  { assignment, source }: Demand,
): readonly GraphNode[] {
  const { target } = assignment;
  if (!target) return service.candidatesFor(assignment);
  const nodes = service.nodesOf(target.name)!;
  return source.template === target ? [...nodes.filter((each) => each !== source), source] : nodes;
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

/** Connects demands that compete with each other; those that are not known well enough yet go on waiting. */
function solve(service: Instantiation, group: readonly Ready[], waiting: Waiting[]): void {
  const lacking = group.filter((each) => each.fitting.length < each.demand.count);
  for (const each of lacking) {
    takeWhatFits(service, each);
    const { demand, fitting, refusals } = each;
    const { target, isOptional } = demand.assignment;
    if (!target) reportUnfulfilled(service, each);
    else if (!isOptional) reportFixed(service, demand, refusals, fitting.length);
  }
  const rest = group.filter((each) => !lacking.includes(each));
  if (rest.length === 0) return;
  if (rest.length === 1 && !rest[0].demand.assignment.written?.allocation) {
    return takeWhatFits(service, rest[0]);
  }
  try {
    solveBySearch(service, rest);
  } catch (error) {
    if (!(error instanceof Pending)) throw error;
    for (const { demand } of rest) waiting.push({ demand, pending: error });
  }
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
  const { assignment, source, count } = demand;
  for (const each of fitting.slice(0, count)) connect(service, assignment, source, each);
  service.settle(demand);
}
