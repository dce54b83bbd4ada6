import { command } from "./command.ts";
import { parseLabel, rootFlag } from "./flags.ts";
import type { SeedOptions } from "./surroundings.ts";

const modeFlag = {
  kind: "enum",
  values: ["system", "user"],
  optional: true,
  brief: "Whether units are the system's or this user's; by who runs it where absent",
} as const;

/** Which installed agent is meant. */
type InstalledFlags = Pick<SeedOptions, "root" | "mode">;

type SeedFlags = SeedOptions & { readonly install?: boolean };

/** Runs the agent, here or as a unit. */
export const seedCommand = command<SeedFlags, []>({
  brief:
    "Makes a cluster of one and runs its agent, or runs the agent of the cluster that is there",
  load: async () => {
    const { installAgent } = await import("./commands/install.ts");
    return async (it, { install, ...options }) =>
      install ? await installAgent(it, options) : await it.seed(options);
  },
  parameters: {
    flags: {
      root: rootFlag,
      state: {
        kind: "parsed",
        parse: String,
        optional: true,
        placeholder: "DIR",
        brief: "Directory that all hosts share",
      },
      name: {
        kind: "parsed",
        parse: parseLabel,
        optional: true,
        placeholder: "NAME",
        brief: "Name of the cluster",
      },
      address: {
        kind: "parsed",
        parse: String,
        optional: true,
        placeholder: "ADDRESS",
        brief: "Address under which other hosts reach this one",
      },
      mode: modeFlag,
      install: {
        kind: "boolean",
        optional: true,
        withNegated: false,
        brief: "Run it as a unit, now and after each boot, and return when it answers",
      },
    },
  },
});

export const installCommand = command<InstalledFlags, []>({
  brief: "Puts this executable in the place of the installed one, and starts the agent anew",
  load: async () => (await import("./commands/install.ts")).upgradeAgent,
  parameters: { flags: { root: rootFlag, mode: modeFlag } },
});

export const uninstallCommand = command<InstalledFlags, []>({
  brief: "Takes the agent away; services go on",
  load: async () => (await import("./commands/install.ts")).uninstallAgent,
  parameters: { flags: { root: rootFlag, mode: modeFlag } },
});

export const demoCommand = command<{ readonly keep?: boolean }, []>({
  brief: "Plays a whole session with a cluster of one in a temporary directory",
  load: () => Promise.resolve((it, { keep = false }) => it.demo({ keep })),
  parameters: {
    flags: {
      keep: {
        kind: "boolean",
        optional: true,
        withNegated: false,
        brief: "Leave it running, and say what to try next",
      },
    },
  },
});
