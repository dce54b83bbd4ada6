/** A held lock. */
export interface HeldLock {
  /** Lets go. Letting go twice is harmless. */
  release(): Promise<void>;
}

/**
 * Advisory locks on files (flock(2)).
 *
 * A lock saves work; it never decides (network file systems lose locks). See `store/`.
 */
export interface Locks {
  /** Takes the lock on `path`, making the file where it is missing; nothing where another holds it. */
  tryLock(path: string): Promise<HeldLock | undefined>;
}
