import type { Timers } from "../virtual_clock.ts";

/** Late enough to be seen, too little to matter: what a thread that thaws needs to read what arrived. */
const thawSpreadMs = 5;

/**
 * Time as one host has it: its wall clock is off and jumps, it may be slow, and while it is frozen its timers wait.
 *
 * Monotonic time goes on while a host is frozen, as it does for a process that was stopped.
 */
export class HostClock implements Timers {
  /** How much later than others it does everything. */
  slowMs = 0;
  readonly #world: Timers;
  readonly #startMs: number;
  readonly #frozen: (() => void)[] = [];
  #skewMs: number;
  #isFrozen = false;

  /** `skewMs` is how far its wall clock is off, `startMs` what its monotonic clock shows at the start of the world. */
  constructor(
    world: Timers,
    options: { readonly skewMs?: number; readonly startMs?: number } = {},
  ) {
    this.#world = world;
    this.#skewMs = options.skewMs ?? 0;
    this.#startMs = options.startMs ?? 0;
  }

  get isFrozen(): boolean {
    return this.#isFrozen;
  }

  nowMs(): number {
    return this.#world.nowMs() + this.#skewMs;
  }

  monotonicMs(): number {
    return this.#world.monotonicMs() + this.#startMs;
  }

  /** Makes the wall clock jump, as NTP or a person does. */
  stepWall(byMs: number): void {
    this.#skewMs += byMs;
  }

  sleep(durationMs: number, signal?: AbortSignal): Promise<void> {
    return sleepBy(this, durationMs, signal);
  }

  schedule(durationMs: number, callback: () => void): () => void {
    let isCancelled = false;
    const cancel = this.#world.schedule(
      Math.max(0, durationMs) + this.slowMs,
      () => this.whenAwake(() => isCancelled || callback()),
    );
    return () => {
      isCancelled = true;
      cancel();
    };
  }

  touch(): void {
    this.#world.touch();
  }

  awake(): Promise<void> | undefined {
    return this.#isFrozen ? new Promise((resolve) => this.#frozen.push(resolve)) : undefined;
  }

  /** Calls back now, or when the host thaws: in the order in which things came to it. */
  whenAwake(callback: () => void): void {
    if (this.#isFrozen) this.#frozen.push(callback);
    else callback();
  }

  freeze(): void {
    this.#isFrozen = true;
  }

  /** Lets it go on. What waits is done within a few milliseconds. */
  thaw(): void {
    this.#isFrozen = false;
    const waiting = this.#frozen.splice(0);
    waiting.forEach((callback, index) => {
      const afterMs = thawSpreadMs * index / waiting.length;
      this.#world.schedule(afterMs, () => this.whenAwake(callback));
    });
  }
}

/** The time of one process: once it has ended, nothing that it waited for happens. */
export class ProcessClock implements Timers {
  readonly #host: HostClock;
  #isEnded = false;

  constructor(host: HostClock) {
    this.#host = host;
  }

  end(): void {
    this.#isEnded = true;
  }

  nowMs(): number {
    return this.#host.nowMs();
  }

  monotonicMs(): number {
    return this.#host.monotonicMs();
  }

  sleep(durationMs: number, signal?: AbortSignal): Promise<void> {
    return sleepBy(this, durationMs, signal);
  }

  schedule(durationMs: number, callback: () => void): () => void {
    if (this.#isEnded) return () => {};
    return this.#host.schedule(durationMs, () => {
      if (!this.#isEnded) callback();
    });
  }

  touch(): void {
    this.#host.touch();
  }

  awake(): Promise<void> | undefined {
    return this.#host.awake();
  }
}

function sleepBy(timers: Timers, durationMs: number, signal?: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    if (signal?.aborted) return reject(signal.reason);
    const onAbort = () => {
      cancel();
      reject(signal!.reason);
    };
    const cancel = timers.schedule(durationMs, () => {
      signal?.removeEventListener("abort", onAbort);
      resolve();
    });
    signal?.addEventListener("abort", onAbort, { once: true });
  });
}
