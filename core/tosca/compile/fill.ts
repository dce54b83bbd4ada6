import type { SearchOption, SearchProblem } from "./search.ts";

/** Larger amounts than so many times their common measure are not summed up one by one. */
const cellsMax = 4_096;

/**
 * How far the resources of one kind can still be filled.
 *
 * What all variables need must be taken from somewhere: so no more may go to waste than there is to spare. Of each
 * resource goes to waste what no sum of the amounts that may still be taken from it can fill. An option after which
 * more would go to waste than there is to spare leads nowhere.
 */
export class Fill {
  /** Whether there is too little, whatever is chosen. */
  isShort = false;
  readonly #needs: readonly number[];
  readonly #bits = new Map<number, Uint32Array>();
  readonly #waste = new Map<number, number>();

  private constructor(
    readonly problem: SearchProblem,
    readonly resources: readonly number[],
    /** The measure that all amounts are multiples of. */
    readonly measure: number,
    readonly isOfKind: (resource: number) => boolean,
  ) {
    this.#needs = problem.variables.map(({ options }) =>
      options.reduce((least, each) => Math.min(least, this.#sizeOf(each)), Infinity)
    );
    for (const each of resources) {
      const cells = Math.floor(problem.capacities[each] / measure);
      this.#bits.set(each, new Uint32Array((cells >> 5) + 1));
    }
  }

  /** Returns the kinds of a problem that can be reckoned with: whole amounts, not too large. */
  static ofProblem(problem: SearchProblem): readonly Fill[] {
    const { variables, capacities, kinds } = problem;
    const used = new Set<number>();
    for (const { options } of variables) {
      for (const { takes } of options) for (const { resource } of takes) used.add(resource);
    }
    const byKind = new Map<number, number[]>();
    for (const each of used) {
      const kind = kinds?.[each] ?? 0;
      const known = byKind.get(kind);
      if (known) known.push(each);
      else byKind.set(kind, [each]);
    }
    return [...byKind].flatMap(([kind, resources]) => {
      const isOfKind = (resource: number) => (kinds?.[resource] ?? 0) === kind;
      const measure = commonMeasure(problem, isOfKind);
      const isSmall = resources.every((each) =>
        Number.isSafeInteger(capacities[each]) && capacities[each] >= 0 &&
        capacities[each] / measure <= cellsMax
      );
      return measure > 0 && isSmall ? [new Fill(problem, resources, measure, isOfKind)] : [];
    });
  }

  /** Takes away options that lead nowhere, from the lists of the variables that are open. Returns how much work it was. */
  narrow(open: ReadonlyMap<number, number[]>, left: readonly number[]): number {
    let spare = 0;
    for (const each of this.resources) spare += left[each];
    for (const index of open.keys()) spare -= this.#needs[index];
    this.isShort = spare < 0;
    if (this.isShort) return this.resources.length;
    const work = this.#sumUp(open, left);
    let wasted = 0;
    for (const each of this.resources) {
      const lost = left[each] - this.#reached(each, Math.floor(left[each] / this.measure));
      this.#waste.set(each, lost);
      wasted += lost;
    }
    this.isShort = wasted > spare;
    if (this.isShort) return work;
    for (const [index, viable] of open) {
      const { options } = this.problem.variables[index];
      let kept = 0;
      for (const at of viable) {
        if (this.#isWorthwhile(options[at], left, spare - wasted)) viable[kept++] = at;
      }
      viable.length = kept;
    }
    return work;
  }

  /** Marks for each resource the sums that the options of open variables can come to. */
  #sumUp(open: ReadonlyMap<number, readonly number[]>, left: readonly number[]): number {
    let work = 0;
    for (const bits of this.#bits.values()) {
      bits.fill(0);
      bits[0] = 1;
    }
    for (const [index, viable] of open) {
      const { options } = this.problem.variables[index];
      for (const at of viable) {
        for (const { resource, amount } of options[at].takes) {
          if (amount === 0 || !this.isOfKind(resource)) continue;
          const words = (Math.floor(left[resource] / this.measure) >> 5) + 1;
          addShifted(this.#bits.get(resource)!, amount / this.measure, words);
          work += words;
        }
      }
    }
    return work;
  }

  /** Returns the largest sum of at most so many cells that a resource can be filled to. */
  #reached(resource: number, cells: number): number {
    const bits = this.#bits.get(resource)!;
    for (let word = cells >> 5; word >= 0; word--) {
      const mask = word === cells >> 5 ? 0xffffffff >>> (31 - (cells & 31)) : 0xffffffff;
      const found = bits[word] & mask;
      if (found !== 0) return (word * 32 + 31 - Math.clz32(found)) * this.measure;
    }
    return 0;
  }

  /** Whether the resources of an option can be filled beside it, so that no more goes to waste than may. */
  #isWorthwhile({ takes }: SearchOption, left: readonly number[], allowance: number): boolean {
    for (const { resource, amount } of takes) {
      if (!this.isOfKind(resource)) continue;
      const over = left[resource] - amount;
      const lost = over - this.#reached(resource, Math.floor(over / this.measure));
      if (lost > allowance + this.#waste.get(resource)!) return false;
    }
    return true;
  }

  #sizeOf({ takes }: SearchOption): number {
    let size = 0;
    for (const { resource, amount } of takes) if (this.isOfKind(resource)) size += amount;
    return size;
  }
}

/** Marks what is marked once more, so many cells further up. */
function addShifted(bits: Uint32Array, by: number, words: number): void {
  const [whole, part] = [by >> 5, by & 31];
  for (let word = words - 1; word >= whole; word--) {
    let moved = bits[word - whole] << part;
    if (part > 0 && word > whole) moved |= bits[word - whole - 1] >>> (32 - part);
    bits[word] |= moved;
  }
}

/** Returns the greatest number that all amounts of a kind are multiples of; 0 where they are not whole, or all 0. */
function commonMeasure(problem: SearchProblem, isOfKind: (resource: number) => boolean): number {
  let measure = 0;
  for (const { options } of problem.variables) {
    for (const { takes } of options) {
      for (const { resource, amount } of takes) {
        if (!isOfKind(resource)) continue;
        if (!Number.isSafeInteger(amount) || amount < 0) return 0;
        measure = greatestCommonDivisor(amount, measure);
      }
    }
  }
  return measure;
}

function greatestCommonDivisor(a: number, b: number): number {
  while (b > 0) [a, b] = [b, a % b];
  return a;
}
