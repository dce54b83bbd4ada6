import { type Expression, holdsCall } from "../functions/expression.ts";
import { hasRoom, judge, type Judgement } from "./candidates.ts";
import type { Assignment } from "./demand.ts";
import type { Demand } from "./fulfil.ts";
import type { GraphCapability, GraphNode } from "./graph.ts";
import { Pending } from "./graph_access.ts";
import type { Instantiation } from "./instantiate.ts";
import { connect, disconnect } from "./relationships.ts";

/** How many targets may be judged for one set of demands. */
const judgementsMax = 20_000;

/** How a set of demands came out: all are connected, or the first that could not be, with why each node was refused. */
export type InTurnResult =
  | { readonly isSolved: true }
  | {
    readonly isSolved: false;
    readonly demand: Demand;
    readonly refusals: readonly Judgement[];
    readonly isSpent: boolean;
  };

/** Whether a filter of an assignment asks what others have taken or left of a capability: then their choice decides. */
export function asksWhatIsLeft({ filters }: Assignment): boolean {
  return filters.some(({ expression }) =>
    holdsCall(expression, ({ name, args }) => name === "available_allocation" || looksBack(args))
  );
}

/** Whether a path goes from a capability to the relationships that end at it. */
function looksBack(args: readonly Expression[]): boolean {
  const words = args.map((each) => each.kind === "literal" ? each.value : undefined);
  return words.some((word, index) =>
    word === "RELATIONSHIP" &&
    (words[index - 1] === "CAPABILITY" || words[index - 2] === "CAPABILITY")
  );
}

/**
 * Fulfils demands whose filters ask what others take (TOSCA 2.0, section 10.2.1.8): one after the other, each filter seeing
 * what those before it have taken. Where a later one finds nothing an earlier one tries its next target.
 */
export function fulfilInTurn(service: Instantiation, demands: readonly Demand[]): InTurnResult {
  return new InTurn(service, demands).run();
}

class InTurn {
  readonly #service: Instantiation;
  /** One for each relationship that is wanted. */
  readonly #wanted: readonly Demand[];
  #judgements = 0;
  #furthest = -1;
  #refusals: readonly Judgement[] = [];

  constructor(service: Instantiation, demands: readonly Demand[]) {
    this.#service = service;
    this.#wanted = demands.flatMap((each) => Array.from({ length: each.count }, () => each));
  }

  run(): InTurnResult {
    this.#service.seesUnfinished = true;
    try {
      if (this.#connect(0)) return { isSolved: true };
    } finally {
      this.#service.seesUnfinished = false;
    }
    return {
      isSolved: false,
      demand: this.#wanted[Math.max(0, this.#furthest)],
      refusals: this.#refusals,
      isSpent: this.#judgements >= judgementsMax,
    };
  }

  #connect(at: number): boolean {
    if (at === this.#wanted.length) return true;
    const { assignment, source } = this.#wanted[at];
    const refusals: Judgement[] = [];
    for (const node of this.#service.candidatesFor(assignment)) {
      if (this.#judgements >= judgementsMax) return false;
      const found = this.#judge(this.#wanted[at], node);
      if (!found) continue;
      if (!("capability" in found)) {
        refusals.push(found);
        continue;
      }
      connect(this.#service, assignment, source, found.capability);
      if (this.#connect(at + 1)) return true;
      disconnect(assignment, source);
    }
    if (at > this.#furthest) {
      this.#furthest = at;
      this.#refusals = refusals;
    }
    return false;
  }

  #judge(demand: Demand, node: GraphNode): Judgement | undefined {
    const { assignment, source } = demand;
    const known = source.edges.get(assignment.requirement.name) ?? [];
    const isTaken = known.some((each) => each.target === node && each.at === assignment.at);
    if (node === source || isTaken) return undefined;
    this.#judgements++;
    const judgement = judgeNow(this.#service, demand, node);
    if (!judgement || !("capability" in judgement)) return judgement;
    return hasRoom(this.#service, assignment, source, judgement.capability)
      ? judgement
      : { node, why: noRoom(judgement.capability), code: "filter" };
  }
}

function judgeNow(
  service: Instantiation,
  { assignment, source }: Demand,
  node: GraphNode,
): Judgement | undefined {
  try {
    return judge(service, assignment, source, node);
  } catch (error) {
    if (!(error instanceof Pending)) throw error;
    return {
      node,
      why: `its filter looks at ${error.message}, which is not there yet`,
      code: "filter",
    };
  }
}

function noRoom({ name }: GraphCapability): string {
  return `its capability "${name}" has too little left for what is allocated`;
}
