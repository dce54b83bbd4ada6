import { type Problem, problem, ProblemError } from "../base/mod.ts";
import { FileError, type FileErrorCode } from "../ports/mod.ts";
import type { StoreContext } from "./_context.ts";

type Explanation = Pick<Problem, "code" | "why" | "fix">;

const full: Explanation = {
  code: "STATE_FULL",
  why: "There is no room left on its file system, or the quota is used up",
  fix: "Free space there; nothing that was acknowledged is lost",
};
const denied: Explanation = {
  code: "STATE_DENIED",
  why: "This user may not do that there",
  fix: "Run as the user that owns the state, or mend its owner and permissions",
};
const unreachable: Explanation = {
  code: "STATE_UNREACHABLE",
  why: "The file system does not answer; whether the operation happened is not known",
  fix: "Look at the mount and its server; this host goes on by itself once it answers",
};

const explanations: Partial<Record<FileErrorCode, Explanation>> = {
  ENOSPC: full,
  EDQUOT: full,
  EACCES: denied,
  EPERM: denied,
  EROFS: {
    code: "STATE_READ_ONLY",
    why: "Its file system is mounted read-only",
    fix: "Mount it read-write (a disk with errors is turned read-only by the kernel: see dmesg)",
  },
  ENOENT: {
    code: "STATE_MISSING",
    why: "It is not there",
    fix: "Check that the state directory is mounted and complete",
  },
  ENOTDIR: {
    code: "STATE_MISSING",
    why: "A file stands where a directory should be",
    fix: "Move that file away",
  },
  ETIMEDOUT: unreachable,
  ENOTCONN: unreachable,
  ESTALE: {
    code: "STATE_IO",
    why: "The server does not know the file handle any more (it was removed or exported anew)",
    fix: "Try again; if it stays, mount the file system again",
  },
};

/** Returns the problem of a failed file operation; the state is as it was, unless `why` says otherwise. */
export function fileProblem(error: FileError, doing: string, host: string): Problem {
  const { code, why, fix } = explanations[error.code] ?? {
    code: "STATE_IO" as const,
    why: error.message,
    fix: "Look at the disk or the mount (dmesg); nothing that was acknowledged is lost",
  };
  return problem(code, { what: `Cannot ${doing}`, why, fix, where: { host, subject: error.path } });
}

/** Does `work`, turning failed file operations into problems. `doing` completes "Cannot …". */
export async function guarded<T>(
  context: Pick<StoreContext, "writer">,
  doing: string,
  work: () => Promise<T>,
): Promise<T> {
  try {
    return await work();
  } catch (error) {
    if (!(error instanceof FileError)) throw error;
    throw new ProblemError(fileProblem(error, doing, context.writer.host));
  }
}

/** Whether an error is a failed file operation of one of these codes. */
export function isFileError(error: unknown, ...codes: readonly FileErrorCode[]): boolean {
  return error instanceof FileError && codes.includes(error.code);
}
