import type { Problem, ProblemCode } from "../base/mod.ts";

/** What a problem means for whoever asked: HTTP statuses and exit codes are made from this alone. */
export type ProblemKind =
  /** The command line or request is not of a form that we take. */
  | "usage"
  /** What was given is wrong: mend it and ask again. */
  | "input"
  | "not-found"
  /** Somebody changed it meanwhile, or holds it: look again and decide anew. */
  | "conflict"
  /** The host is of no cluster, and would have to join the one that is there. */
  | "not-member"
  /** The agent cannot be reached. */
  | "unreachable"
  | "forbidden"
  /** The shared state does not answer, or takes nothing. */
  | "unavailable"
  | "timeout"
  | "too-large"
  /** It was tried and did not work. */
  | "failed"
  /** A defect of ours. */
  | "internal";

const kinds: Readonly<Record<ProblemKind, { readonly status: number; readonly exit: number }>> = {
  usage: { status: 400, exit: 2 },
  input: { status: 422, exit: 3 },
  "not-found": { status: 404, exit: 4 },
  conflict: { status: 409, exit: 5 },
  "not-member": { status: 409, exit: 8 },
  unreachable: { status: 503, exit: 6 },
  forbidden: { status: 403, exit: 6 },
  unavailable: { status: 503, exit: 1 },
  timeout: { status: 504, exit: 7 },
  "too-large": { status: 413, exit: 3 },
  failed: { status: 500, exit: 1 },
  internal: { status: 500, exit: 1 },
};

/** Codes whose kind does not follow from their form. */
const exceptions: Partial<Record<ProblemCode, ProblemKind>> = {
  BASE_INTERNAL: "internal",
  API_BAD_REQUEST: "usage",
  CLI_USAGE: "usage",
  API_BODY_TOO_LARGE: "too-large",
  API_AGENT_NOT_RUNNING: "unreachable",
  API_CONNECTION_LOST: "unreachable",
  API_UNREACHABLE: "unreachable",
  API_ADDRESS_TAKEN: "conflict",
  API_AGENT_RUNNING: "conflict",
  API_SOCKET_FORBIDDEN: "forbidden",
  AGENT_STALE_PLAN: "conflict",
  AGENT_ALREADY_RUNNING: "conflict",
  AGENT_ALREADY_SEEDED: "not-member",
  AGENT_PACKAGE_USED: "conflict",
  AGENT_NO_SUCH_HOST: "not-found",
  AGENT_HOST_ALIVE: "conflict",
  AGENT_HOST_USED: "conflict",
  AGENT_NAME_AMBIGUOUS: "input",
  AGENT_TEMPLATE_MISSING: "input",
  AGENT_TEMPLATE_ENTRY: "input",
  AGENT_ISOLATED: "unavailable",
  STATE_UNREACHABLE: "unavailable",
  STATE_READ_ONLY: "unavailable",
  STATE_FULL: "unavailable",
  PLAN_REFUSED: "failed",
  PLAN_STAYS: "failed",
  PLAN_STEP_CYCLE: "failed",
  PLAN_STEP_CONFLICT: "failed",
  PLUGIN_UNKNOWN: "not-found",
  PLUGIN_MANIFEST: "input",
  PLUGIN_MODULE: "input",
  PLUGIN_CONTRACT: "input",
  CLI_NOT_READY: "failed",
  STATE_EPOCH: "conflict",
  STATE_EXISTS: "conflict",
  STATE_NAME: "input",
  STATE_PACKAGE_MISSING: "not-found",
  STATE_PACKAGE_PATH: "input",
  TRUST_TOKEN_INVALID: "input",
  TRUST_REQUEST_INVALID: "input",
  AGENT_ALREADY_JOINED: "conflict",
  AGENT_NAME_ALIVE: "conflict",
  TRUST_NAME_TAKEN: "conflict",
  TRUST_HOST_BELONGS: "conflict",
  TRUST_HOST_USED: "conflict",
  TRUST_STATE_DIFFERS: "conflict",
  TRUST_OTHER_CLUSTER: "conflict",
};

/** Forms of codes, first match wins. */
const forms: readonly (readonly [RegExp, ProblemKind])[] = [
  [/_NOT_FOUND$|^(AGENT|TRUST)_\w+_UNKNOWN$/, "not-found"],
  [/^TRUST_(CERTIFICATE|TOKEN|ROLE|WRONG)_/, "forbidden"],
  [/_TIMEOUT$/, "timeout"],
  [/_CONFLICT$|_STALE\w*$|_IN_USE$|_HELD$/, "conflict"],
  [/^(YAML|TOSCA|CLOUT|CLI|PLAN)_|_BAD_\w+$|_INVALID$/, "input"],
];

/** Returns what a problem means for whoever asked. */
export function problemKind(it: Pick<Problem, "code">): ProblemKind {
  return exceptions[it.code] ?? forms.find(([form]) => form.test(it.code))?.[1] ?? "failed";
}

/** Returns the HTTP status of an answer that says these problems: that of the first error. */
export function statusOf(problems: readonly Problem[]): number {
  const first = problems.find((each) => each.severity === "error") ?? problems[0];
  return first ? kinds[problemKind(first)].status : 500;
}

/** Returns the exit code of a command that ended with these problems: that of the first error. */
export function exitCodeOf(problems: readonly Problem[]): number {
  const first = problems.find((each) => each.severity === "error");
  return first ? kinds[problemKind(first)].exit : 0;
}
