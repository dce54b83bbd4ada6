import { FileError, type FileErrorCode } from "../ports/mod.ts";

const codes: ReadonlySet<string> = new Set<FileErrorCode>([
  "ENOENT",
  "EEXIST",
  "ENOTDIR",
  "EISDIR",
  "ENOTEMPTY",
  "EACCES",
  "EPERM",
  "EROFS",
  "ENOSPC",
  "EDQUOT",
  "EIO",
  "ESTALE",
  "EXDEV",
  "ELOOP",
  "ENAMETOOLONG",
  "EMFILE",
  "ENOTCONN",
  "ETIMEDOUT",
]);

/** Linux numbers of the codes that Deno hands on without a name. */
const numbers: Readonly<Record<number, FileErrorCode>> = {
  5: "EIO",
  18: "EXDEV",
  24: "EMFILE",
  28: "ENOSPC",
  30: "EROFS",
  36: "ENAMETOOLONG",
  40: "ELOOP",
  107: "ENOTCONN",
  110: "ETIMEDOUT",
  116: "ESTALE",
  122: "EDQUOT",
};

/** Returns what an operating system's error is as a `FileError`; a code that nobody tells apart is `EIO` with its text. */
export function toFileError(error: unknown, operation: string, path: string): FileError {
  if (error instanceof FileError) return error;
  const { code, message = String(error) } = error as { code?: unknown; message?: string };
  if (typeof code === "string" && codes.has(code)) {
    return new FileError(code as FileErrorCode, operation, path);
  }
  const number = Number(/os error (\d+)/.exec(message)?.[1]);
  return new FileError(numbers[number] ?? "EIO", operation, path, message);
}
