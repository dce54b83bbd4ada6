import type { YamlNode } from "../../yaml/mod.ts";
import { describe, show } from "../functions/datum.ts";
import { placeOf } from "../report.ts";
import { hasRoom, judge, type Judgement, leftOf, takingsOf } from "./candidates.ts";
import type { Assignment } from "./demand.ts";
import type { GraphCapability, GraphEdge, GraphNode } from "./graph.ts";
import { Pending } from "./graph_access.ts";
import { asksWhatIsLeft, fulfilInTurn } from "./in_turn.ts";
import type { Instantiation } from "./instantiate.ts";
import { isUnsatisfiable, search, type SearchOption, type SearchVariable } from "./search.ts";

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

function fulfilFixed(service: Instantiation, demand: Demand): void {
  const { assignment, source } = demand;
  const nodes = service.nodesOf(assignment.target!.name) ?? [];
  let candidates: readonly GraphNode[] = nodes;
  if (assignment.targetIndex) {
    const index = targetIndex(service, demand);
    if (index === undefined) return service.settle(demand);
    candidates = index < BigInt(nodes.length) && index >= 0n ? [nodes[Number(index)]] : [];
    if (candidates.length === 0) {
      reportIndex(service, demand, index, nodes.length);
      return service.settle(demand);
    }
  }
  if (nodes.length === 0) return service.settle(demand); // Its count is 0, or it was not made: reported there.
  let made = 0;
  const refusals: Judgement[] = [];
  for (const node of candidates) {
    if (made === demand.count) break;
    const judgement = judgeFixed(service, demand, node);
    if (!("capability" in judgement)) {
      refusals.push(judgement);
      continue;
    }
    if (candidates.length > 1 && !hasRoom(service, assignment, source, judgement.capability)) {
      continue;
    }
    service.connect(assignment, source, judgement.capability);
    made++;
  }
  service.settle(demand);
  if (made < demand.count && !assignment.isOptional) {
    reportFixed(service, demand, refusals, made);
  }
}

/** A fixed target whose filter cannot be looked at yet is taken: there is no other. */
function judgeFixed(service: Instantiation, demand: Demand, node: GraphNode): Judgement {
  const { assignment, source } = demand;
  const unfiltered = () => judge(service, { ...assignment, filters: [] }, source, node);
  try {
    const judgement = judge(service, assignment, source, node);
    if ("capability" in judgement || judgement.code !== "waits") return judgement;
    warnOfWait(service, demand, judgement.why);
    return unfiltered();
  } catch (error) {
    if (!(error instanceof Pending)) throw error;
    // It looks at a requirement that is fulfilled later: it is looked at once more at the end.
    service.recheck(demand, node);
    return unfiltered();
  }
}

function targetIndex(service: Instantiation, { assignment, source }: Demand): bigint | undefined {
  const node = assignment.targetIndex!;
  const value = service.evaluateAt(node, source, assignment.requirement.name);
  if (!value) return undefined;
  if (typeof value.content === "bigint" && value.content >= 0n) return value.content;
  if (service.isUnknown(value)) return undefined;
  if (service.model.report.hasErrorIn(node)) return undefined;
  service.model.report.error("TOSCA_TARGET", node, {
    what: `Cannot take ${show(value)} as the index of a target`,
    why: `An index is an integer of at least 0, found ${describe(value)}`,
    fix: "Nodes of a template are counted from 0",
  });
  return undefined;
}

function reportIndex(service: Instantiation, demand: Demand, index: bigint, count: number): void {
  if (demand.assignment.isOptional || service.isLenient && count === 0) return;
  const { assignment, source } = demand;
  service.model.report.error("TOSCA_UNFULFILLED", assignment.targetIndex!, {
    what: `Cannot fulfil requirement "${assignment.requirement.name}" of ${source.label}`,
    why: `Node template "${
      assignment.target!.name
    }" makes ${count} nodes, none with the index ${index}`,
    fix: "Raise the count of the target, or compute another index",
  });
}

function warnOfWait(service: Instantiation, { assignment, source }: Demand, why: string): void {
  if (service.isLenient) return;
  service.model.report.warn("TOSCA_FILTER_WAITS", assignment.at, {
    what:
      `Cannot verify the target of requirement "${assignment.requirement.name}" of ${source.label} before it runs`,
    why,
    fix: "Use properties in node filters: they are known before anything runs",
  });
}

