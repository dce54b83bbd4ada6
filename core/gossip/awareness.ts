/**
 * How healthy this member thinks it is itself (Lifeguard): 0 is well; each probe that fails without others' nacks to
 * vouch for us, and each refutation, is a sign that the fault is here. A bad score slows probing down.
 */
export class Awareness {
  readonly #max: number;
  #score = 0;

  /** The score stays below `max`. */
  constructor(max: number) {
    this.#max = max;
  }

  get score(): number {
    return this.#score;
  }

  add(delta: number): void {
    this.#score = Math.min(Math.max(this.#score + delta, 0), this.#max - 1);
  }

  /** Returns the duration stretched by the score. */
  scale(durationMs: number): number {
    return durationMs * (this.#score + 1);
  }
}
