import { buildRouteMap } from "@stricli/core";
import { command } from "./command.ts";
import {
  type AgentFlags,
  namespaceFlag,
  type NamespaceFlags,
  outputFlag,
  type OutputFlags,
  parseCount,
  rootFlag,
} from "./flags.ts";
import { completionRoutes } from "./completion_routes.ts";
import { serviceNames, subjectNames } from "./completion/live_names.ts";
import { demoCommand, installCommand, seedCommand, uninstallCommand } from "./agent_routes.ts";
import { hostRoutes } from "./host_routes.ts";
import { packageRoutes } from "./package_routes.ts";
import { serviceRoutes } from "./service_routes.ts";
import {
  auditCommand,
  contextRoutes,
  joinCommand,
  keyRoutes,
  leaveCommand,
  secretRoutes,
  tokenRoutes,
} from "./trust_routes.ts";
import { toscaRoutes } from "./tosca_routes.ts";

const listFlags = {
  flags: { root: rootFlag, output: outputFlag },
  aliases: { o: "output" },
} as const;
const listFlagsInNamespace = {
  flags: { ...listFlags.flags, namespace: namespaceFlag },
  aliases: { o: "output", n: "namespace" },
} as const;

type ListFlags = AgentFlags & OutputFlags;

const instanceList = command<ListFlags & NamespaceFlags, [string?]>({
  brief: "Lists instances: where they run and how they are",
  load: async () => (await import("./commands/inventory.ts")).listInstances,
  parameters: { ...listFlagsInNamespace, positional: optionalService() },
});

const connectionList = command<ListFlags & NamespaceFlags, [string?]>({
  brief: "Lists connections between instances",
  load: async () => (await import("./commands/inventory.ts")).listConnections,
  parameters: { ...listFlagsInNamespace, positional: optionalService() },
});

const eventList = command<
  ListFlags & NamespaceFlags & { readonly watch?: boolean; readonly limit: number },
  [string?]
>({
  brief: "Lists what happened, oldest first",
  load: async () => (await import("./commands/events.ts")).listEvents,
  parameters: {
    flags: {
      ...listFlagsInNamespace.flags,
      watch: {
        kind: "boolean",
        optional: true,
        withNegated: false,
        brief: "Go on with what happens",
      },
      limit: {
        kind: "parsed",
        parse: parseCount,
        default: "50",
        placeholder: "COUNT",
        brief: "How many of the newest",
      },
    },
    aliases: { ...listFlagsInNamespace.aliases, w: "watch" },
    positional: optionalService(),
  },
});

const why = command<AgentFlags & NamespaceFlags & OutputFlags, [string]>({
  brief: "Explains why a service or an instance is as it is, and what would mend it",
  load: async () => (await import("./commands/why.ts")).why,
  parameters: {
    ...listFlagsInNamespace,
    positional: {
      kind: "tuple",
      parameters: [{
        parse: String,
        proposeCompletions: subjectNames,
        placeholder: "NAME",
        brief: "Service or instance",
      }],
    },
  },
});

/** Every command. */
export const routes = buildRouteMap({
  docs: {
    brief: "Runs services on clusters of machines, as a good sysadmin would have done by hand",
    fullDescription: [
      "Runs services on clusters of machines, as a good sysadmin would have done by hand.",
      "To a cluster far away: khutulun --context NAME COMMAND (see khutulun context --help)",
    ].join("\n"),
  },
  routes: {
    seed: seedCommand,
    join: joinCommand,
    leave: leaveCommand,
    install: installCommand,
    uninstall: uninstallCommand,
    demo: demoCommand,
    service: serviceRoutes,
    instance: buildRouteMap({
      docs: { brief: "Running copies of nodes" },
      routes: { list: instanceList },
    }),
    connection: buildRouteMap({
      docs: { brief: "What joins instances" },
      routes: { list: connectionList },
    }),
    cluster: buildRouteMap({
      docs: { brief: "The cluster as a whole" },
      routes: {
        status: command<ListFlags, []>({
          brief: "Tells how hosts and services are",
          load: async () => (await import("./commands/hosts.ts")).showCluster,
          parameters: listFlags,
        }),
        token: tokenRoutes,
        key: keyRoutes,
      },
    }),
    context: contextRoutes,
    secret: secretRoutes,
    audit: auditCommand,
    host: hostRoutes,
    namespace: buildRouteMap({
      docs: { brief: "Namespaces of services and packages" },
      routes: {
        list: command<ListFlags, []>({
          brief: "Lists namespaces",
          load: async () => (await import("./commands/inventory.ts")).listNamespaces,
          parameters: listFlags,
        }),
      },
    }),
    event: buildRouteMap({ docs: { brief: "What happened" }, routes: { list: eventList } }),
    why,
    doctor: command<ListFlags, []>({
      brief: "Examines the host and the state directory",
      load: async () => (await import("./commands/doctor.ts")).doctor,
      parameters: listFlags,
    }),
    template: packageRoutes("template"),
    profile: packageRoutes("profile"),
    plugin: packageRoutes("plugin"),
    tosca: toscaRoutes,
    version: command<OutputFlags, []>({
      brief: "Prints the version",
      load: async () => (await import("./commands/help.ts")).printVersion,
      parameters: { flags: { output: outputFlag }, aliases: { o: "output" } },
    }),
    completion: completionRoutes,
    help: buildRouteMap({
      docs: { brief: "More to read" },
      routes: {
        exitCodes: command<Record<never, never>, []>({
          brief: "What the exit codes mean",
          load: async () => (await import("./commands/help.ts")).helpExitCodes,
          parameters: {},
        }),
      },
    }),
  },
});

function optionalService() {
  return {
    kind: "tuple",
    parameters: [{
      parse: String,
      proposeCompletions: serviceNames,
      optional: true,
      placeholder: "SERVICE",
      brief: "Only of this service",
    }],
  } as const;
}
