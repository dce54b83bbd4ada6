import { buildRouteMap } from "@stricli/core";
import { command } from "./command.ts";
import {
  type AgentFlags,
  namespaceFlag,
  outputFlag,
  type OutputFlags,
  parseCount,
  parseTimeout,
  rootFlag,
} from "./flags.ts";
import type {
  ContextCreateFlags,
  JoinFlags,
  SecretFlags,
  SecretSetFlags,
  SecretShowFlags,
  TokenFlags,
  TrustFlags,
} from "./trust_flags.ts";

const flags = { root: rootFlag, output: outputFlag } as const;
const aliases = { o: "output" } as const;
const plain = { flags, aliases } as const;
const named = {
  flags: { ...flags, namespace: namespaceFlag },
  aliases: { ...aliases, n: "namespace" },
} as const;

function one(placeholder: string, brief: string) {
  return { kind: "tuple", parameters: [{ parse: String, placeholder, brief }] } as const;
}

function text(placeholder: string, brief: string) {
  return { kind: "parsed", parse: String, optional: true, placeholder, brief } as const;
}

function yes(brief: string) {
  return { kind: "boolean", optional: true, withNegated: false, brief } as const;
}

function ttl(standard: string, brief: string) {
  return {
    kind: "parsed",
    parse: parseTimeout,
    default: standard,
    placeholder: "DURATION",
    brief,
  } as const;
}

export const joinCommand = command<JoinFlags, [string]>({
  brief: "Makes this host one of a cluster, and runs its agent",
  details: [
    "The token is made on a host of the cluster: khutulun cluster token create. Both hosts must see the",
    "same state directory. A token may come from a file: khutulun join @FILE",
  ].join("\n"),
  load: async () => (await import("./commands/join.ts")).join,
  parameters: {
    flags: {
      root: rootFlag,
      state: text("DIR", "Directory that all hosts share, where it is mounted here"),
      address: text("ADDRESS", "Address under which other hosts reach this one"),
      mode: {
        kind: "enum",
        values: ["system", "user"],
        optional: true,
        brief: "Whether units are the system's or this user's; by who runs it where absent",
      },
      install: yes("Run the agent as a unit, now and after each boot, and return when it answers"),
    },
    positional: one("TOKEN", "What khutulun cluster token create has printed"),
  },
});

export const leaveCommand = command<AgentFlags, []>({
  brief: "Takes this host out of its cluster; nothing may be placed on it any more",
  load: async () => (await import("./commands/join.ts")).leave,
  parameters: { flags: { root: rootFlag } },
});

export const tokenRoutes = buildRouteMap({
  docs: { brief: "What hosts join the cluster by" },
  routes: {
    create: command<TokenFlags, []>({
      brief: "Makes a join token and prints it; it is told this once",
      load: async () => (await import("./commands/tokens.ts")).createToken,
      parameters: {
        flags: {
          ...flags,
          ttl: ttl("1h", "How long it can be used"),
          singleUse: yes("One host alone can join by it"),
        },
        aliases,
      },
    }),
    list: command<TrustFlags, []>({
      brief: "Lists join tokens, without themselves",
      load: async () => (await import("./commands/tokens.ts")).listTokens,
      parameters: plain,
    }),
    revoke: command<TrustFlags, [string]>({
      brief: "Makes a join token useless; hosts that have joined stay",
      load: async () => (await import("./commands/tokens.ts")).revokeToken,
      parameters: { ...plain, positional: one("ID", "Of the token, as token list shows it") },
    }),
  },
});

export const keyRoutes = buildRouteMap({
  docs: { brief: "Keys that gossip between hosts is encrypted with" },
  routes: {
    list: command<TrustFlags, []>({
      brief: "Shows which hosts have which keys, without the keys",
      load: async () => (await import("./commands/keys.ts")).listKeys,
      parameters: plain,
    }),
    rotate: command<TrustFlags, []>({
      brief: "Replaces the key on all hosts; goes on with a rotation that was cut short",
      load: async () => (await import("./commands/keys.ts")).rotateKeys,
      parameters: plain,
    }),
  },
});

