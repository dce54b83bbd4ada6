import {
  defaultNamespace,
  fail,
  isDnsLabel,
  parseDurationMs,
  type ServiceRef,
} from "../base/mod.ts";
import { namespaceNames } from "./completion/live_names.ts";
import { type OutputFormat, outputFormats } from "./render/output.ts";

/** Which agent is spoken to. */
export interface AgentFlags {
  readonly root?: string;
}

export interface NamespaceFlags {
  readonly namespace?: string;
}

export interface OutputFlags {
  readonly output: OutputFormat;
}

export interface WaitFlags {
  readonly wait: boolean;
  readonly timeout: number;
}

export interface InputFlags {
  readonly input?: readonly string[];
  readonly inputs?: string;
}

export const rootFlag = {
  kind: "parsed",
  parse: String,
  optional: true,
  placeholder: "DIR",
  brief: "Directory that holds all of one agent; KHUTULUN_ROOT says the same",
} as const;

export const namespaceFlag = {
  kind: "parsed",
  parse: parseLabel,
  proposeCompletions: namespaceNames,
  optional: true,
  placeholder: "NAMESPACE",
  brief: "Namespace to look in",
} as const;

export const outputFlag = {
  kind: "enum",
  values: outputFormats,
  default: "table",
  brief: "Form of the output",
} as const;

export const waitFlag = {
  kind: "boolean",
  default: true,
  brief: "Wait until the service is as asked",
} as const;

export const timeoutFlag = {
  kind: "parsed",
  parse: parseTimeout,
  default: "5m",
  placeholder: "DURATION",
  brief: "How long to wait, as 30s or 5m",
} as const;

export const inputFlag = {
  kind: "parsed",
  parse: String,
  optional: true,
  variadic: true,
  placeholder: "NAME=VALUE",
  brief: "Sets an input of the template; may be given again",
} as const;

export const inputsFlag = {
  kind: "parsed",
  parse: String,
  optional: true,
  placeholder: "FILE",
  brief: "YAML file with inputs; --input wins over it",
} as const;

/** Returns the milliseconds of a duration on the command line. */
export function parseTimeout(text: string): number {
  const durationMs = parseDurationMs(text);
  if (durationMs === undefined || durationMs <= 0) {
    throw new SyntaxError(`"${text}" is no duration: write it as 30s or 5m`);
  }
  return durationMs;
}

/** Returns a count on the command line. */
export function parseCount(text: string): number {
  if (!/^\d{1,6}$/.test(text)) throw new SyntaxError(`"${text}" is no count`);
  return Number(text);
}

/** Returns a count that is not 0. */
export function parsePositive(text: string): number {
  const count = parseCount(text);
  if (count === 0) throw new SyntaxError(`"${text}" is no count above 0`);
  return count;
}

export function parseLabel(text: string): string {
  if (!isDnsLabel(text)) {
    throw new SyntaxError(`"${text}" is no name: use lower-case letters, digits and dashes`);
  }
  return text;
}

/** Returns the service that `NAME` or `NAMESPACE/NAME` means. */
export function parseRef(text: string, namespace: string | undefined): ServiceRef {
  const [first, second, ...rest] = text.split("/");
  const ref = second === undefined
    ? { namespace: namespace ?? defaultNamespace, service: first }
    : { namespace: first, service: second };
  const isNamed = isDnsLabel(ref.namespace) && isDnsLabel(ref.service);
  const isTwice = second !== undefined && namespace !== undefined && namespace !== first;
  if (rest.length > 0 || !isNamed || isTwice) {
    fail("CLI_USAGE", {
      what: isTwice
        ? `Cannot tell the namespace: "${text}" and --namespace ${namespace} differ`
        : `Cannot take "${text}" as the name of a service`,
      why: "A name is lower-case letters, digits and dashes, with its namespace before a slash",
      fix: `Write it as "shop" or "team-a/shop"`,
    });
  }
  return ref;
}
