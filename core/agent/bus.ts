import type { ServiceRef } from "../base/mod.ts";
import type { StateEvent } from "../store/mod.ts";
import type { Progress } from "./use_cases.ts";

/** What happens inside this agent, for those of its parts that wait for it. */
export type Signal =
  /** A service's graph has a new generation, or the service is gone. */
  | { readonly kind: "graph"; readonly ref: ServiceRef }
  /** Another host has written what it observes of a service. */
  | { readonly kind: "observed"; readonly ref: ServiceRef; readonly host: string }
  /** A unit on this host changed; nothing where any may have. */
  | { readonly kind: "unit"; readonly unit: string | undefined }
  | {
    readonly kind: "progress";
    readonly ref: ServiceRef;
    readonly generation: number;
    readonly progress: Progress;
  }
  | { readonly kind: "event"; readonly event: StateEvent };

/** How many signals a slow listener may be behind before the oldest are dropped. */
const backlogMax = 1_000;

/** Hands signals to whoever listens. It keeps nothing: who listens too late reads the state. */
export class Bus {
  readonly #listeners = new Set<(signal: Signal) => void>();

  publish(signal: Signal): void {
    for (const listener of [...this.#listeners]) listener(signal);
  }

  /** Calls back with each signal from now on. Returns how to stop. */
  listen(listener: (signal: Signal) => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  /**
   * Yields the signals that `select` takes, from this call on (not from the first `next`), until the signal is given.
   */
  stream<T>(
    select: (signal: Signal) => T | undefined,
    abort: AbortSignal,
  ): AsyncIterableIterator<T> {
    const backlog: T[] = [];
    let wake: (() => void) | undefined;
    const stop = this.listen((signal) => {
      const selected = select(signal);
      if (selected === undefined) return;
      if (backlog.push(selected) > backlogMax) backlog.shift();
      wake?.();
    });
    abort.addEventListener("abort", stop, { once: true });
    return iterate();

    async function* iterate(): AsyncIterableIterator<T> {
      try {
        while (!abort.aborted) {
          const next = backlog.shift();
          if (next !== undefined) yield next;
          else await new Promise<void>((resolve) => waitForWake(resolve));
        }
      } finally {
        stop();
        abort.removeEventListener("abort", stop);
      }
    }

    function waitForWake(resolve: () => void): void {
      wake = () => {
        abort.removeEventListener("abort", wake!);
        resolve();
      };
      abort.addEventListener("abort", wake, { once: true });
    }
  }
}
