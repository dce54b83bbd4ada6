import type { HeldLock, Locks } from "../ports/mod.ts";
import { tryLockSync } from "./_sync_locks.ts";

/** flock(2) on local disks. Locks on the shared state go through `IsolatedFiles`. */
export class LocalLocks implements Locks {
  // deno-lint-ignore require-await -- a thrown FileError must reject
  async tryLock(path: string): Promise<HeldLock | undefined> {
    const release = tryLockSync(path);
    return release && { release: () => Promise.resolve(release()) };
  }
}
