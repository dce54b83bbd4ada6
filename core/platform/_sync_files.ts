import * as fs from "node:fs";
import { FileError, type FileInfo } from "../ports/mod.ts";
import { toFileError } from "./_file_errors.ts";

/**
 * The operations of the port `Files` as synchronous calls: what runs inside the worker of `IsolatedFiles`.
 *
 * They are synchronous there on purpose: hung asynchronous ones would fill the pool of threads that all of them share.
 */
export const syncFiles = {
  readText: (path: string): string => fs.readFileSync(path, "utf8"),

  readBytes: (path: string): Uint8Array => new Uint8Array(fs.readFileSync(path)),

  writeNew(path: string, content: string | Uint8Array, options?: { mode?: number }): void {
    const file = fs.openSync(path, "wx", options?.mode ?? 0o644);
    try {
      writeAll(file, content);
      fs.fsyncSync(file);
      fs.closeSync(file);
    } catch (error) {
      closeQuietly(file);
      removeQuietly(path); // on a full disk, a torn file would only keep it full
      throw error;
    }
  },

  append(path: string, content: string, options?: { mode?: number; sync?: boolean }): void {
    const file = fs.openSync(path, "a", options?.mode ?? 0o644);
    try {
      writeAll(file, content);
      if (options?.sync) fs.fsyncSync(file);
    } finally {
      fs.closeSync(file);
    }
  },

  link: (from: string, to: string): void => fs.linkSync(from, to),
  rename: (from: string, to: string): void => fs.renameSync(from, to),
  remove(path: string): void {
    refuseDirectory(fs.lstatSync(path), path);
    fs.unlinkSync(path);
  },

  makeDirectory(path: string, options?: { mode?: number; parents?: boolean }): void {
    fs.mkdirSync(path, { mode: options?.mode ?? 0o755, recursive: options?.parents ?? false });
  },

  removeDirectory: (path: string): void => fs.rmdirSync(path),
  list: (path: string): string[] => fs.readdirSync(path).sort(),

  stat(path: string): FileInfo | undefined {
    try {
      return toFileInfo(fs.lstatSync(path));
    } catch (error) {
      if (isAbsence(error)) return undefined;
      throw error;
    }
  },

  realPath: (path: string): string => fs.realpathSync(path),
  setMode: (path: string, mode: number): void => fs.chmodSync(path, mode),
  setOwner: (path: string, uid: number, gid: number): void => fs.lchownSync(path, uid, gid),

  syncDirectory(path: string): void {
    const directory = fs.openSync(path, fs.constants.O_RDONLY | fs.constants.O_DIRECTORY);
    try {
      fs.fsyncSync(directory);
    } finally {
      fs.closeSync(directory);
    }
  },
};

/** The name of an operation. */
export type FileOperation = keyof typeof syncFiles;

/** Runs one operation, turning the system's errors into `FileError`s. */
export function runFileOperation(operation: FileOperation, args: readonly unknown[]): unknown {
  try {
    return (syncFiles[operation] as (...args: readonly unknown[]) => unknown)(...args);
  } catch (error) {
    throw toFileError(error, operation, String(args[0]));
  }
}

/** Returns the facts of a path from the system's own. */
export function toFileInfo(stats: fs.Stats): FileInfo {
  const kind = stats.isFile()
    ? "file"
    : stats.isDirectory()
    ? "directory"
    : stats.isSymbolicLink()
    ? "symlink"
    : "other";
  return {
    kind,
    sizeBytes: stats.size,
    modifiedMs: stats.mtimeMs,
    mode: stats.mode & 0o7777,
    uid: stats.uid,
    gid: stats.gid,
    device: stats.dev,
    inode: stats.ino,
    links: stats.nlink,
  };
}

/** Deno's unlink takes an empty directory for a file, where unlink(2) does not. */
export function refuseDirectory(stats: fs.Stats, path: string): void {
  if (stats.isDirectory()) throw new FileError("EISDIR", "remove", path);
}

/** Whether an error says that a path is not there. */
export function isAbsence(error: unknown): boolean {
  const code = (error as { code?: string }).code;
  return code === "ENOENT" || code === "ENOTDIR";
}

function writeAll(file: number, content: string | Uint8Array): void {
  const bytes = typeof content === "string" ? new TextEncoder().encode(content) : content;
  for (let written = 0; written < bytes.length;) {
    written += fs.writeSync(file, bytes, written, bytes.length - written);
  }
}

function closeQuietly(file: number): void {
  try {
    fs.closeSync(file);
  } catch { /* the error that brought us here says more */ }
}

function removeQuietly(path: string): void {
  try {
    fs.unlinkSync(path);
  } catch { /* likewise */ }
}
