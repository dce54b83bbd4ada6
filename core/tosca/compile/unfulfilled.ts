import { capitalised } from "../read/grammar.ts";
import { placeOf } from "../report.ts";
import type { Judgement } from "./candidates.ts";
import type { Assignment } from "./demand.ts";
import type { Demand, Ready } from "./fulfil.ts";
import type { Pending } from "./graph_access.ts";
import type { Instantiation } from "./instantiate.ts";
import type { Template } from "./templates.ts";

/** Reports that too few targets fit a demand, and why each of the others does not. */
export function reportUnfulfilled(
  service: Instantiation,
  { demand, fitting, refusals }: Ready,
): void {
  const { assignment, source, count } = demand;
  if (assignment.isOptional || service.isExcused(demand)) return;
  if (wasReported(service, assignment)) return;
  const { requirement } = assignment;
  const ambiguous = refusals.find((each) => "code" in each && each.code === "ambiguous");
  const name = `requirement "${requirement.name}" of ${source.label}`;
  if (ambiguous && "why" in ambiguous && fitting.length === 0) {
    service.model.report.error("TOSCA_TARGET_AMBIGUOUS", assignment.at, {
      what: `Cannot tell which capability of ${ambiguous.node.label} fulfils ${name}`,
      why: ambiguous.why,
      fix: 'Name one with "capability"',
    });
    return;
  }
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

/** What cannot be settled before something else is: a demand, or a template that selects; with what it waits for. */
export interface Waiting {
  readonly demand?: Demand;
  readonly template?: Template;
  readonly pending: Pending;
}

/** Reports what waits for each other. */
export function reportCircle(service: Instantiation, waiting: readonly Waiting[]): void {
  const [{ demand, template }] = waiting;
  const names = waiting.slice(0, shownMax).map(({ demand, template, pending }) =>
    `${
      demand
        ? `requirement "${demand.assignment.requirement.name}" of ${demand.source.id}`
        : `the selection of ${template!.name}`
    } waits for ${pending.message}`
  );
  const more = waiting.length - names.length;
  service.model.report.error(
    "TOSCA_EVALUATION_CYCLE",
    demand ? demand.assignment.at : template!.key,
    {
      what: "Cannot fulfil requirements that wait for each other",
      why: `${capitalised(names.join("; "))}${more > 0 ? `; and ${more} more` : ""}`,
      fix: "Name the target of one of them, without a node filter",
    },
  );
}

/** How many of those in a circle are named. */
const shownMax = 8;

/** Whether the requirement's definition or a filter is wrong: that nothing fits follows from it. */
export function wasReported(
  { model }: Instantiation,
  { requirement, filters }: Assignment,
): boolean {
  return model.report.hasErrorIn(requirement.at) ||
    filters.some(({ expression }) => model.report.hasErrorIn(expression.at));
}