export const contextRoutes = buildRouteMap({
  docs: { brief: "Clusters that are spoken to from far away" },
  routes: {
    create: command<ContextCreateFlags, [string]>({
      brief: "Makes a certificate and key for an administrator",
      details:
        "Without --to it is kept among this user's contexts. A file is to be copied like a key: khutulun context add FILE",
      load: async () => (await import("./commands/contexts.ts")).createContext,
      parameters: {
        flags: {
          root: rootFlag,
          ttl: ttl("90d", "How long it is valid"),
          to: text("FILE", "Write it to a file, for another machine"),
        },
        positional: one("NAME", "Of the context, and of who uses it in the audit log"),
      },
    }),
    add: command<Record<never, never>, [string]>({
      brief: "Takes a context from a file that context create has written",
      load: async () => (await import("./commands/contexts.ts")).addContext,
      parameters: { positional: one("FILE", "What context create --to has written") },
    }),
    list: command<OutputFlags, []>({
      brief: "Lists this user's contexts",
      load: async () => (await import("./commands/contexts.ts")).listContexts,
      parameters: { flags: { output: outputFlag }, aliases },
    }),
    use: command<Record<never, never>, [string]>({
      brief: 'Speaks to this cluster from now on; "none" is the agent of this host',
      load: async () => (await import("./commands/contexts.ts")).useContext,
      parameters: { positional: one("NAME", "Of the context, or none") },
    }),
    revoke: command<TrustFlags, [string]>({
      brief: "Makes contexts of this name useless, wherever they are",
      details: "Those that are made anew afterwards are good.",
      load: async () => (await import("./commands/contexts.ts")).revokeContext,
      parameters: { ...plain, positional: one("NAME", "Of the context") },
    }),
    remove: command<Record<never, never>, [string]>({
      brief: "Forgets a context, with its key",
      load: async () => (await import("./commands/contexts.ts")).removeContext,
      parameters: { positional: one("NAME", "Of the context") },
    }),
  },
});

const secretName = one("NAME", "Of the secret");

export const secretRoutes = buildRouteMap({
  docs: { brief: "Values that workloads alone should see" },
  routes: {
    set: command<SecretSetFlags, [string]>({
      brief: "Keeps a value, encrypted to the hosts that may have it",
      details:
        "The value is read from standard input, less one line break at its end, or from --file as it is.",
      load: async () => (await import("./commands/secrets.ts")).setSecret,
      parameters: {
        flags: {
          ...named.flags,
          file: text("FILE", "Read the value from a file"),
          host: {
            kind: "parsed",
            parse: String,
            optional: true,
            variadic: true,
            placeholder: "HOST",
            brief: "Only this host may have it; may be given again",
          },
        },
        aliases: named.aliases,
        positional: secretName,
      },
    }),
    list: command<SecretFlags, []>({
      brief: "Lists secrets, without their values",
      load: async () => (await import("./commands/secrets.ts")).listSecrets,
      parameters: named,
    }),
    show: command<SecretShowFlags, [string]>({
      brief: "Shows what is known of a secret, and its value with --reveal",
      load: async () => (await import("./commands/secrets.ts")).showSecret,
      parameters: {
        flags: { ...named.flags, reveal: yes("Print the value; the audit log tells of it") },
        aliases: named.aliases,
        positional: secretName,
      },
    }),
    remove: command<SecretFlags, [string]>({
      brief: "Removes a secret with its history, where no service reads it",
      load: async () => (await import("./commands/secrets.ts")).removeSecret,
      parameters: { ...named, positional: secretName },
    }),
  },
});

export const auditCommand = command<TrustFlags & { readonly limit: number }, []>({
  brief: "Shows who did what, from where, and what was refused",
  load: async () => (await import("./commands/audit.ts")).showAudit,
  parameters: {
    flags: {
      ...flags,
      limit: {
        kind: "parsed",
        parse: parseCount,
        default: "50",
        placeholder: "COUNT",
        brief: "How many of the newest",
      },
    },
    aliases,
  },
});
