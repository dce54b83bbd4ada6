import type { Random } from "../ports/mod.ts";
import type { Liveness, Member } from "./member.ts";

/**
 * The members that are known, and the order in which they are probed: round robin over a shuffled list, so that each is
 * probed once a round (SWIM, section 4.3).
 */
export class MemberTable {
  readonly #random: Random;
  readonly #byName = new Map<string, Member>();
  readonly #order: Member[] = [];
  #alive = 0;
  #next = 0;

  constructor(random: Random) {
    this.#random = random;
  }

  /** How many are known, whatever is believed of them. */
  get size(): number {
    return this.#order.length;
  }

  /** How many are alive. */
  get alive(): number {
    return this.#alive;
  }

  get(name: string): Member | undefined {
    return this.#byName.get(name);
  }

  /** All members, in no order that means anything. */
  all(): readonly Member[] {
    return this.#order;
  }

  /** Adds a member at a random place, so that a newcomer is probed soon by some and late by others. */
  add(member: Member): void {
    this.#byName.set(member.name, member);
    if (member.liveness === "alive") this.#alive++;
    const at = Math.floor(this.#random.next() * (this.#order.length + 1));
    this.#order.push(member);
    this.#swap(at, this.#order.length - 1);
  }

  /** Sets what is believed of a member, and since when. */
  setLiveness(member: Member, liveness: Liveness, nowMs: number): void {
    if (member.liveness === liveness) return;
    if (member.liveness === "alive") this.#alive--;
    if (liveness === "alive") this.#alive++;
    member.liveness = liveness;
    member.changedAtMs = nowMs;
  }

  /** Returns the next member of the round; nothing at the round's end, after which the next round begins. */
  nextInRound(): Member | undefined {
    if (this.#next < this.#order.length) return this.#order[this.#next++];
    this.#next = 0;
    return undefined;
  }

  /** Forgets members and shuffles the rest. Returns the forgotten. */
  forget(isForgotten: (member: Member) => boolean): Member[] {
    const forgotten = this.#order.filter(isForgotten);
    for (const { name, liveness } of forgotten) {
      this.#byName.delete(name);
      if (liveness === "alive") this.#alive--;
    }
    if (forgotten.length > 0) {
      const kept = this.#order.filter(({ name }) => this.#byName.has(name));
      this.#order.length = 0;
      for (const member of kept) this.#order.push(member);
    }
    for (let i = this.#order.length - 1; i > 0; i--) {
      this.#swap(i, Math.floor(this.#random.next() * (i + 1)));
    }
    return forgotten;
  }

  /** Returns up to `count` different members that fit, at random. */
  choose(count: number, fits: (member: Member) => boolean): Member[] {
    const chosen: Member[] = [];
    const size = this.#order.length;
    // Draws without repeats while that is likely to find enough; else one pass over all from a random start.
    if (size >= count * 3) {
      for (let draws = 0; draws < count * 4 && chosen.length < count; draws++) {
        const member = this.#order[Math.floor(this.#random.next() * size)];
        if (!chosen.includes(member) && fits(member)) chosen.push(member);
      }
    }
    if (chosen.length === count || size === 0) return chosen;
    const rest = this.#order.filter((member) => !chosen.includes(member) && fits(member));
    while (chosen.length < count && rest.length > 0) {
      const at = Math.floor(this.#random.next() * rest.length);
      chosen.push(rest[at]);
      rest[at] = rest[rest.length - 1];
      rest.pop();
    }
    return chosen;
  }

  #swap(one: number, other: number): void {
    [this.#order[one], this.#order[other]] = [this.#order[other], this.#order[one]];
  }
}
