import type { ProblemCode } from "./codes/mod.ts";
import { formatWhere, type Where } from "./where.ts";

/** How much a problem matters: an `error` stops what was asked, a `warning` does not. */
export type Severity = "error" | "warning";

/**
 * What went wrong, where, why, and how to mend it.
 *
 * `what` is one sentence without a closing period that names the action that failed, with values in
 * double quotes; `why` and `fix` are sentences of the same form.
 */
export interface Problem {
  readonly code: ProblemCode;
  readonly severity: Severity;
  readonly what: string;
  readonly where?: Where;
  readonly why?: string;
  readonly fix?: string;
  /** The problem or error behind this one. */
  readonly cause?: Problem;
}

/** What a processor that collects problems returns: a value, as far as one could be made, and every problem. */
export interface Outcome<T> {
  readonly value: T;
  readonly problems: readonly Problem[];
}

/** The parts of a problem that its maker writes; `severity` is `error` unless it says otherwise. */
export type ProblemParts = Omit<Problem, "severity" | "code"> & { readonly severity?: Severity };

/** Returns a problem of the given code. */
export function problem(code: ProblemCode, parts: ProblemParts): Problem {
  return { code, severity: "error", ...parts };
}

/** Carries a `Problem` up the stack. It is for expected failures; a broken invariant is an `assert`. */
export class ProblemError extends Error {
  override readonly name = "ProblemError";

  constructor(readonly problem: Problem) {
    super(`${problem.code}: ${problem.what}`);
  }
}

/** Throws a `ProblemError` of the given code. */
export function fail(code: ProblemCode, parts: ProblemParts): never {
  throw new ProblemError(problem(code, parts));
}

/**
 * Returns the problem that `error` carries; an error that carries none is a bug of ours and becomes
 * `BASE_INTERNAL`, which keeps its message and never shows a stack.
 */
export function toProblem(error: unknown, doing: string): Problem {
  if (error instanceof ProblemError) return error.problem;
  const message = error instanceof Error ? error.message : String(error);
  return problem("BASE_INTERNAL", {
    what: `Cannot ${doing}`,
    why: message,
    fix: "This is a defect of Khutulun: report it with the command and this text",
  });
}

/** Whether any of the problems is an error. */
export function hasErrors(problems: readonly Problem[]): boolean {
  return problems.some((each) => each.severity === "error");
}

/**
 * Returns the problem as lines of text, without colour:
 *
 *     shop.yaml:14:7: TOSCA_PROPERTY_MISSING
 *       what: Cannot compile node template "web": property "port" has no value
 *       why:  Node type "Process" requires it
 *       fix:  Assign "port" in properties
 */
export function formatProblem(it: Problem): string {
  const head = it.where ? `${formatWhere(it.where)}: ${it.code}` : it.code;
  const lines = [it.severity === "warning" ? `${head} (warning)` : head];
  lines.push(`  what: ${it.what}`);
  if (it.why) lines.push(`  why:  ${it.why}`);
  if (it.fix) lines.push(`  fix:  ${it.fix}`);
  if (it.cause) lines.push(...formatProblem(it.cause).split("\n").map((line) => `    ${line}`));
  return lines.join("\n");
}
