import { alikeVariables, PlaceLikeness } from "./search_symmetry.ts";
import { Fill } from "./fill.ts";
import { type SearchOption, type SearchProblem, type SearchResult, tolerance } from "./search.ts";

/** Which variable is decided next. */
export type SearchOrder = "in order" | "most constrained first" | "largest first";

/** More variables than this are looked at less closely: a look at all of them would take longer than a wrong way. */
const closeLookMax = 200;

/**
 * Tries options until all variables have one, and takes back what leads nowhere.
 *
 * What is not tried has no solution, for one of three reasons: some variable would have no option left; a kind of
 * resource could not be filled as far as it has to be (see `Fill`); or it is the mirror image of what was tried.
 */
export class Backtracking {
  readonly #left: number[];
  readonly #choice: number[];
  readonly #taken = new Map<number, Set<number>>();
  readonly #sizes: readonly number[];
  readonly #fills: readonly Fill[];
  readonly #likeness: PlaceLikeness;
  /** For each variable the number of the class of those that are like it. */
  readonly #alike: readonly number[];
  /** For each class how often an option is known to lead nowhere on the present way. */
  readonly #dead = new Map<number, Map<number, number>>();
  #work = 0;
  #isSpent = false;

  constructor(
    readonly problem: SearchProblem,
    readonly order: SearchOrder,
    /** In looks at an option. */
    readonly workMax: number,
  ) {
    const { variables, capacities } = problem;
    this.#left = [...capacities];
    this.#choice = variables.map(() => -1);
    this.#sizes = variables.map(({ options }) => Math.max(0, ...options.map(sizeOf)));
    this.#fills = variables.length > closeLookMax ? [] : Fill.ofProblem(problem);
    this.#likeness = new PlaceLikeness(problem);
    this.#alike = alikeVariables(problem);
  }

  run(): SearchResult {
    const isFound = this.#assign(0);
    if (isFound) return { choice: this.#choice };
    return { failed: this.#isSpent ? "budget" : "unsatisfiable" };
  }

  #assign(depth: number): boolean {
    if (depth === this.problem.variables.length) return true;
    const next = this.#next();
    if (!next) return false;
    const { index, viable } = next;
    const { options } = this.problem.variables[index];
    const tried = new Set<string>();
    const dead: number[] = [];
    for (const at of viable) {
      const option = options[at];
      const mark = this.#likeness.markOf(option.place, this.#left);
      if (mark === undefined || !tried.has(mark)) {
        this.#take(index, at, option);
        if (this.#assign(depth + 1)) return true;
        this.#release(index, option);
        if (this.#isSpent) return false;
        if (mark !== undefined) tried.add(mark);
      }
      this.#bury(this.#alike[index], at, 1);
      dead.push(at);
    }
    for (const at of dead) this.#bury(this.#alike[index], at, -1);
    return false;
  }

  /** Returns the variable to decide, with the options that may lead somewhere; nothing where some variable has none. */
  #next(): { readonly index: number; readonly viable: readonly number[] } | undefined {
    const open = new Map<number, number[]>();
    for (const [index, each] of this.#choice.entries()) {
      if (each >= 0) continue;
      const viable = this.#viable(index);
      if (viable.length === 0) return undefined;
      open.set(index, viable);
    }
    if (this.#work > this.workMax) {
      this.#isSpent = true;
      return undefined;
    }
    for (const fill of this.#fills) {
      this.#work += fill.narrow(open, this.#left) / 8;
      for (const viable of open.values()) if (viable.length === 0) return undefined;
      if (fill.isShort) return undefined;
    }
    const index = this.#pick(open);
    return { index, viable: this.#sorted(index, open.get(index)!) };
  }

  #viable(index: number): number[] {
    const { options } = this.problem.variables[index];
    const dead = this.#dead.get(this.#alike[index]);
    const viable: number[] = [];
    for (let at = 0; at < options.length; at++) {
      if (!dead?.get(at) && this.#fits(index, options[at])) viable.push(at);
    }
    this.#work += options.length;
    return viable;
  }

  #pick(open: ReadonlyMap<number, readonly number[]>): number {
    let best = -1;
    let fewest = Infinity;
    let largest = -1;
    for (const [index, { length }] of open) {
      if (this.order === "in order") return index;
      const count = this.order === "largest first" ? Math.min(length, 2) : length;
      const size = this.#sizes[index];
      if (count < fewest || count === fewest && size > largest) {
        [best, fewest, largest] = [index, count, size];
      }
    }
    return best;
  }

  /** Puts first what leaves the least over, unless the order of the problem is wanted. */
  #sorted(index: number, viable: readonly number[]): readonly number[] {
    if (this.order === "in order") return viable;
    const { options } = this.problem.variables[index];
    const over = (at: number) =>
      options[at].takes.reduce(
        (sum, { resource, amount }) => sum + this.#left[resource] - amount,
        0,
      );
    return viable.map((at) => ({ at, over: over(at) })).sort((a, b) =>
      a.over - b.over || a.at - b.at
    ).map(({ at }) => at);
  }

  #fits(index: number, option: SearchOption): boolean {
    if (this.#taken.get(this.problem.variables[index].group)?.has(option.place)) return false;
    for (const { resource, amount } of option.takes) {
      const left = this.#left[resource];
      if (amount > left && amount > left + tolerance(left)) return false;
    }
    return true;
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

  /** An option that leads nowhere for a variable leads nowhere for those like it, as long as the way there stands. */
  #bury(alike: number, at: number, by: 1 | -1): void {
    let dead = this.#dead.get(alike);
    if (!dead) this.#dead.set(alike, dead = new Map());
    dead.set(at, (dead.get(at) ?? 0) + by);
  }
}

function sizeOf({ takes }: SearchOption): number {
  return takes.reduce((sum, { amount }) => sum + amount, 0);
}
