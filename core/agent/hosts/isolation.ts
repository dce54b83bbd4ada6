import { type Problem, problem, ProblemError } from "../../base/mod.ts";
import type { Clock, Logger } from "../../ports/mod.ts";

/** How often the shared state is tried while it does not answer. */
const tryEveryMs = 2_000;

/**
 * Whether the shared state answers.
 *
 * While it does not, the host is isolated: what runs goes on running, nothing is started or ended, and the agent says so. It
 * ends by itself.
 */
export class Isolation {
  readonly #clock: Clock;
  readonly #logger: Logger;
  readonly #try: () => Promise<unknown>;
  readonly #signal: AbortSignal;
  readonly #onLifted = new Set<() => void>();
  #problem: Problem | undefined;

  constructor(clock: Clock, logger: Logger, attempt: () => Promise<unknown>, signal: AbortSignal) {
    this.#clock = clock;
    this.#logger = logger;
    this.#try = attempt;
    this.#signal = signal;
  }

  /** Why the host is isolated; nothing where it is not. */
  get problem(): Problem | undefined {
    return this.#problem;
  }

  /** Calls back each time the state answers again. Returns how to stop. */
  onLifted(callback: () => void): () => void {
    this.#onLifted.add(callback);
    return () => this.#onLifted.delete(callback);
  }

  /** Takes note of a failed operation: of one that never came back, the host is isolated from now on. */
  consider(found: Problem): void {
    if (found.code !== "STATE_UNREACHABLE" || this.#problem !== undefined) return;
    this.#problem = problem("AGENT_ISOLATED", {
      what: "The shared state does not answer",
      why: found.why ?? found.what,
      fix: "Bring its file system back; until then what runs goes on and nothing is started",
      cause: found,
    });
    this.#logger.log("error", this.#problem.what, { why: this.#problem.why });
    this.#recover();
  }

  async #recover(): Promise<void> {
    while (!this.#signal.aborted) {
      await this.#clock.sleep(tryEveryMs, this.#signal).catch(() => {});
      if (this.#signal.aborted) return;
      try {
        await this.#try();
      } catch (error) {
        const isAway = error instanceof ProblemError &&
          error.problem.code === "STATE_UNREACHABLE";
        if (isAway) continue;
      }
      break;
    }
    this.#problem = undefined;
    this.#logger.log("info", "The shared state answers again");
    for (const callback of [...this.#onLifted]) callback();
  }
}
