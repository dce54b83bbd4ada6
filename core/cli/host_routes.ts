import { buildRouteMap } from "@stricli/core";
import { command } from "./command.ts";
import { hostNames } from "./completion/live_names.ts";
import {
  type AgentFlags,
  outputFlag,
  type OutputFlags,
  rootFlag,
  timeoutFlag,
  waitFlag,
  type WaitFlags,
} from "./flags.ts";

/** What every command about one host takes. */
export type HostFlags = AgentFlags & OutputFlags;

export type DrainFlags = HostFlags & WaitFlags;

export type LostFlags = HostFlags & { readonly confirm?: boolean };

const flags = { root: rootFlag, output: outputFlag } as const;
const aliases = { o: "output" } as const;
const hostParameter = {
  parse: String,
  proposeCompletions: hostNames,
  placeholder: "HOST",
  brief: "Name of the host",
} as const;
const host = { kind: "tuple", parameters: [hostParameter] } as const;

const label = command<HostFlags, [string, ...string[]]>({
  brief: "Labels a host: policies choose hosts by their labels",
  usage: ["HOST LABEL=VALUE...", "HOST LABEL-..."],
  details:
    "LABEL- takes a label away. What is placed already stays where it is until it is placed anew.",
  load: async () => (await import("./commands/hosts.ts")).labelHost,
  parameters: {
    flags,
    aliases,
    positional: {
      kind: "array",
      minimum: 2,
      parameter: { parse: String, placeholder: "WORD", brief: "Host, then LABEL=VALUE or LABEL-" },
    },
  },
});

const drain = command<DrainFlags, [string]>({
  brief: "Moves all instances away from a host, and keeps it free",
  details: [
    "Each copy serves until the one that takes its place is ready. What finds no other host stays,",
    "and is tried again for as long as the host is drained. Undo it: khutulun host uncordon HOST",
  ].join("\n"),
  load: async () => (await import("./commands/hosts.ts")).drainHost,
  parameters: {
    flags: { ...flags, wait: waitFlag, timeout: timeoutFlag },
    aliases,
    positional: host,
  },
});

const lost = command<LostFlags, [string]>({
  brief: "Gives up a host that will not come back: what was on it moves at once",
  usage: ["HOST --confirm"],
  details: "Refused while the host's agent lives.",
  load: async () => (await import("./commands/hosts.ts")).loseHost,
  parameters: {
    flags: {
      ...flags,
      confirm: {
        kind: "boolean",
        optional: true,
        withNegated: false,
        brief: "Say that nothing of the host's runs any more",
      },
    },
    aliases,
    positional: host,
  },
});

/** `khutulun host …`. */
export const hostRoutes = buildRouteMap({
  docs: { brief: "Machines of the cluster" },
  routes: {
    list: command<HostFlags, []>({
      brief: "Lists hosts",
      load: async () => (await import("./commands/inventory.ts")).listHosts,
      parameters: { flags, aliases },
    }),
    show: command<HostFlags, [string]>({
      brief: "Shows a host and what is placed on it",
      load: async () => (await import("./commands/hosts.ts")).showHost,
      parameters: { flags, aliases, positional: host },
    }),
    label,
    cordon: command<HostFlags, [string]>({
      brief: "Keeps a host from taking new instances; what is there stays",
      load: async () => (await import("./commands/hosts.ts")).cordonHost,
      parameters: { flags, aliases, positional: host },
    }),
    uncordon: command<HostFlags, [string]>({
      brief: "Lets a host take instances again",
      load: async () => (await import("./commands/hosts.ts")).uncordonHost,
      parameters: { flags, aliases, positional: host },
    }),
    drain,
    remove: command<HostFlags, [string]>({
      brief: "Removes a host that has nothing any more and whose agent has ended",
      load: async () => (await import("./commands/hosts.ts")).removeHost,
      parameters: { flags, aliases, positional: host },
    }),
    lost,
  },
});
