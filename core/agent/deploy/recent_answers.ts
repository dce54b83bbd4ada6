import { formatServiceRef, type ServiceRef, stableJson } from "../../base/mod.ts";
import type { Clock } from "../../ports/mod.ts";
import type { Answers } from "../pass/host_planner.ts";

/** What was asked before is asked anew after so long: the host may be another by then. */
const recentMs = 2_000;

/** Of how many services answers are kept at the same time. */
const servicesMax = 16;

interface Kept {
  readonly answers: Answers;
  readonly isOnce: boolean;
  readonly atMs: number;
}

/**
 * What plugins answered a moment ago, to the same questions about the same items: a draft asks what a host would do, and the
 * pass that carries it out asks that again.
 *
 * It is forgotten once a step was carried out for the service, or anything on the host has changed. What is wrong with it
 * all the same is put right by the pass's next round, which asks the plugins.
 */
export class RecentAnswers {
  readonly #clock: Pick<Clock, "monotonicMs">;
  readonly #services = new Map<string, Map<string, Kept>>();

  constructor(clock: Pick<Clock, "monotonicMs">) {
    this.#clock = clock;
  }

  /** How many answers are kept, those of a while ago among them. */
  get size(): number {
    return [...this.#services.values()].reduce((sum, kept) => sum + kept.size, 0);
  }

  /** Keeps what was answered to a question, which is any value that says all of it; with `isOnce` it is given out once. */
  keep(
    ref: ServiceRef,
    question: unknown,
    answers: Answers,
    { isOnce }: { readonly isOnce: boolean },
  ): void {
    const key = formatServiceRef(ref);
    const kept = this.#services.get(key) ?? new Map<string, Kept>();
    this.#services.delete(key);
    this.#services.set(key, kept);
    const nowMs = this.#clock.monotonicMs();
    for (const [old, { atMs }] of kept) if (nowMs - atMs > recentMs) kept.delete(old);
    kept.set(stableJson(question), { answers, isOnce, atMs: nowMs });
    const [oldest] = this.#services.keys();
    if (this.#services.size > servicesMax) this.#services.delete(oldest);
  }

  /** Returns what was answered to the question a moment ago. */
  find(ref: ServiceRef, question: unknown): Answers | undefined {
    const kept = this.#services.get(formatServiceRef(ref));
    if (kept === undefined) return undefined;
    const key = stableJson(question);
    const found = kept.get(key);
    const isOld = found && this.#clock.monotonicMs() - found.atMs > recentMs;
    if (isOld || found?.isOnce) kept.delete(key);
    return isOld ? undefined : found?.answers;
  }

  /** Lets go of all that was answered for a service; of everything where none is named. */
  forget(ref?: ServiceRef): void {
    if (ref) this.#services.delete(formatServiceRef(ref));
    else this.#services.clear();
  }
}
