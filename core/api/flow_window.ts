/** How many bytes may be under way that the other side has not taken yet. */
const windowBytesMax = 1024 * 1024;

/**
 * How much of a stream is under way to the other end of a WebSocket: who sends waits while that is more than a window, so that
 * nobody has to keep what a slow reader leaves. A side that never says what it takes (an older version) is not waited for.
 */
export class FlowWindow {
  #sent = 0;
  #taken: number | undefined;
  #isClosed = false;
  #wake: (() => void) | undefined;

  /** Takes note that bytes were sent. */
  sent(bytes: number): void {
    this.#sent += bytes;
  }

  /** Takes note of what the other side says that it has taken since it said so last; it begins with 0. */
  taken(bytes: number): void {
    if (!Number.isSafeInteger(bytes) || bytes < 0) return;
    this.#taken = Math.min((this.#taken ?? 0) + bytes, this.#sent);
    this.#wake?.();
  }

  /** Resolves when there is room for more, or nobody is there any more. */
  async room(): Promise<void> {
    while (!this.#isClosed && this.#taken !== undefined && this.#waiting > windowBytesMax) {
      await new Promise<void>((resolve) => this.#wake = resolve);
    }
  }

  close(): void {
    this.#isClosed = true;
    this.#wake?.();
  }

  get #waiting(): number {
    return this.#sent - (this.#taken ?? 0);
  }
}
