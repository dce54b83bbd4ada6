import type { Clock } from "../ports/mod.ts";

const pauseMinMs = 50;

/**
 * Looks again and again, with growing pauses, until something is found or it has waited for `patienceMs`. Returns what it
 * found last.
 */
export async function lookUntilFound<T>(
  look: () => Promise<readonly T[]>,
  clock: Clock,
  patienceMs: number,
): Promise<readonly T[]> {
  const endMs = clock.monotonicMs() + patienceMs;
  for (let pauseMs = pauseMinMs;; pauseMs *= 2) {
    const found = await look();
    const leftMs = endMs - clock.monotonicMs();
    if (found.length > 0 || leftMs <= 0) return found;
    await clock.sleep(Math.min(pauseMs, leftMs));
  }
}
