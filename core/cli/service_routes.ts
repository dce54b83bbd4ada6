import { buildRouteMap } from "@stricli/core";
import { command } from "./command.ts";
import {
  generationNames,
  hostNames,
  instanceNames,
  outputNames,
  packageNames,
  serviceAndInstanceNames,
  serviceAndOneInstanceName,
  serviceNames,
} from "./completion/live_names.ts";
import {
  type AgentFlags,
  inputFlag,
  type InputFlags,
  inputsFlag,
  namespaceFlag,
  type NamespaceFlags,
  outputFlag,
  type OutputFlags,
  parseCount,
  parseLabel,
  parsePositive,
  parseTimeout,
  rootFlag,
  timeoutFlag,
  waitFlag,
  type WaitFlags,
} from "./flags.ts";

/** What every command about one service takes. */
export type ServiceFlags = AgentFlags & NamespaceFlags;

export type PlanFlags = ServiceFlags & InputFlags & OutputFlags & { readonly save?: string };

export type DeployFlags = ServiceFlags & InputFlags & OutputFlags & WaitFlags & {
  readonly dryRun?: boolean;
  readonly plan?: string;
};

/** What commands take that change a service and wait for it. */
export type ChangeFlags = ServiceFlags & OutputFlags & WaitFlags;

export type UpdateFlags = ChangeFlags & InputFlags & {
  readonly dryRun?: boolean;
  readonly parallel?: number;
  readonly pause?: number;
  readonly rollback?: boolean;
};

export type DeleteFlags = ServiceFlags & OutputFlags & WaitFlags & {
  readonly forget?: readonly string[];
};

export type RollbackFlags = ChangeFlags & { readonly to?: number; readonly dryRun?: boolean };

export type ExecFlags = ServiceFlags & { readonly interactive?: boolean; readonly tty?: boolean };

export type LogFlags = ServiceFlags & { readonly follow?: boolean; readonly lines: number };

const one = { root: rootFlag, namespace: namespaceFlag } as const;
const oneShown = { ...one, output: outputFlag } as const;
const made = { ...oneShown, input: inputFlag, inputs: inputsFlag } as const;
const nameParameter = {
  parse: String,
  proposeCompletions: serviceNames,
  placeholder: "NAME",
  brief: "Service, as NAME or NAMESPACE/NAME",
} as const;
const name = { kind: "tuple", parameters: [nameParameter] } as const;
const nameAndTemplate = {
  kind: "tuple",
  parameters: [nameParameter, {
    parse: String,
    proposeCompletions: packageNames("template"),
    optional: true,
    placeholder: "TEMPLATE",
    brief: "Registered template, or a file or folder to upload; the same again where absent",
  }],
} as const;
const aliases = { n: "namespace" } as const;
const aliasesShown = { n: "namespace", o: "output" } as const;
const aliasesMade = { ...aliasesShown, i: "input" } as const;

const plan = command<PlanFlags, [string, string?]>({
  brief: "Shows what a deploy would do on each host, without doing it",
  usage: ["NAME [TEMPLATE] [--input NAME=VALUE]..."],
  load: async () => (await import("./commands/plan.ts")).planService,
  parameters: {
    flags: {
      ...made,
      save: {
        kind: "parsed",
        parse: String,
        optional: true,
        placeholder: "FILE",
        brief: "Keeps the plan for deploy --plan",
      },
    },
    aliases: aliasesMade,
    positional: nameAndTemplate,
  },
});

const deploy = command<DeployFlags, [string, string?]>({
  brief: "Deploys a service, or changes it to what is asked",
  usage: ["NAME [TEMPLATE] [--input NAME=VALUE]..."],
  details: [
    "TEMPLATE is the name of a registered template, or a path. Of a path, only what the template",
    "needs is uploaded: the file, what it imports, and its artifacts. Without TEMPLATE the service",
    "keeps its own, and inputs that are not given keep their values.",
  ].join("\n"),
  load: async () => (await import("./commands/deploy.ts")).deployService,
  parameters: {
    flags: {
      ...made,
      dryRun: { kind: "boolean", optional: true, withNegated: false, brief: "Only show the plan" },
      plan: {
        kind: "parsed",
        parse: String,
        optional: true,
        placeholder: "FILE",
        brief: "Deploys a plan kept by plan --save; refused if anything has moved since",
      },
      wait: waitFlag,
      timeout: timeoutFlag,
    },
    aliases: aliasesMade,
    positional: nameAndTemplate,
  },
});

