import { type Problem, ProblemError, toProblem } from "../base/mod.ts";

/** Carries several problems up the stack: what an API answer can say at once. */
export class ProblemsError extends Error {
  override readonly name = "ProblemsError";

  constructor(readonly problems: readonly Problem[]) {
    super(problems.map((each) => `${each.code}: ${each.what}`).join("\n"));
  }
}

/** Returns the problems that an error carries; see `toProblem` for one that carries none. */
export function toProblems(error: unknown, doing: string): readonly Problem[] {
  if (error instanceof ProblemsError) return error.problems;
  if (error instanceof ProblemError) return [error.problem];
  return [toProblem(error, doing)];
}
