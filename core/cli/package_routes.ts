import { buildRouteMap } from "@stricli/core";
import { command } from "./command.ts";
import { packageNames } from "./completion/live_names.ts";
import {
  type AgentFlags,
  namespaceFlag,
  type NamespaceFlags,
  outputFlag,
  type OutputFlags,
  rootFlag,
} from "./flags.ts";

export type PackageKind = "template" | "profile" | "plugin";
export type PackageFlags = AgentFlags & NamespaceFlags & OutputFlags;
export type RegisterFlags = PackageFlags & { readonly name?: string };

const briefs = {
  template: "Registered templates",
  profile: "Registered TOSCA profiles",
  plugin: "Registered plugins",
} as const;

/** `khutulun template|profile|plugin …`. */
export function packageRoutes(kind: PackageKind) {
  const flags = { root: rootFlag, namespace: namespaceFlag, output: outputFlag } as const;
  const aliases = { n: "namespace", o: "output" } as const;
  const name = {
    kind: "tuple",
    parameters: [{
      parse: String,
      proposeCompletions: packageNames(kind),
      placeholder: "NAME",
      brief: `Name of the ${kind}`,
    }],
  } as const;
  const actions = () => import("./commands/packages.ts");
  return buildRouteMap({
    docs: { brief: briefs[kind] },
    routes: {
      register: command<RegisterFlags, [string]>({
        brief: `Registers a ${kind} from a file or folder`,
        load: async () => (await actions()).registerPackage(kind),
        parameters: {
          flags: {
            ...flags,
            name: {
              kind: "parsed",
              parse: String,
              optional: true,
              placeholder: "NAME",
              brief: "Name to register it under; its own, or its file's, where absent",
            },
          },
          aliases,
          positional: {
            kind: "tuple",
            parameters: [{ parse: String, placeholder: "PATH", brief: "File or folder to upload" }],
          },
        },
      }),
      list: command<PackageFlags, []>({
        brief: `Lists ${kind}s`,
        load: async () => (await actions()).listPackages(kind),
        parameters: { flags, aliases },
      }),
      show: command<PackageFlags, [string]>({
        brief: `Shows a ${kind}: files, digest, who uses it`,
        load: async () => (await actions()).showPackage(kind),
        parameters: { flags, aliases, positional: name },
      }),
      remove: command<AgentFlags & NamespaceFlags, [string]>({
        brief: `Removes a ${kind} that nothing uses`,
        load: async () => (await actions()).removePackage(kind),
        parameters: {
          flags: { root: rootFlag, namespace: namespaceFlag },
          aliases: { n: "namespace" },
          positional: name,
        },
      }),
    },
  });
}
