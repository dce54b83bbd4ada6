import type { HeldLock } from "../ports/mod.ts";
import type { StoreContext } from "./_context.ts";
import { isFileError } from "./_file_problems.ts";

/**
 * Does `work` under a lock, or without it where its holder keeps it too long: dead or paused, and what `work` does is
 * right without it too. Nothing slow belongs under it.
 */
export async function underLock<T>(
  context: StoreContext,
  path: string,
  work: () => Promise<T>,
): Promise<T> {
  const lock = await takeLock(context, path);
  try {
    return await work();
  } finally {
    // One that cannot be released goes with the worker that held it, and everybody goes on without it until then.
    await lock?.release().catch(() => {});
  }
}

async function takeLock(
  { clock, random, locks, lockWaitMs }: StoreContext,
  path: string,
): Promise<HeldLock | undefined> {
  const deadlineMs = clock.monotonicMs() + lockWaitMs;
  for (let pauseMs = 2;; pauseMs = Math.min(pauseMs * 2, 30)) {
    let lock: HeldLock | undefined;
    try {
      lock = await locks.tryLock(path);
    } catch (error) {
      // A mount without locks, a full disk: the write goes on, and says itself what is wrong with it.
      if (isFileError(error, "ETIMEDOUT")) throw error;
      return undefined;
    }
    if (lock || clock.monotonicMs() >= deadlineMs) return lock;
    await clock.sleep(pauseMs * (0.5 + random.next()));
  }
}
