import { buildRouteMap } from "@stricli/core";
import { command } from "./command.ts";
import type { Shell } from "./completion/scripts.ts";

type NoFlags = Record<never, never>;

const scriptOf = (shell: Shell) =>
  command<NoFlags, []>({
    brief: `Prints what ${shell} reads to complete our commands`,
    load: async () => (await import("./commands/completion.ts")).printScript(shell),
    parameters: {},
  });

/** `khutulun completion …`. */
export const completionRoutes = buildRouteMap({
  docs: {
    brief: "Scripts with which a shell completes commands, options and names",
    hideRoute: { words: true },
  },
  routes: {
    bash: scriptOf("bash"),
    zsh: scriptOf("zsh"),
    fish: scriptOf("fish"),
    words: command<NoFlags, string[]>({
      brief: "Prints what may stand in the place of the last word: what those scripts ask",
      usage: ["-- WORD..."],
      load: async () => (await import("./commands/completion.ts")).proposeWords,
      parameters: {
        positional: {
          kind: "array",
          parameter: { parse: String, placeholder: "WORD", brief: "The line as typed so far" },
        },
      },
    }),
  },
});
