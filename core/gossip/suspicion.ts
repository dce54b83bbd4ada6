import type { GossipSettings } from "./settings.ts";

/**
 * One suspicion: how long it lasts before the member is declared dead (Lifeguard). It starts long and shrinks with each
 * further member that suspects independently.
 */
export class Suspicion {
  readonly #startMs: number;
  readonly #minMs: number;
  readonly #maxMs: number;
  readonly #wanted: number;
  readonly #accusers: Set<string>;
  #wasHeard = false;

  /** `members` is the number of known members, whatever their state. */
  constructor(settings: GossipSettings, members: number, accuser: string, nowMs: number) {
    this.#startMs = nowMs;
    this.#minMs = suspicionMinMs(settings, members);
    this.#maxMs = this.#minMs * settings.suspicionMaxMultiplier;
    const wanted = settings.suspicionMultiplier - 2;
    // In a small cluster there are too few to confirm: the shortest time applies from the start.
    this.#wanted = members - 2 < wanted ? 0 : wanted;
    this.#accusers = new Set([accuser]);
  }

  /** When the member is to be declared dead. */
  get deadlineMs(): number {
    if (this.#wanted < 1) return this.#startMs + this.#minMs;
    const confirmations = this.#accusers.size - 1;
    const share = Math.log(confirmations + 1) / Math.log(this.#wanted + 1);
    const lastsMs = Math.floor(this.#maxMs - (this.#maxMs - this.#minMs) * share);
    return this.#startMs + Math.max(this.#minMs, lastsMs);
  }

  /** Takes another member's suspicion; returns whether it counts (each once, and only as many as are wanted). */
  confirm(accuser: string): boolean {
    if (this.#accusers.size - 1 >= this.#wanted || this.#accusers.has(accuser)) return false;
    this.#accusers.add(accuser);
    return true;
  }

  /**
   * Whether the end of this suspicion is seen so late that we must have stood still: then the member is heard for a while
   * first, once, because its refutation may lie unread.
   */
  deservesHearing(nowMs: number, lateMs: number): boolean {
    if (this.#wasHeard || nowMs - this.deadlineMs <= lateMs) return false;
    this.#wasHeard = true;
    return true;
  }
}

/** Returns the least time for which a member stays suspect. */
export function suspicionMinMs(settings: GossipSettings, members: number): number {
  const factor = Math.max(1, Math.log10(Math.max(1, members)));
  return settings.suspicionMultiplier * Math.trunc(factor * 1_000) / 1_000 *
    settings.probeIntervalMs;
}
