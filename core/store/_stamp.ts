import type { StoreContext } from "./_context.ts";

/** How long ago the last write has to be for its time to tell of the next one, whatever the host's clock says meanwhile. */
const settlesMs = 10_000;

/**
 * Returns a text that is another one once a name in one of the directories was made, removed or replaced. Nothing where that
 * cannot be told: the first of them is not there, or one has changed just now, for two writes may fall into one tick of
 * the file system's clock.
 */
export async function stampOf(
  { clock, files }: Pick<StoreContext, "clock" | "files">,
  directories: readonly string[],
): Promise<string | undefined> {
  const found = await Promise.all(directories.map((path) => files.stat(path)));
  const changedMs = Math.max(...found.map((each) => each?.modifiedMs ?? 0));
  if (found[0] === undefined || changedMs > clock.nowMs() - settlesMs) return undefined;
  return found.map((each) => each && `${each.inode} ${each.modifiedMs}`).join();
}
