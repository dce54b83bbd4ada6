import { formatDurationMs } from "../../base/mod.ts";

const delayMinMs = 1_000;
const delayMaxMs = 60_000;

/** How long something has to run well before its earlier ends are forgotten. */
const forgivenAfterMs = 60_000;

/** How an item is to be started again after it has ended. */
export interface RestartPace {
  /** How long it is left as it is after each end, at the least; a second where absent. */
  readonly delayMs?: number;
  /** No more starts within a time, where its policy says so. */
  readonly limit?: {
    readonly policy: string;
    readonly starts: number;
    readonly withinMs: number;
    /** Whether a service manager counts them: what it has given up is given up. */
    readonly isCounted: boolean;
  };
}

/** Why an item is left as it is for now. */
export interface Hold {
  readonly why: string;
  /** For how long; it is not started again at all where absent. */
  readonly waitMs?: number;
}

interface Fall {
  readonly generation: number;
  readonly count: number;
  readonly notBeforeMs: number;
  /** It has ended and was not started again since. */
  readonly isDown: boolean;
}

/** When an item was started, in one generation. */
interface Starts {
  readonly generation: number;
  readonly atMs: readonly number[];
  /** It was started as often as it may be. */
  readonly isOver?: true;
}

/**
 * When items that ended by themselves are started again: after 1 s, then 2 s, 4 s, … up to a minute, and never sooner than
 * their own delay; and no more than their policy allows.
 *
 * A new generation of the service starts over: who has just deployed does not wait.
 */
export class RestartBackoff {
  readonly #falls = new Map<string, Fall>();
  readonly #starts = new Map<string, Starts>();
  readonly #readySince = new Map<string, number>();

  /** Notes that an item is ready; that it still is need not be said. */
  ready(item: string, nowMs: number): void {
    if (!this.#readySince.has(item)) this.#readySince.set(item, nowMs);
  }

  /** Notes that an item was found failed. Returns why it is left as it is; nothing where it may be started again at once. */
  failed(
    item: string,
    generation: number,
    nowMs: number,
    { delayMs = delayMinMs, limit }: RestartPace = {},
  ): Hold | undefined {
    const readySinceMs = this.#readySince.get(item);
    this.#readySince.delete(item);
    if (readySinceMs !== undefined && nowMs - readySinceMs >= forgivenAfterMs) {
      this.#falls.delete(item);
    }
    if (limit && this.#isOver(item, generation, readySinceMs ?? nowMs, nowMs, limit)) {
      const { policy, starts, withinMs } = limit;
      const within = formatDurationMs(withinMs);
      return { why: `policy "${policy}" allows ${starts} starts within ${within}` };
    }
    let fall = this.#falls.get(item);
    if (fall === undefined || fall.generation !== generation) {
      fall = { generation, count: 0, notBeforeMs: nowMs + delayMs, isDown: true };
    } else if (!fall.isDown) {
      fall = { ...fall, notBeforeMs: Math.max(fall.notBeforeMs, nowMs + delayMs), isDown: true };
    }
    this.#falls.set(item, fall);
    if (nowMs >= fall.notBeforeMs) return undefined;
    const waitMs = fall.notBeforeMs - nowMs;
    return { why: `it failed and is started again in ${formatDurationMs(waitMs)}`, waitMs };
  }

  /** Notes that an item that had failed is being started again. Returns how often that was. */
  restarted(item: string, nowMs: number): number {
    const starts = this.#starts.get(item);
    if (starts) this.#starts.set(item, { ...starts, atMs: [...starts.atMs, nowMs] });
    const fall = this.#falls.get(item);
    if (fall === undefined) return 0;
    const count = fall.count + 1;
    const delayMs = Math.min(delayMinMs * 2 ** count, delayMaxMs);
    this.#falls.set(item, { ...fall, count, notBeforeMs: nowMs + delayMs, isDown: false });
    return count;
  }

  /** Forgets all items but these: what a service no longer has. */
  keepOnly(items: ReadonlySet<string>): void {
    for (const notes of [this.#falls, this.#starts, this.#readySince]) {
      for (const item of notes.keys()) if (!items.has(item)) notes.delete(item);
    }
  }

  /** Whether an item was started as often as it may be. Once it was, time changes nothing: a person has to. */
  #isOver(
    item: string,
    generation: number,
    firstMs: number,
    nowMs: number,
    limit: NonNullable<RestartPace["limit"]>,
  ): boolean {
    if (limit.isCounted) return true;
    let starts = this.#starts.get(item);
    if (starts?.generation !== generation) starts = { generation, atMs: [firstMs] };
    const atMs = starts.atMs.filter((each) => each > nowMs - limit.withinMs);
    const isOver = starts.isOver || atMs.length >= limit.starts;
    this.#starts.set(item, { generation, atMs, ...(isOver && { isOver }) });
    return isOver;
  }
}
