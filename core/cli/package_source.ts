import type { Outcome } from "../base/mod.ts";
import { ProblemsError } from "../api/mod.ts";
import type { ArchiveSource, OpenedArchive } from "../tosca/mod.ts";
import { joinPath, normalPath } from "./paths.ts";
import { isUrl, type RemoteFiles } from "./remote_files.ts";
import type { Surroundings } from "./surroundings.ts";
import { noSuchPath, readFolder } from "./upload.ts";

/** How much of an archive is read at once. */
const windowBytes = 256 * 1024;

/** Whether a path is an archive, or a folder that is laid out as one. */
export async function isPackage(it: Surroundings, path: string): Promise<boolean> {
  if (/\.(csar|zip|tar|tar\.gz|tgz)$/i.test(path.replace(/[?#].*$/, ""))) return true;
  if (isUrl(path) || (await it.files.stat(path))?.kind !== "directory") return false;
  for (const meta of ["TOSCA.meta", "TOSCA-Metadata/TOSCA.meta"]) {
    if ((await it.files.stat(joinPath(path, meta)))?.kind === "file") return true;
  }
  return false;
}

/** Opens an archive, or a folder that is laid out as one. Of a file, only those parts are read that are asked for. */
export async function openPackage(it: Surroundings, remote: RemoteFiles, path: string) {
  const { openArchive, openArchiveFrom, openFolder } = await import("../tosca/mod.ts");
  if (isUrl(path)) return opened(await openArchive(await remote.require(path), path));
  const info = await it.files.stat(path) ?? noSuchPath(path);
  if (info.kind === "file") {
    return opened(await openArchiveFrom(sourceOf(it, path, info.sizeBytes), path));
  }
  const folder = normalPath(path);
  const contents = new Map(
    [...await readFolder(it, folder)].map(([file, bytes]) => [
      folder === "" ? file : file.slice(folder.length + 1),
      bytes,
    ]),
  );
  return opened(await openFolder(contents, path));
}

/** Returns all files of an archive that was opened. */
export async function unpackPackage(
  archive: OpenedArchive,
  path: string,
): Promise<ReadonlyMap<string, Uint8Array>> {
  const { unpackArchive } = await import("../tosca/mod.ts");
  const { value, problems } = await unpackArchive(archive, path);
  if (problems.length > 0) throw new ProblemsError(problems);
  return value;
}

/** A file on disk as the source of an archive. What is read next is mostly near what was read last. */
function sourceOf(it: Surroundings, path: string, length: number): ArchiveSource {
  let window: { offset: number; bytes: Uint8Array } = { offset: 0, bytes: new Uint8Array() };
  return {
    length,
    async read(offset, count) {
      if (count > windowBytes) return await it.files.readPart(path, offset, count);
      const { bytes } = window;
      const isInside = offset >= window.offset && offset + count <= window.offset + bytes.length;
      if (!isInside) {
        window = { offset, bytes: await it.files.readPart(path, offset, windowBytes) };
      }
      const at = offset - window.offset;
      return window.bytes.subarray(at, at + count);
    },
  };
}

function opened<T>({ value, problems }: Outcome<T | undefined>): T {
  if (value === undefined) throw new ProblemsError(problems);
  return value;
}