const update = command<UpdateFlags, [string, string?]>({
  brief: "Takes a service to a newer template or other inputs, its instances in turn",
  usage: ["NAME [TEMPLATE] [--input NAME=VALUE]..."],
  details: [
    "Without TEMPLATE the newest registered template of the service's is taken. Inputs and counts",
    "that are not given stay. Where an instance fails or is not ready in time, the service becomes",
    "again what it was. Options win over the Update policies of the template.",
  ].join("\n"),
  load: async () => (await import("./commands/deploy.ts")).updateService,
  parameters: {
    flags: {
      ...made,
      dryRun: { kind: "boolean", optional: true, withNegated: false, brief: "Only show the plan" },
      parallel: {
        kind: "parsed",
        parse: parsePositive,
        optional: true,
        placeholder: "COUNT",
        brief: "How many instances of a node change at a time; 1 where nothing is said",
      },
      pause: {
        kind: "parsed",
        parse: parseTimeout,
        optional: true,
        placeholder: "DURATION",
        brief: "How long to wait between one that is ready and the next",
      },
      rollback: {
        kind: "boolean",
        optional: true,
        brief: "Take the update back where it fails",
      },
      wait: waitFlag,
      timeout: timeoutFlag,
    },
    aliases: aliasesMade,
    positional: nameAndTemplate,
  },
});

const scale = command<ChangeFlags, [string, ...string[]]>({
  brief: "Gives nodes of a service other numbers of instances",
  usage: ["NAME NODE=COUNT..."],
  details: "The numbers stay until the service is deployed from a template again.",
  load: async () => (await import("./commands/deploy.ts")).scaleService,
  parameters: {
    flags: { ...oneShown, wait: waitFlag, timeout: timeoutFlag },
    aliases: aliasesShown,
    positional: {
      kind: "array",
      minimum: 2,
      parameter: { parse: String, placeholder: "WORD", brief: "Service, then NODE=COUNT" },
    },
  },
});

const restart = command<ChangeFlags, [string, ...string[]]>({
  brief: "Starts instances anew, one of a node at a time",
  usage: ["NAME [INSTANCE...]"],
  load: async () => (await import("./commands/deploy.ts")).restartService,
  parameters: {
    flags: { ...oneShown, wait: waitFlag, timeout: timeoutFlag },
    aliases: aliasesShown,
    positional: {
      kind: "array",
      minimum: 1,
      parameter: {
        parse: String,
        proposeCompletions: serviceAndInstanceNames,
        placeholder: "WORD",
        brief: "Service, then instances; all where none is named",
      },
    },
  },
});

const rollback = command<RollbackFlags, [string]>({
  brief: "Deploys again what was asked in an earlier request",
  details: [
    "It becomes a new generation, with the template, inputs and plugins of then. Without --to it is",
    "the newest that is another than what is asked now.",
  ].join("\n"),
  load: async () => (await import("./commands/history.ts")).rollbackService,
  parameters: {
    flags: {
      ...oneShown,
      to: {
        kind: "parsed",
        parse: parseCount,
        proposeCompletions: generationNames,
        optional: true,
        placeholder: "REQUEST",
        brief: "The number of the request, as service history lists it",
      },
      dryRun: { kind: "boolean", optional: true, withNegated: false, brief: "Only show the plan" },
      wait: waitFlag,
      timeout: timeoutFlag,
    },
    aliases: aliasesShown,
    positional: name,
  },
});

const script = command<ServiceFlags & InputFlags, [string, string?]>({
  brief: "Writes a fresh deploy as a shell script to read",
  usage: ["NAME [TEMPLATE] [--input NAME=VALUE]..."],
  load: async () => (await import("./commands/plan.ts")).scriptService,
  parameters: {
    flags: { ...one, input: inputFlag, inputs: inputsFlag },
    aliases: { ...aliases, i: "input" },
    positional: nameAndTemplate,
  },
});

