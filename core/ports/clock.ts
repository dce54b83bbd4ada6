/** Time, as a room may see it. */
export interface Clock {
  /** Wall time in milliseconds since 1970. It may jump; use it for records that people read. */
  nowMs(): number;
  /** Milliseconds since an arbitrary start; never falls. Use it for deadlines and waits. */
  monotonicMs(): number;
  /** Resolves after `durationMs`, or rejects with the signal's reason. */
  sleep(durationMs: number, signal?: AbortSignal): Promise<void>;
}
