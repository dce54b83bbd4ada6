import type { StoreContext } from "./_context.ts";
import { isFileError } from "./_file_problems.ts";

/**
 * Makes a directory and what is missing above it, so that all of it survives a power loss.
 *
 * One that is there may have been made by somebody who died before it was to last: that is mended, once a life.
 */
export async function makeLastingDirectory(
  { files, lasting, root }: Pick<StoreContext, "files" | "lasting" | "root">,
  path: string,
  mode?: number,
): Promise<void> {
  const missing: string[] = [];
  let found = path;
  for (; found !== "" && !(await files.stat(found)); found = parentOf(found)) {
    missing.unshift(found);
  }
  if (found.startsWith(`${root}/`) && !lasting.has(found)) {
    await files.syncDirectory(parentOf(found) || "/");
    lasting.add(found);
  }
  for (const each of missing) {
    await files.makeDirectory(each, { mode, parents: true }); // another may have made it meanwhile
    await files.syncDirectory(parentOf(each) || "/");
    lasting.add(each);
  }
}

/** Returns the names in a directory, our temporary ones left out; none where there is no directory. */
export async function listNames(
  { files }: Pick<StoreContext, "files">,
  path: string,
  options: { readonly withHidden?: boolean } = {},
): Promise<string[]> {
  try {
    const names = await files.list(path);
    return options.withHidden ? names : names.filter((name) => !name.startsWith("."));
  } catch (error) {
    if (isFileError(error, "ENOENT")) return [];
    throw error;
  }
}

/** Removes a directory with all in it, as somebody else may do at the same time. */
export async function removeTree(
  context: Pick<StoreContext, "files">,
  path: string,
): Promise<void> {
  const { files } = context;
  const info = await files.stat(path);
  if (!info) return;
  if (info.kind !== "directory") return await removeIfThere(context, path);
  const names = await files.list(path).catch(ignoreAbsence);
  for (const name of names ?? []) await removeTree(context, `${path}/${name}`);
  await files.removeDirectory(path).catch(ignoreAbsence);
}

/** Removes a name; none is no error. */
export async function removeIfThere(
  { files }: Pick<StoreContext, "files">,
  path: string,
): Promise<void> {
  await files.remove(path).catch(ignoreAbsence);
}

/** Returns the text of a file, or nothing where there is none. */
export async function readIfThere(
  { files }: Pick<StoreContext, "files">,
  path: string,
): Promise<string | undefined> {
  // A network file system knows a removed or replaced file by a handle that is stale: the name, asked again, is not.
  for (let isRetry = false;; isRetry = true) {
    try {
      return await files.readText(path);
    } catch (error) {
      if (isFileError(error, "ENOENT")) return undefined;
      if (isRetry || !isFileError(error, "ESTALE")) throw error;
    }
  }
}

/** Returns the directory that a path is in. */
export function parentOf(path: string): string {
  return path.slice(0, path.lastIndexOf("/"));
}

function ignoreAbsence(error: unknown): undefined {
  if (!isFileError(error, "ENOENT")) throw error;
}
