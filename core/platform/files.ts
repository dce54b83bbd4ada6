import { constants } from "node:fs";
import * as fs from "node:fs/promises";
import type { FileInfo, Files } from "../ports/mod.ts";
import { toFileError } from "./_file_errors.ts";
import { isAbsence, refuseDirectory, toFileInfo } from "./_sync_files.ts";

/**
 * The host's own file system, without a guard against hanging: for paths on local disks.
 *
 * The shared state goes through `IsolatedFiles`.
 */
export class LocalFiles implements Files {
  readText(path: string): Promise<string> {
    return attempt("readText", path, () => fs.readFile(path, "utf8"));
  }

  readBytes(path: string): Promise<Uint8Array> {
    return attempt("readBytes", path, async () => new Uint8Array(await fs.readFile(path)));
  }

  writeNew(
    path: string,
    content: string | Uint8Array,
    options?: { mode?: number },
  ): Promise<void> {
    return attempt("writeNew", path, async () => {
      const file = await fs.open(path, "wx", options?.mode ?? 0o644);
      try {
        await writeAll(file, content);
        await file.sync();
      } catch (error) {
        await fs.unlink(path).catch(() => {}); // on a full disk, a torn file would only keep it full
        throw error;
      } finally {
        await file.close();
      }
    });
  }

  append(
    path: string,
    content: string,
    options?: { mode?: number; sync?: boolean },
  ): Promise<void> {
    return attempt("append", path, async () => {
      const file = await fs.open(path, "a", options?.mode ?? 0o644);
      try {
        await writeAll(file, content);
        if (options?.sync) await file.sync();
      } finally {
        await file.close();
      }
    });
  }

  link(from: string, to: string): Promise<void> {
    return attempt("link", from, () => fs.link(from, to));
  }

  rename(from: string, to: string): Promise<void> {
    return attempt("rename", from, () => fs.rename(from, to));
  }

  remove(path: string): Promise<void> {
    return attempt("remove", path, async () => {
      refuseDirectory(await fs.lstat(path), path);
      await fs.unlink(path);
    });
  }

  makeDirectory(path: string, options?: { mode?: number; parents?: boolean }): Promise<void> {
    return attempt("makeDirectory", path, async () => {
      await fs.mkdir(path, {
        mode: options?.mode ?? 0o755,
        recursive: options?.parents ?? false,
      });
    });
  }

  removeDirectory(path: string): Promise<void> {
    return attempt("removeDirectory", path, () => fs.rmdir(path));
  }

  list(path: string): Promise<string[]> {
    return attempt("list", path, async () => (await fs.readdir(path)).sort());
  }

  stat(path: string): Promise<FileInfo | undefined> {
    return attempt("stat", path, async () => {
      try {
        return toFileInfo(await fs.lstat(path));
      } catch (error) {
        if (isAbsence(error)) return undefined;
        throw error;
      }
    });
  }

  realPath(path: string): Promise<string> {
    return attempt("realPath", path, () => fs.realpath(path));
  }

  setMode(path: string, mode: number): Promise<void> {
    return attempt("setMode", path, () => fs.chmod(path, mode));
  }

  setOwner(path: string, uid: number, gid: number): Promise<void> {
    return attempt("setOwner", path, () => fs.lchown(path, uid, gid));
  }

  syncDirectory(path: string): Promise<void> {
    return attempt("syncDirectory", path, async () => {
      const directory = await fs.open(path, constants.O_RDONLY | constants.O_DIRECTORY);
      try {
        await directory.sync();
      } finally {
        await directory.close();
      }
    });
  }
}

async function attempt<T>(operation: string, path: string, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    throw toFileError(error, operation, path);
  }
}

async function writeAll(file: fs.FileHandle, content: string | Uint8Array): Promise<void> {
  const bytes = typeof content === "string" ? new TextEncoder().encode(content) : content;
  for (let written = 0; written < bytes.length;) {
    const { bytesWritten } = await file.write(bytes, written, bytes.length - written);
    written += bytesWritten;
  }
}