/** Targets are chosen before anything runs: what is known only then cannot choose them. */
function reportWaits(service: Instantiation, { assignment, source }: Demand, why: string): void {
  if (service.isLenient) return;
  service.model.report.error("TOSCA_FILTER_WAITS", assignment.at, {
    what:
      `Cannot choose the target of requirement "${assignment.requirement.name}" of ${source.label} by its node filter`,
    why: `${capitalised(why)}, and targets are chosen before anything runs`,
    fix: "Filter by properties, give the attribute a first value, or name the target",
  });
}

function reportFixed(
  service: Instantiation,
  demand: Demand,
  refusals: readonly Judgement[],
  made: number,
): void {
  const { assignment, source } = demand;
  if (wasReported(service, assignment)) return;
  const name = `requirement "${assignment.requirement.name}" of ${source.label}`;
  const refusal = refusals.find((each) => "why" in each) as
    | { why: string; code: string }
    | undefined;
  const at = siteOf(assignment);
  if (refusal?.code === "ambiguous") {
    service.model.report.error("TOSCA_TARGET_AMBIGUOUS", at, {
      what: `Cannot tell which capability of "${assignment.target!.name}" fulfils ${name}`,
      why: refusal.why,
      fix: 'Name one with "capability"',
    });
    return;
  }
  if (!refusal && made > 0) {
    service.model.report.error("TOSCA_UNFULFILLED", at, {
      what: `Cannot make ${demand.count} relationships for ${name}`,
      why: `Each goes to a different node, and "${assignment.target!.name}" has ${made} that fit`,
      fix: 'Lower "count", or raise that of the target',
    });
    return;
  }
  service.model.report.error(
    refusal?.code === "filter" ? "TOSCA_UNFULFILLED" : "TOSCA_TARGET",
    at,
    {
      what: `Cannot fulfil ${name} with "${assignment.target!.name}"`,
      why: refusal ? capitalised(refusal.why) : "No node of it has room for what is allocated",
      fix: `What is required stands at ${placeOf(assignment.requirement.key)}`,
    },
  );
}

/** Whether the requirement's definition or a filter is wrong: that nothing fits follows from it. */
function wasReported({ model }: Instantiation, { requirement, filters }: Assignment): boolean {
  return model.report.hasErrorIn(requirement.at) ||
    filters.some(({ expression }) => model.report.hasErrorIn(expression.at));
}

/** Where a problem of an assignment is shown: at what names the target. */
function siteOf(assignment: Assignment): YamlNode {
  return assignment.written?.node ?? assignment.at;
}

/** What was found for one assignment, for the nodes that share it. */
interface Shared {
  readonly fitting: readonly GraphCapability[];
  /** The nodes of those that fit. */
  readonly nodes: ReadonlySet<GraphNode>;
  readonly refusals: readonly Judgement[];
}

