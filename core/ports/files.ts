/** What a file is. */
export interface FileInfo {
  readonly kind: "file" | "directory" | "symlink" | "other";
  readonly sizeBytes: number;
  readonly modifiedMs: number;
  /** Permission bits, as `0o644`. */
  readonly mode: number;
  readonly uid: number;
  readonly gid: number;
  readonly device: number;
  readonly inode: number;
  /** How many names the file has. */
  readonly links: number;
}

/** POSIX names of the failures that callers tell apart; anything else is `EIO` with its own message. */
export type FileErrorCode =
  | "ENOENT"
  | "EEXIST"
  | "ENOTDIR"
  | "EISDIR"
  | "ENOTEMPTY"
  | "EACCES"
  | "EPERM"
  | "EROFS"
  | "ENOSPC"
  | "EDQUOT"
  | "EIO"
  | "ESTALE"
  | "EXDEV"
  | "ELOOP"
  | "ENAMETOOLONG"
  | "EMFILE"
  | "ENOTCONN"
  /** Ours: the operation did not come back before its deadline (a hung mount). */
  | "ETIMEDOUT";

/** A failed file operation. The state of the file is as the operation's own docstring says. */
export class FileError extends Error {
  override readonly name = "FileError";

  constructor(
    readonly code: FileErrorCode,
    readonly operation: string,
    readonly path: string,
    detail?: string,
  ) {
    super(`${code}: ${operation} "${path}"${detail ? `: ${detail}` : ""}`);
  }
}

/**
 * A file system. Paths are absolute. Every operation may throw a `FileError`.
 *
 * The operations are few and small so that a simulation can fail, or stop the host, between any two of them.
 */
export interface Files {
  readText(path: string): Promise<string>;
  readBytes(path: string): Promise<Uint8Array>;
  /** Creates a new file with this content and fsyncs it; `EEXIST` where there is one. A crash may leave it torn. */
  writeNew(path: string, content: string | Uint8Array, options?: { mode?: number }): Promise<void>;
  /** Appends to a file, making it where it is missing, and fsyncs where asked. */
  append(path: string, content: string, options?: { mode?: number; sync?: boolean }): Promise<void>;
  /** Makes `to` another name of the file `from`; `EEXIST` where `to` exists. Atomic (link(2)). */
  link(from: string, to: string): Promise<void>;
  /** Renames, replacing what `to` was. Atomic. */
  rename(from: string, to: string): Promise<void>;
  /** Removes one name of a file. */
  remove(path: string): Promise<void>;
  /** Makes a directory; with `parents`, what is missing above it, and an existing one is no error. */
  makeDirectory(path: string, options?: { mode?: number; parents?: boolean }): Promise<void>;
  removeDirectory(path: string): Promise<void>;
  /** Returns the names in a directory, sorted. On a network file system the list may be a minute old. */
  list(path: string): Promise<string[]>;
  /** Returns what a path is, without following a final symbolic link; nothing where there is none. */
  stat(path: string): Promise<FileInfo | undefined>;
  /** Returns the path with every symbolic link resolved. */
  realPath(path: string): Promise<string>;
  setMode(path: string, mode: number): Promise<void>;
  setOwner(path: string, uid: number, gid: number): Promise<void>;
  /** Makes renames, links and removals in a directory last through a power loss. */
  syncDirectory(path: string): Promise<void>;
}
