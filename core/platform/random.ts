import type { Random } from "../ports/mod.ts";

/** The machine's own randomness. */
export const systemRandom: Random = {
  next: () => Math.random(),
  bytes: (count) => crypto.getRandomValues(new Uint8Array(count)),
};
