import { ProblemError } from "../base/mod.ts";
import type { StateDocument } from "./documents.ts";
import type { Generations } from "./store.ts";

/** How often a change is decided anew because another was faster. */
const attemptsMax = 20;

/**
 * Changes a document by compare-and-swap. It is decided on what is really there, and anew whenever somebody else was faster.
 *
 * @param decide Returns what is to be there in place of `before`; nothing where it is right as it is. May refuse by throwing.
 * @returns What is there then. Throws `STATE_CONFLICT` where others were faster twenty times in a row.
 */
export async function changeDocument<Spec>(
  document: Pick<Generations<Spec>, "newest" | "write">,
  decide: (before: Spec | undefined) => Spec | undefined | Promise<Spec | undefined>,
): Promise<StateDocument<Spec> | undefined> {
  for (let attempt = 1;; attempt++) {
    const before = await document.newest();
    const spec = await decide(before?.spec);
    if (spec === undefined) return before;
    try {
      return await document.write(spec, before?.generation ?? 0, { read: before });
    } catch (error) {
      if (!isConflict(error) || attempt >= attemptsMax) throw error;
    }
  }
}

/** Whether nothing was written because what the change was decided on is not the newest any more. */
export function isConflict(error: unknown): boolean {
  return error instanceof ProblemError && error.problem.code === "STATE_CONFLICT";
}
