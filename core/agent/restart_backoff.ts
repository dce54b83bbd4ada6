import { formatDurationMs } from "../base/mod.ts";

const delayMinMs = 1_000;
const delayMaxMs = 60_000;

/** How long something has to run well before its earlier ends are forgotten. */
const forgivenAfterMs = 60_000;

interface Fall {
  readonly generation: number;
  readonly count: number;
  readonly notBeforeMs: number;
}

/**
 * When items that ended by themselves are started again: after 1 s, then 2 s, 4 s, … up to a minute.
 *
 * A new generation of the service starts over: who has just deployed does not wait.
 */
export class RestartBackoff {
  readonly #falls = new Map<string, Fall>();
  readonly #readySince = new Map<string, number>();

  /** Notes that an item is ready. */
  ready(item: string, nowMs: number): void {
    const since = this.#readySince.get(item);
    if (since === undefined) this.#readySince.set(item, nowMs);
    else if (nowMs - since >= forgivenAfterMs) this.#falls.delete(item);
  }

  /**
   * Notes that an item was found failed. Returns why it is left as it is for now, and for how long; nothing where it may
   * be started again at once.
   */
  failed(
    item: string,
    generation: number,
    nowMs: number,
  ): { readonly why: string; readonly waitMs: number } | undefined {
    this.#readySince.delete(item);
    let fall = this.#falls.get(item);
    if (fall === undefined || fall.generation !== generation) {
      fall = { generation, count: 0, notBeforeMs: nowMs + delayMinMs };
      this.#falls.set(item, fall);
    }
    if (nowMs >= fall.notBeforeMs) return undefined;
    const waitMs = fall.notBeforeMs - nowMs;
    return { why: `it failed and is started again in ${formatDurationMs(waitMs)}`, waitMs };
  }

  /** Notes that an item that had failed is being started again. Returns how often that was. */
  restarted(item: string, nowMs: number): number {
    const fall = this.#falls.get(item);
    if (fall === undefined) return 0;
    const count = fall.count + 1;
    const delayMs = Math.min(delayMinMs * 2 ** count, delayMaxMs);
    this.#falls.set(item, { ...fall, count, notBeforeMs: nowMs + delayMs });
    return count;
  }

  forget(item: string): void {
    this.#falls.delete(item);
    this.#readySince.delete(item);
  }
}
