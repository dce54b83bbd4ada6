/** What is known of one heartbeat: all times are our own monotonic clock's, never the writer's. */
interface Watched {
  readonly content: string | undefined;
  /** When the first read that saw this content had ended. */
  readonly sinceMs: number;
  /** When the newest read that saw it began. */
  readonly seenMs: number;
}

/**
 * For how long the heartbeats of some hosts have stood still.
 *
 * Only what they say counts: modification times are the file server's, and what a heartbeat says of the time is its writer's.
 * A heartbeat that could not be read tells nothing, and the watch of it begins anew.
 */
export class HeartbeatWatch {
  readonly #watched = new Map<string, Watched>();

  /** Takes note of a read that took from `beganMs` to `endedMs`. A host that has never written one has none. */
  saw(host: string, content: string | undefined, beganMs: number, endedMs: number): void {
    const before = this.#watched.get(host);
    const isSame = before !== undefined && before.content === content;
    this.#watched.set(host, {
      content,
      sinceMs: isSame ? before.sinceMs : endedMs,
      seenMs: isSame ? beganMs : endedMs,
    });
  }

  /** Takes note that nothing could be read, or that the host is watched no more. */
  lost(host: string): void {
    this.#watched.delete(host);
  }

  /** Returns for how long a heartbeat is known to have stood still; nothing of one that is not watched. */
  stillMs(host: string): number | undefined {
    const watched = this.#watched.get(host);
    return watched && Math.max(0, watched.seenMs - watched.sinceMs);
  }
}