const remove = command<DeleteFlags, [string]>({
  brief: "Deletes a service and all that it has on the hosts",
  load: async () => (await import("./commands/deploy.ts")).deleteService,
  parameters: {
    flags: {
      ...oneShown,
      forget: {
        kind: "parsed",
        parse: parseLabel,
        proposeCompletions: hostNames,
        optional: true,
        variadic: true,
        placeholder: "HOST",
        brief: "Does not wait for a host that will not come back",
      },
      wait: waitFlag,
      timeout: timeoutFlag,
    },
    aliases: aliasesShown,
    positional: name,
  },
});

const logs = command<LogFlags, [string, string?]>({
  brief: "Shows what the instances of a service said",
  load: async () => (await import("./commands/logs.ts")).showLogs,
  parameters: {
    flags: {
      ...one,
      follow: {
        kind: "boolean",
        optional: true,
        withNegated: false,
        brief: "Go on with what comes",
      },
      lines: {
        kind: "parsed",
        parse: parseCount,
        default: "100",
        placeholder: "COUNT",
        brief: "How many of the last lines",
      },
    },
    aliases: { ...aliases, f: "follow" },
    positional: {
      kind: "tuple",
      parameters: [nameParameter, {
        parse: String,
        proposeCompletions: instanceNames,
        optional: true,
        placeholder: "INSTANCE",
        brief: "Only of this instance",
      }],
    },
  },
});

const exec = command<ExecFlags, string[]>({
  brief: "Runs a command where an instance runs",
  details: [
    "It has the user, environment and directory of the instance. Output and exit code are the",
    "command's own. For a shell: khutulun service exec -it NAME INSTANCE -- sh",
  ].join("\n"),
  usage: ["[-it] NAME INSTANCE -- COMMAND [ARGUMENT...]"],
  load: async () => (await import("./commands/exec.ts")).execInstance,
  parameters: {
    flags: {
      ...one,
      interactive: {
        kind: "boolean",
        optional: true,
        withNegated: false,
        brief: "Hand it the input too; without, it finds none",
      },
      tty: {
        kind: "boolean",
        optional: true,
        withNegated: false,
        brief: "Run it at a terminal of its own, as large as this one",
      },
    },
    aliases: { ...aliases, i: "interactive", t: "tty" },
    positional: {
      kind: "array",
      minimum: 3,
      parameter: {
        parse: String,
        proposeCompletions: serviceAndOneInstanceName,
        placeholder: "WORD",
        brief: "Service, instance, and the command",
      },
    },
  },
});

/** `khutulun service …`. */
export const serviceRoutes = buildRouteMap({
  docs: { brief: "Services: what runs on the cluster" },
  routes: {
    list: command<AgentFlags & NamespaceFlags & OutputFlags, []>({
      brief: "Lists services",
      load: async () => (await import("./commands/services.ts")).listServices,
      parameters: { flags: oneShown, aliases: aliasesShown },
    }),
    show: command<ServiceFlags & OutputFlags, [string]>({
      brief: "Shows a service: instances, connections, inputs, outputs, history",
      load: async () => (await import("./commands/services.ts")).showService,
      parameters: { flags: oneShown, aliases: aliasesShown, positional: name },
    }),
    plan,
    deploy,
    update,
    scale,
    restart,
    history: command<ServiceFlags & OutputFlags, [string]>({
      brief: "Lists what was asked for a service, oldest first",
      load: async () => (await import("./commands/history.ts")).showHistory,
      parameters: { flags: oneShown, aliases: aliasesShown, positional: name },
    }),
    rollback,
    output: command<ServiceFlags & OutputFlags, [string, string?]>({
      brief: "Shows the outputs of a service, or the value of one",
      load: async () => (await import("./commands/services.ts")).showOutputs,
      parameters: {
        flags: oneShown,
        aliases: aliasesShown,
        positional: {
          kind: "tuple",
          parameters: [nameParameter, {
            parse: String,
            proposeCompletions: outputNames,
            optional: true,
            placeholder: "OUTPUT",
            brief: "Prints only the value of this one",
          }],
        },
      },
    }),
    logs,
    exec,
    script,
    delete: remove,
  },
});
