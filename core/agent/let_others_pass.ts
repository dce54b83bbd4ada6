import type { Files } from "../ports/mod.ts";

/** Execution by all: of a directory, the right to pass it. */
const passMode = 0o111;

/**
 * Lets other users pass a directory of the agent's, without a look at what is in it: workloads of theirs have files below. One
 * that is not there is left so.
 */
export async function letOthersPass(files: Files, path: string): Promise<void> {
  const found = await files.stat(path);
  if (found?.kind !== "directory" || (found.mode & passMode) === passMode) return;
  await files.setMode(path, found.mode | passMode);
}
