import { type StoreContext, uniqueName } from "./_context.ts";
import { isFileError } from "./_file_problems.ts";
import { parentOf, removeIfThere, removeTree } from "./_directories.ts";

/** Temporary files of writers that died are removed when they are this old. */
const abandonedMs = 60 * 60 * 1_000;

/** Returns a name for a temporary file next to `path`: in the same directory, so that it can be linked. */
export function temporaryPath(
  context: Pick<StoreContext, "random" | "writer">,
  path: string,
): string {
  return `${parentOf(path)}/.${path.slice(path.lastIndexOf("/") + 1)}.${uniqueName(context)}.tmp`;
}

/** Whether a name is one that `temporaryPath` makes. */
export function isTemporary(name: string): boolean {
  return name.startsWith(".") && name.endsWith(".tmp");
}

/** Writes a file that replaces what `path` was: readers see the old or the new, whole. */
export async function replaceFile(
  context: Pick<StoreContext, "random" | "writer" | "files">,
  path: string,
  text: string,
  mode?: number,
): Promise<void> {
  const { files } = context;
  const temporary = temporaryPath(context, path);
  try {
    await files.writeNew(temporary, text, { mode });
    await files.rename(temporary, path);
  } catch (error) {
    await removeIfThere(context, temporary).catch(() => {}); // the first error says more
    throw error;
  }
  await files.syncDirectory(parentOf(path));
}

/**
 * Removes what writers that died have left in a directory. Ages are taken from the file system's own clock: `nowMs` is when it
 * says that the newest file was written.
 */
export async function sweepTemporary(
  context: Pick<StoreContext, "files">,
  directory: string,
  names: readonly string[],
  nowMs: number,
): Promise<void> {
  for (const name of names) {
    if (!isTemporary(name)) continue;
    const path = `${directory}/${name}`;
    const info = await context.files.stat(path);
    if (info && nowMs - info.modifiedMs > abandonedMs) await removeTree(context, path);
  }
}

/** Returns the names in a directory as `listNames` does, and removes what writers that died have left there. */
export async function listAndSweep(
  context: Pick<StoreContext, "files" | "clock">,
  directory: string,
): Promise<string[]> {
  let names: string[];
  try {
    names = await context.files.list(directory);
  } catch (error) {
    if (isFileError(error, "ENOENT")) return [];
    throw error;
  }
  // Whoever may only read can list all the same.
  await sweepTemporary(context, directory, names, context.clock.nowMs()).catch(() => {});
  return names.filter((name) => !name.startsWith("."));
}
