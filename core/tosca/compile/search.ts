import { Backtracking, type SearchOrder } from "./backtracking.ts";
import { PlaceFilling } from "./place_filling.ts";

/**
 * The search for targets as a problem of numbers alone: variables with domains, capacities, and sets of variables that
 * must differ. It knows nothing of TOSCA, so that it can be tested against brute force.
 */
export interface SearchProblem {
  /** For each variable the options it may take, best first. */
  readonly variables: readonly SearchVariable[];
  /** For each resource how much there is. */
  readonly capacities: readonly number[];
  /** For each resource of which kind it is, where there are several: amounts of different kinds have nothing in common. */
  readonly kinds?: readonly number[];
}

export interface SearchVariable {
  readonly options: readonly SearchOption[];
  /** Variables of one group take options of different `place`s. */
  readonly group: number;
}

export interface SearchOption {
  /** What must differ within a group. */
  readonly place: number;
  /** How much of each resource it takes. */
  readonly takes: readonly { readonly resource: number; readonly amount: number }[];
}

/** For each variable the index of its option; or why there is none. */
export type SearchResult =
  | { readonly choice: readonly number[] }
  | { readonly failed: "unsatisfiable" | "budget" };

/**
 * Work that one search may take for each variable, in looks at an option: past it the answer is "budget", never
 * "unsatisfiable". Some 50 variables come to a twentieth of a second.
 */
const searchWorkMax = 8_000;

/** How the work is shared out: what one order does not find, another may find at once. */
const attempts: readonly (readonly [SearchOrder | "place by place", number])[] = [
  ["in order", 0.15],
  ["place by place", 0.25],
  ["most constrained first", 0.25],
  ["largest first", 0.35],
];

/**
 * Returns the first assignment in the order of variables and options, if it is found soon; else any assignment that a
 * search in another order finds. The same problem has the same answer everywhere.
 */
export function search(
  problem: SearchProblem,
  workMax = searchWorkMax * problem.variables.length,
): SearchResult {
  const atOnce = firstFit(problem);
  if (atOnce) return { choice: atOnce };
  if (problem.variables.length > variablesMax) return { failed: "budget" };
  for (const [order, share] of attempts) {
    const found = order === "place by place"
      ? new PlaceFilling(problem, workMax * share).run()
      : new Backtracking(problem, order, workMax * share).run();
    if (!("failed" in found) || found.failed === "unsatisfiable") return found;
  }
  return { failed: "budget" };
}

/** Whether a problem is soon seen to have no solution. */
export function isUnsatisfiable(problem: SearchProblem): boolean {
  if (firstFit(problem) || problem.variables.length > variablesMax) return false;
  const workMax = 80 * problem.variables.length;
  const found = new Backtracking(problem, "most constrained first", workMax).run();
  return "failed" in found && found.failed === "unsatisfiable";
}

/** Larger problems are solved where the first options that fit are a solution, and not searched else. */
const variablesMax = 1_500;

/** Takes for each variable the first option that fits; nothing where that leads nowhere. It is linear, and often enough. */
function firstFit({ variables, capacities }: SearchProblem): number[] | undefined {
  const left = [...capacities];
  const taken = new Map<number, Set<number>>();
  /** Where the options of a list begin to fit: what was full once stays full. */
  const starts = new Map<readonly SearchOption[], number>();
  const choice: number[] = [];
  const fits = ({ takes }: SearchOption) =>
    takes.every(({ resource, amount }) => amount <= left[resource] + tolerance(left[resource]));
  for (const { options, group } of variables) {
    let places = taken.get(group);
    if (!places) taken.set(group, places = new Set());
    let start = starts.get(options) ?? 0;
    while (start < options.length && !fits(options[start])) start++;
    starts.set(options, start);
    let at = start;
    while (at < options.length && (places.has(options[at].place) || !fits(options[at]))) at++;
    if (at === options.length) return undefined;
    choice.push(at);
    places.add(options[at].place);
    for (const { resource, amount } of options[at].takes) left[resource] -= amount;
  }
  return choice;
}

/** Sums of floats are not exact: 0.1 + 0.2 fits into 0.3. */
export function tolerance(value: number): number {
  return Number.isInteger(value) ? 0 : Math.abs(value) * 1e-9;
}
