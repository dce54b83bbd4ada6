import { setImmediate } from "node:timers";
import type { Clock } from "../ports/mod.ts";
import { EventQueue } from "./event_queue.ts";

const idleTurnsDefault = 4;

/** Time in which callbacks can be set: the world's, or what one host or process has of it. */
export interface Timers extends Clock {
  /** Calls back after `durationMs`. Returns how to cancel. */
  schedule(durationMs: number, callback: () => void): () => void;
  /** Tells that something happened, so that the world is not idle yet. */
  touch(): void;
  /** Resolves once whoever lives in this time may go on; nothing where it may at once. */
  awake?(): Promise<void> | undefined;
}

export interface VirtualClockOptions {
  /** Wall time at the start, in milliseconds since 1970. */
  readonly startMs?: number;
  /**
   * How often the event loop turns with nothing done before the world counts as idle; 4 unless told. None is needed in a
   * world of promises alone: all of them have run before the loop turns.
   */
  readonly idleTurns?: number;
}

/**
 * Time that moves only when nothing else can happen: a day passes in the time its work takes.
 *
 * Whoever drives it calls `run` or `advance`. Between two timers all that was woken runs until the event loop has
 * turned idle, so that the same seed gives the same order. What waits outside the ports (a real timer, a real
 * file, a thread as behind `crypto.subtle`) is invisible to it but for `hold`, and must not be in a simulation.
 */
export class VirtualClock implements Timers {
  readonly #startMs: number;
  readonly #idleTurns: number;
  #elapsedMs = 0;
  #wallStepMs = 0;
  #activity = 0;
  #holds = 0;
  /** A timer that was cancelled stays, and is passed over. */
  readonly #timers = new EventQueue<Timer>();

  constructor(options: VirtualClockOptions = {}) {
    this.#startMs = options.startMs ?? Date.UTC(2026, 0, 1);
    this.#idleTurns = options.idleTurns ?? idleTurnsDefault;
  }

  nowMs(): number {
    return this.#startMs + this.#elapsedMs + this.#wallStepMs;
  }

  monotonicMs(): number {
    return this.#elapsedMs;
  }

  sleep(durationMs: number, signal?: AbortSignal): Promise<void> {
    return new Promise((resolve, reject) => {
      if (signal?.aborted) return reject(signal.reason);
      const onAbort = () => {
        cancel();
        reject(signal!.reason);
      };
      const cancel = this.schedule(durationMs, () => {
        signal?.removeEventListener("abort", onAbort);
        resolve();
      });
      signal?.addEventListener("abort", onAbort, { once: true });
    });
  }

  /** Calls back after `durationMs`; timers of one instant fire in the order in which they were set. Returns how to cancel. */
  schedule(durationMs: number, callback: () => void): () => void {
    const timer: Timer = { callback };
    this.#timers.put(this.#elapsedMs + Math.max(0, durationMs), timer);
    return () => {
      timer.callback = undefined;
    };
  }

  /** Makes wall time jump, as NTP or a person does; monotonic time does not notice. */
  stepWall(byMs: number): void {
    this.#wallStepMs += byMs;
  }

  /** Returns a host's own view of this time, whose wall clock is off by `skewMs`. */
  skewed(skewMs: number): Clock {
    return {
      nowMs: () => this.nowMs() + skewMs,
      monotonicMs: () => this.monotonicMs(),
      sleep: (durationMs, signal) => this.sleep(durationMs, signal),
    };
  }

  /** Tells that something happened, so that the world is not idle yet. Ports in memory call it. */
  touch(): void {
    this.#activity++;
  }

  /**
   * Keeps time from passing while something real is waited for that will come (a thread's answer). Returns how to let go.
   */
  hold(): () => void {
    this.#holds++;
    let isHeld = true;
    return () => {
      if (isHeld) this.#holds--;
      isHeld = false;
    };
  }

  /** Resolves once nothing can happen without time passing. */
  settle(): Promise<void> {
    return this.#drive(() => false);
  }

  /** Lets `durationMs` pass, with all that happens meanwhile. */
  async advance(durationMs: number): Promise<void> {
    const untilMs = this.#elapsedMs + durationMs;
    await this.#drive(() => {
      if ((this.#nextMs() ?? Infinity) > untilMs) return false;
      this.#fireNext();
      return true;
    });
    this.#elapsedMs = untilMs;
  }

  /**
   * Lets time pass until `work` is done, and returns its result.
   *
   * Throws where nothing is left that could finish it, or after `limitMs` of virtual time.
   */
  async run<T>(work: Promise<T>, limitMs = 3_600_000): Promise<T> {
    const untilMs = this.#elapsedMs + limitMs;
    let isDone = false;
    const done = work.finally(() => isDone = true);
    done.catch(() => {});
    await this.#drive(() => {
      if (isDone) return false;
      const nextMs = this.#nextMs();
      if (nextMs === undefined) {
        throw new Error(`nothing is left to happen at ${this.#elapsedMs} ms: a deadlock`);
      }
      if (nextMs > untilMs) throw new Error(`not done after ${limitMs} ms of virtual time`);
      this.#fireNext();
      return true;
    });
    return await done;
  }

  /**
   * Calls `next` whenever the world is idle, until it returns false. Each call is a task of the event loop of its own: one turn
   * of it, with nothing awaited in between, is what a timer costs.
   */
  #drive(next: () => boolean): Promise<void> {
    return new Promise((resolve, reject) => {
      let quiet = 0;
      let seen = this.#activity;
      const look = () => {
        quiet = this.#holds === 0 && this.#activity === seen ? quiet + 1 : 0;
        try {
          if (this.#holds === 0 && quiet >= this.#idleTurns) {
            if (!next()) return resolve();
            quiet = 0;
          }
        } catch (error) {
          return reject(error);
        }
        seen = this.#activity;
        turn(look, this.#holds > 0);
      };
      turn(look, this.#holds > 0);
    });
  }

  /** When the next timer fires; those that were cancelled are forgotten on the way. */
  #nextMs(): number | undefined {
    while (this.#timers.next !== undefined && this.#timers.next.callback === undefined) {
      this.#timers.take();
    }
    return this.#timers.nextMs;
  }

  #fireNext(): void {
    const atMs = this.#timers.nextMs!;
    const { callback } = this.#timers.take()!;
    this.#elapsedMs = Math.max(this.#elapsedMs, atMs);
    callback!();
  }
}

/** Calls back after one turn of the event loop; where a thread is waited for, without spinning. */
function turn(callback: () => void, isSlow: boolean): void {
  if (isSlow) setTimeout(callback, 1);
  else setImmediate(callback);
}

interface Timer {
  callback?: () => void;
}