interface Ready {
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

function solveBySearch(service: Instantiation, group: readonly Ready[]): void {
  const result = search(problemOf(service, group));
  if ("failed" in result) {
    for (const { demand } of group) service.settle(demand);
    if (result.failed === "budget") return reportBudget(service, group.map(({ demand }) => demand));
    return reportConflict(service, group);
  }
  let at = 0;
  for (const { demand, fitting } of group) {
    const chosen = result.choice.slice(at, at + demand.count).sort((a, b) => a - b);
    at += demand.count;
    for (const each of chosen) service.connect(demand.assignment, demand.source, fitting[each]);
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
    const options = ofList.get(demand.assignment) ?? fitting.map((capability): SearchOption => {
      if (!places.has(capability.node)) places.set(capability.node, places.size);
      const edge = service.makeEdge(demand.assignment, demand.source, capability, 0);
      const takes = (takingsOf(edge) ?? []).map(({ property, amount }) => ({
        resource: resourceOf(capability, property),
        amount,
      }));
      return { place: places.get(capability.node)!, takes };
    });
    if (hasConstantAllocation(demand.assignment)) ofList.set(demand.assignment, options);
    for (let k = 0; k < demand.count; k++) variables.push({ options, group: index });
  }
  return { variables, capacities, kinds };
}

/** Whether every node of the template allocates the same. */
function hasConstantAllocation({ written }: Assignment): boolean {
  return [...written?.allocation?.values() ?? []].every(({ value }) =>
    value.kind === "scalar" &&
    !(typeof value.value === "string" && value.value.startsWith("$"))
  );
}

function reportUnfulfilled(service: Instantiation, { demand, fitting, refusals }: Ready): void {
  const { assignment, source, count } = demand;
  if (assignment.isOptional || service.isExcused(demand)) return;
  if (wasReported(service, assignment)) return;
  const { requirement } = assignment;
  const ambiguous = refusals.find((each) => "code" in each && each.code === "ambiguous");
  const waits = refusals.find((each) => "code" in each && each.code === "waits");
  const name = `requirement "${requirement.name}" of ${source.label}`;
  if (ambiguous && "why" in ambiguous && fitting.length === 0) {
    service.model.report.error("TOSCA_TARGET_AMBIGUOUS", assignment.at, {
      what: `Cannot tell which capability of ${ambiguous.node.label} fulfils ${name}`,
      why: ambiguous.why,
      fix: 'Name one with "capability"',
    });
    return;
  }
  if (waits && "why" in waits) return reportWaits(service, demand, waits.why);
  // Validation alone knows nothing of nodes that exist elsewhere and may be meant.
  const mayBeElsewhere = service.isLenient &&
    !refusals.some((each) => "code" in each && each.code !== "type");
  service.model.report[mayBeElsewhere ? "warn" : "error"]("TOSCA_UNFULFILLED", assignment.at, {
    what: count === 1
      ? `Cannot fulfil ${name}`
      : `Cannot fulfil ${name}: it wants ${count} targets, and ${fitting.length} fit`,
    why: explain(refusals, wanted(assignment)),
    fix: `Add a node template that fits, or name the target (the requirement is defined at ${
      placeOf(requirement.key)
    })`,
  });
}

function wanted({ targetType, capabilityType }: Assignment): string {
  if (targetType) return `a node of the type "${targetType.name}"`;
  return capabilityType
    ? `a node with a capability of the type "${capabilityType.name}"`
    : "a node";
}

function explain(refusals: readonly Judgement[], what: string): string {
  const reasons = refusals.flatMap((each) => "why" in each ? [`${each.node.id}: ${each.why}`] : []);
  if (reasons.length === 0) return `There is no other node; wanted is ${what}`;
  const more = reasons.length > 8 ? `; and ${reasons.length - 8} more` : "";
  return `Wanted is ${what}. ${reasons.slice(0, 8).join("; ")}${more}`;
}

function reportBudget(service: Instantiation, group: readonly Demand[]): void {
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
  const edge: GraphEdge = service.makeEdge(assignment, source, fitting, 0);
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

function reportCircle(service: Instantiation, postponed: readonly Demand[]): void {
  const [{ assignment }] = postponed;
  for (const each of postponed) service.settle(each);
  const names = postponed.map(({ assignment, source }) =>
    `"${assignment.requirement.name}" of ${source.id}`
  );
  service.model.report.error("TOSCA_EVALUATION_CYCLE", assignment.at, {
    what: "Cannot fulfil requirements whose node filters wait for each other",
    why: `They are ${names.join(", ")}`,
    fix: "Name the target of one of them",
  });
}

/** Fixed targets may have been given more than they have (check 89). */
function checkAllocations(service: Instantiation): void {
  for (const node of service.allNodes()) {
    for (const capability of node.capabilities.values()) {
      const properties = new Set(
        capability.incoming.flatMap((each) => [...each.allocation.keys()]),
      );
      for (const property of properties) checkAllocation(service, capability, property);
    }
  }
}

function checkAllocation(
  service: Instantiation,
  capability: GraphCapability,
  property: string,
): void {
  const left = leftOf(capability, property);
  if (left >= -1e-9 * Math.max(1, Math.abs(left))) return;
  const total = capability.properties.get(property)?.value;
  const last = capability.incoming.filter((each) => each.allocation.has(property)).at(-1)!;
  const taken = capability.incoming.flatMap((each) => {
    const value = each.allocation.get(property)?.value;
    return value ? [`${show(value)} by ${each.source.id}`] : [];
  });
  service.model.report.error(
    "TOSCA_ALLOCATION_EXCEEDED",
    last.allocation.get(property)!.expression!.at,
    {
      what: `Cannot allocate "${property}" of ${capability.label}: it has too little`,
      why: `It has ${total ? show(total) : "nothing"}; allocated are ${taken.join(", ")}`,
      fix: `Raise "${property}" of the target, or allocate less`,
    },
  );
}

function capitalised(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1);
}
