/**
 * The search for targets as a problem of numbers alone: variables with domains, capacities, and sets of variables that
 * must differ. It knows nothing of TOSCA, so that it can be tested against brute force.
 */
export interface SearchProblem {
  /** For each variable the options it may take, best first. */
  readonly variables: readonly SearchVariable[];
  /** For each resource how much there is. */
  readonly capacities: readonly number[];
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

/** Steps that one search may take: past them the answer is "budget", never "unsatisfiable". */
export const searchStepsMax = 400_000;

/**
 * Returns the first assignment in the order of variables and options, if it is found soon; else any assignment that a
 * search with the most constrained variable first finds. The same problem has the same answer everywhere.
 */
export function search(problem: SearchProblem, stepsMax = searchStepsMax): SearchResult {
  const atOnce = firstFit(problem);
  if (atOnce) return { choice: atOnce };
  if (exceedsTotal(problem)) return { failed: "unsatisfiable" };
  if (problem.variables.length > variablesMax) return { failed: "budget" };
  const inOrder = new Search(problem, "in order", Math.min(5_000, stepsMax)).run();
  if (!("failed" in inOrder) || inOrder.failed === "unsatisfiable") return inOrder;
  return new Search(problem, "most constrained first", stepsMax).run();
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

/** Whether the variables together need more than there is, of what all their options draw on. */
function exceedsTotal({ variables, capacities }: SearchProblem): boolean {
  const touched = new Set<number>();
  let least = 0;
  for (const { options } of variables) {
    if (options.length === 0) return true;
    let smallest = Infinity;
    for (const option of options) {
      smallest = Math.min(smallest, sizeOf(option));
      for (const { resource } of option.takes) touched.add(resource);
    }
    least += smallest;
  }
  const total = [...touched].reduce((sum, each) => sum + capacities[each], 0);
  return least > total + tolerance(total);
}

class Search {
  readonly #left: number[];
  readonly #choice: number[];
  readonly #taken = new Map<number, Set<number>>();
  readonly #members = new Map<number, number[]>();
  #steps = 0;
  #isSpent = false;

  constructor(
    readonly problem: SearchProblem,
    readonly order: "in order" | "most constrained first",
    readonly stepsMax: number,
  ) {
    this.#left = [...problem.capacities];
    this.#choice = problem.variables.map(() => -1);
    for (const [index, { group }] of problem.variables.entries()) {
      this.#members.set(group, [...this.#members.get(group) ?? [], index]);
    }
  }

  run(): SearchResult {
    const isFound = this.#assign(0);
    if (isFound) return { choice: this.#choice };
    return { failed: this.#isSpent ? "budget" : "unsatisfiable" };
  }

  #assign(depth: number): boolean {
    const { variables } = this.problem;
    if (depth === variables.length) return true;
    const index = this.#next();
    const tried = new Set<string>();
    for (const [at, option] of variables[index].options.entries()) {
      if (!this.#fits(index, option)) continue;
      if (this.#breaksSymmetry(index, at)) continue;
      const mark = this.#likeness(option);
      if (mark !== undefined && tried.has(mark)) continue;
      if (++this.#steps > this.stepsMax) {
        this.#isSpent = true;
        return false;
      }
      this.#take(index, at, option);
      if (this.#leavesRoom() && this.#assign(depth + 1)) return true;
      this.#release(index, option);
      if (this.#isSpent) return false;
      if (mark !== undefined) tried.add(mark);
    }
    return false;
  }

  #next(): number {
    if (this.order === "in order") return this.#choice.indexOf(-1);
    let best = -1;
    let fewest = Infinity;
    let largest = -1;
    for (const [index, { options }] of this.problem.variables.entries()) {
      if (this.#choice[index] >= 0) continue;
      let count = 0;
      for (const option of options) if (this.#fits(index, option)) count++;
      const size = sizeOf(options[0]);
      if (count < fewest || count === fewest && size > largest) {
        [best, fewest, largest] = [index, count, size];
      }
    }
    return best;
  }

  #fits(index: number, option: SearchOption): boolean {
    if (this.#taken.get(this.problem.variables[index].group)?.has(option.place)) return false;
    return option.takes.every(({ resource, amount }) =>
      amount <= this.#left[resource] + tolerance(this.#left[resource])
    );
  }

  /** Variables of one group are interchangeable where their options are: their choices rise. */
  #breaksSymmetry(index: number, at: number): boolean {
    const { variables } = this.problem;
    const { group, options } = variables[index];
    return this.#members.get(group)!.some((other) =>
      other !== index && variables[other].options === options && this.#choice[other] >= 0 &&
      (other < index ? this.#choice[other] > at : this.#choice[other] < at)
    );
  }

  /**
   * Options that take alike from resources of which alike is left, and that nobody else tells apart, lead to the same
   * end: only where every variable of the problem has the same options.
   */
  #likeness(option: SearchOption): string | undefined {
    if (!this.#isUniform) return undefined;
    return option.takes.map(({ resource, amount }) => `${amount}/${this.#left[resource]}`).join(
      " ",
    );
  }

  get #isUniform(): boolean {
    const [first, ...others] = this.problem.variables;
    return this.#uniform ??= others.every((each) => samePlaces(each.options, first.options)) &&
      new Set(this.problem.variables.map(({ group }) => group)).size ===
        this.problem.variables.length;
  }
  #uniform: boolean | undefined;

  #leavesRoom(): boolean {
    return this.problem.variables.every(({ options }, index) =>
      this.#choice[index] >= 0 || options.some((option) => this.#fits(index, option))
    );
  }

  #take(index: number, at: number, option: SearchOption): void {
    this.#choice[index] = at;
    const { group } = this.problem.variables[index];
    let places = this.#taken.get(group);
    if (!places) this.#taken.set(group, places = new Set());
    places.add(option.place);
    for (const { resource, amount } of option.takes) this.#left[resource] -= amount;
  }

  #release(index: number, option: SearchOption): void {
    this.#choice[index] = -1;
    this.#taken.get(this.problem.variables[index].group)!.delete(option.place);
    for (const { resource, amount } of option.takes) this.#left[resource] += amount;
  }
}

function sizeOf(option: SearchOption | undefined): number {
  return option?.takes.reduce((sum, { amount }) => sum + amount, 0) ?? 0;
}

function samePlaces(a: readonly SearchOption[], b: readonly SearchOption[]): boolean {
  return a.length === b.length && a.every(({ place }, index) => place === b[index].place);
}

/** Sums of floats are not exact: 0.1 + 0.2 fits into 0.3. */
function tolerance(value: number): number {
  return Number.isInteger(value) ? 0 : Math.abs(value) * 1e-9;
}
