import { type Problem, toProblem } from "../../base/mod.ts";
import type { Clock } from "../../ports/mod.ts";
import type { Store } from "../../store/mod.ts";
import type { Fence } from "./fence.ts";

/** Writes this host's heartbeat, one beat after the other, and tells the fence of each that is acknowledged. */
export class Heart {
  readonly #clock: Pick<Clock, "monotonicMs">;
  readonly #store: Pick<Store, "beat">;
  readonly #fence: Pick<Fence, "acknowledged">;
  readonly #host: string;
  #beats = 0;
  #beating: Promise<void> = Promise.resolve();
  #problem: Problem | undefined;

  constructor(
    ports: { readonly clock: Pick<Clock, "monotonicMs">; readonly store: Pick<Store, "beat"> },
    fence: Pick<Fence, "acknowledged">,
    host: string,
  ) {
    this.#clock = ports.clock;
    this.#store = ports.store;
    this.#fence = fence;
    this.#host = host;
  }

  /** Why the last beat that has ended was not written; nothing where it was. */
  get problem(): Problem | undefined {
    return this.#problem;
  }

  /** Resolves once a beat that was begun after this call is acknowledged. */
  beat(): Promise<void> {
    const beating = this.#beating.then(() => this.#beat());
    this.#beating = beating.then(
      () => void (this.#problem = undefined),
      (error) => void (this.#problem = toProblem(error, "write the heartbeat")), // who asked for it is told
    );
    return beating;
  }

  async #beat(): Promise<void> {
    const beganMs = this.#clock.monotonicMs();
    await this.#store.beat(this.#host, ++this.#beats);
    await this.#fence.acknowledged(beganMs);
  }
}
