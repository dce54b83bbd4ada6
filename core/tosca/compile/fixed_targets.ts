import { capitalised } from "../read/grammar.ts";
import type { YamlNode } from "../../yaml/mod.ts";
import { describe, isWaiting, show } from "../functions/datum.ts";
import { placeOf } from "../report.ts";
import { hasRoom, judge, type Judgement } from "./candidates.ts";
import type { Assignment } from "./demand.ts";
import type { Demand } from "./fulfil.ts";
import type { GraphNode } from "./graph.ts";
import { Pending } from "./graph_access.ts";
import type { Instantiation } from "./instantiate.ts";
import { connect } from "./relationships.ts";
import { wasReported } from "./unfulfilled.ts";

/**
 * Connects a demand to the one node that its assignment can mean; reports where that cannot be. Returns whether there is no
 * such node, but several to choose from. Throws `Pending`, before anything is changed, where it is too early.
 */
export function fulfilFixed(service: Instantiation, demand: Demand): boolean {
  const { assignment } = demand;
  const nodes = service.nodesOf(assignment.target!.name) ?? [];
  if (!assignment.targetIndex && nodes.length > 1) return false;
  let node: GraphNode | undefined = nodes[0];
  if (assignment.targetIndex) {
    const index = targetIndex(service, demand);
    node = index === undefined ? undefined : nodes[Number(index)];
    if (index !== undefined && !node) reportIndex(service, demand, index, nodes.length);
  }
  if (node) connectFixed(service, demand, node); // Else its count is 0, or what is wrong was reported.
  service.settle(demand);
  return true;
}

function connectFixed(service: Instantiation, demand: Demand, node: GraphNode): void {
  const { assignment, source } = demand;
  const judgement = judgeFixed(service, demand, node);
  const fits = "capability" in judgement &&
    !(assignment.isOptional && !hasRoom(service, assignment, source, judgement.capability));
  if (fits) connect(service, assignment, source, judgement.capability);
  if (!assignment.isOptional && (!fits || demand.count > 1)) {
    reportFixed(service, demand, fits ? [] : [judgement], fits ? 1 : 0);
  }
}

/** A fixed target whose filter cannot be looked at yet is taken: there is no other. */
function judgeFixed(service: Instantiation, demand: Demand, node: GraphNode): Judgement {
  const { assignment, source } = demand;
  try {
    return judge(service, assignment, source, node);
  } catch (error) {
    if (!(error instanceof Pending)) throw error;
    // It looks at a requirement that is fulfilled later: it is looked at once more at the end.
    service.recheck(demand, node);
    return judge(service, { ...assignment, filters: [] }, source, node);
  }
}

function targetIndex(service: Instantiation, { assignment, source }: Demand): bigint | undefined {
  const node = assignment.targetIndex!;
  const value = service.evaluateAt(node, source, assignment.requirement.name);
  if (!value) return undefined;
  if (typeof value.content === "bigint" && value.content >= 0n) return value.content;
  if (isWaiting(value)) return undefined;
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

/** Reports that what is named does not fit, or not often enough. */
export function reportFixed(
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

/** Where a problem of an assignment is shown: at what names the target. */
function siteOf(assignment: Assignment): YamlNode {
  return assignment.written?.node ?? assignment.at;
}
