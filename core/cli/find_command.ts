import { routes } from "./routes.ts";

/** A command among what was typed. */
export interface FoundCommand {
  /** How many words name it: 2 for `service show`. */
  readonly words: number;
  /** `service show NAME`. */
  readonly usages: readonly string[];
}

/** Returns the command that the first words name, where they name one. */
export function findCommand(words: readonly string[]): FoundCommand | undefined {
  let map = routes;
  for (const [at, word] of words.entries()) {
    const target = map.getRoutingTargetForInput(word);
    if (target === undefined) return undefined;
    if ("getRoutingTargetForInput" in target) {
      map = target;
      continue;
    }
    // Our own commands look at the prefix alone; see `command()`.
    const args = { prefix: words.slice(0, at + 1) } as never;
    const usages = target.formatUsageLine(args).split("\n").map((line) => line.trim());
    return { words: at + 1, usages };
  }
  return undefined;
}
