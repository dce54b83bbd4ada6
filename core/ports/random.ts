/** Randomness, as a room may see it. Keys are made of `bytes` alone: the machine's are fit for that. */
export interface Random {
  /** Returns a number in [0, 1). */
  next(): number;
  /** Returns `count` random bytes. */
  bytes(count: number): Uint8Array;
}
