/** Randomness, as a room may see it. Not for keys. */
export interface Random {
  /** Returns a number in [0, 1). */
  next(): number;
  /** Returns `count` random bytes. */
  bytes(count: number): Uint8Array;
}
