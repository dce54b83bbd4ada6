import { fail, type Outcome } from "../base/mod.ts";
import { ProblemsError } from "../api/mod.ts";
import { joinPath, normalPath } from "./paths.ts";
import { isUrl, type RemoteFiles } from "./remote_files.ts";
import type { Surroundings } from "./surroundings.ts";
import { readFile, readFolder } from "./upload.ts";

const archiveBytesMax = 256 * 1024 * 1024;

/** Whether a path is an archive, or a folder that is laid out as one. */
export async function isPackage(it: Surroundings, path: string): Promise<boolean> {
  if (/\.(csar|zip|tar|tar\.gz|tgz)$/i.test(path.replace(/[?#].*$/, ""))) return true;
  if (isUrl(path) || (await it.files.stat(path))?.kind !== "directory") return false;
  for (const meta of ["TOSCA.meta", "TOSCA-Metadata/TOSCA.meta"]) {
    if ((await it.files.stat(joinPath(path, meta)))?.kind === "file") return true;
  }
  return false;
}

/** Opens an archive, or a folder that is laid out as one. */
export async function openPackage(it: Surroundings, remote: RemoteFiles, path: string) {
  const { openArchive, openFolder } = await import("../tosca/mod.ts");
  const info = isUrl(path) ? undefined : await it.files.stat(path);
  if (info?.kind === "directory") {
    const folder = normalPath(path);
    const contents = new Map(
      [...await readFolder(it, folder)].map(([file, bytes]) => [
        folder === "" ? file : file.slice(folder.length + 1),
        bytes,
      ]),
    );
    return opened(openFolder(contents, path));
  }
  if (info && info.sizeBytes > archiveBytesMax) {
    fail("CLI_FILE", {
      what: `Cannot read "${path}": it is larger than ${archiveBytesMax / 1024 / 1024} MiB`,
      fix: "Keep large artifacts out of the archive: name them by URL",
    });
  }
  const bytes = isUrl(path) ? await remote.require(path) : await readFile(it, path);
  return opened(await openArchive(bytes, path));
}

function opened<T>({ value, problems }: Outcome<T | undefined>): T {
  if (value === undefined) throw new ProblemsError(problems);
  return value;
}
