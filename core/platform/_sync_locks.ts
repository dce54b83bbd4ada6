import { toFileError } from "./_file_errors.ts";

/**
 * Takes the flock(2) on `path` without waiting, making the file where it is missing. Returns how to let go, or nothing
 * where another holds it.
 *
 * Whoever may read a file can lock it, and hold up all others for as long as it likes: so its owner alone may.
 *
 * A lock on a file that was removed meanwhile guards nothing: what was locked is compared with what the path names.
 */
export function tryLockSync(path: string): (() => void) | undefined {
  const attemptsMax = 3;
  try {
    for (let attempt = 1; attempt <= attemptsMax; attempt++) {
      const file = Deno.openSync(path, { read: true, write: true, create: true, mode: 0o600 });
      let keep = false;
      try {
        closeToOthers(file, path);
        if (!file.tryLockSync(true)) return undefined;
        keep = isSameFile(file.statSync(), path);
        if (keep) return releaseOnce(file);
      } finally {
        if (!keep) file.close();
      }
    }
    return undefined;
  } catch (error) {
    throw toFileError(error, "tryLock", path);
  }
}

/** Takes the rights of others from a lock that was made with them. */
function closeToOthers(file: Deno.FsFile, path: string): void {
  if (((file.statSync().mode ?? 0) & 0o077) === 0) return;
  try {
    Deno.chmodSync(path, 0o600);
  } catch {
    // It is another user's, or the file system knows no modes: the lock is as good as before.
  }
}

function isSameFile(held: Deno.FileInfo, path: string): boolean {
  try {
    const named = Deno.statSync(path);
    return named.ino === held.ino && named.dev === held.dev;
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return false;
    throw error;
  }
}

function releaseOnce(file: Deno.FsFile): () => void {
  let held = true;
  return () => {
    if (!held) return;
    held = false;
    file.close(); // closing lets go: nobody else shares this open file
  };
}
