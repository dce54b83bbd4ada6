import { proposeCompletions } from "@stricli/core";
import { buildKhutulun } from "../application.ts";
import type { CliContext } from "../command.ts";
import { completionScript, type Shell } from "../completion/scripts.ts";
import type { Surroundings } from "../surroundings.ts";

/** Returns the action that prints the script of a shell. */
export function printScript(shell: Shell) {
  return (it: Surroundings): Promise<void> => {
    it.stdout.write(completionScript(shell));
    return Promise.resolve();
  };
}

/**
 * Prints what may stand in the place of the last word, each with a tab and what it is. Options are proposed when a dash is
 * typed; where nothing is printed, shells propose files.
 */
export async function proposeWords(
  it: Surroundings,
  _flags: Record<never, never>,
  ...words: string[]
): Promise<void> {
  const partial = words.at(-1) ?? "";
  const typed = words.slice(0, -1);
  const process = { stdout: it.stdout, stderr: it.stderr };
  const context: CliContext = { process, surroundings: it, typed };
  const found = await proposeCompletions(buildKhutulun(), [...typed, partial], context)
    .catch(() => []); // what is typed so far is no command line
  const shown = found.filter(({ kind }) => kind !== "argument:flag" || partial.startsWith("-"));
  it.stdout.write(shown.map((each) => `${each.completion}\t${each.brief}\n`).join(""));
}
