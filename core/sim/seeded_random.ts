import type { Random } from "../ports/mod.ts";

/**
 * Randomness from one seed.
 *
 * `stream` derives independent streams by purpose and host, so that one more draw in one place reshuffles nothing in
 * another. (sfc32; not for keys.)
 */
export class SeededRandom implements Random {
  readonly #name: string;
  readonly #state: Uint32Array;

  constructor(seed: number | string) {
    this.#name = String(seed);
    this.#state = hashState(this.#name);
    for (let round = 0; round < 12; round++) this.#nextWord();
  }

  /** Returns the stream of this seed for a purpose, and for a host where each has its own. */
  stream(purpose: string, host = ""): SeededRandom {
    return new SeededRandom(`${this.#name}/${purpose}/${host}`);
  }

  next(): number {
    return (this.#nextWord() * 2 ** 21 + (this.#nextWord() >>> 11)) / 2 ** 53;
  }

  bytes(count: number): Uint8Array {
    return Uint8Array.from({ length: count }, () => this.#nextWord() & 0xff);
  }

  /** Returns an integer from `low` to `high`, both included. */
  integer(low: number, high: number): number {
    return low + Math.floor(this.next() * (high - low + 1));
  }

  /** Returns one of the items. */
  pick<T>(items: readonly T[]): T {
    return items[this.integer(0, items.length - 1)];
  }

  /** Whether something of this probability happens. */
  chance(probability: number): boolean {
    return this.next() < probability;
  }

  #nextWord(): number {
    const state = this.#state;
    const word = (state[0] + state[1] + state[3]) >>> 0;
    state[3]++;
    state[0] = state[1] ^ (state[1] >>> 9);
    state[1] = state[2] + (state[2] << 3);
    state[2] = ((state[2] << 21) | (state[2] >>> 11)) + word;
    return word;
  }
}

/** Four words from a text: FNV-1a with another start for each. */
function hashState(text: string): Uint32Array {
  return Uint32Array.from([0x811c9dc5, 0x9e3779b9, 0x85ebca6b, 1], (start) => {
    let hash = start;
    for (let index = 0; index < text.length; index++) {
      hash = Math.imul(hash ^ text.charCodeAt(index), 0x01000193);
    }
    return hash >>> 0;
  });
}
