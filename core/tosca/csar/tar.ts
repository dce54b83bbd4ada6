import { Gunzip } from "fflate";
import { unpackTar } from "modern-tar";
import { joinPath } from "../resolve/source_files.ts";
import { type ArchiveEntry, ArchiveFault, type Budget, entryPath } from "./limits.ts";

/** Returns the files of a tar archive; links inside of it are followed, others refused. */
export async function readTar(bytes: Uint8Array, budget: Budget): Promise<ArchiveEntry[]> {
  let unpacked: Awaited<ReturnType<typeof unpackTar>>;
  try {
    unpacked = await unpackTar(bytes, { strict: true });
  } catch (error) {
    throw new ArchiveFault(`it is no tar archive that can be read: ${(error as Error).message}`);
  }
  const entries: ArchiveEntry[] = [];
  const links: { path: string; target: string }[] = [];
  for (const { header, data } of unpacked) {
    budget.addEntry();
    const path = entryPath(header.name);
    if (header.type === "symlink" || header.type === "link") {
      links.push({ path: path ?? header.name, target: linkTarget(header) });
    } else if (path !== undefined && (header.type === undefined || header.type === "file")) {
      budget.addBytes(data?.length ?? 0);
      entries.push({ path, bytes: data ?? new Uint8Array() });
    } else if (
      path !== undefined && header.type !== "directory" && !/header$/.test(header.type ?? "")
    ) {
      throw new ArchiveFault(`it is a ${header.type}, not a file`, header.name);
    }
  }
  for (const { path, target } of links) {
    const found = entries.find((each) => each.path === target);
    if (found) entries.push({ path, bytes: found.bytes });
  }
  return entries;
}

function linkTarget(header: { name: string; type?: string; linkname?: string }): string {
  const { name, linkname = "" } = header;
  const target = header.type === "link" ? joinPath("", linkname) : joinPath(name, linkname);
  if (linkname.startsWith("/") || target.startsWith("../") || target === "..") {
    throw new ArchiveFault("it is a link that leaves the archive", name);
  }
  return target;
}

/** Unpacks gzip piece by piece, bounded. */
export function gunzip(bytes: Uint8Array, budget: Budget): Uint8Array {
  const chunks: Uint8Array[] = [];
  let length = 0;
  const gunzipper = new Gunzip((chunk) => {
    budget.addBytes(chunk.length);
    chunks.push(chunk);
    length += chunk.length;
  });
  try {
    const step = 64 * 1024;
    for (let at = 0; at < bytes.length; at += step) {
      gunzipper.push(bytes.subarray(at, at + step), at + step >= bytes.length);
    }
  } catch (error) {
    if (error instanceof ArchiveFault) throw error;
    throw new ArchiveFault("its gzip content is damaged");
  }
  const made = new Uint8Array(length);
  let at = 0;
  for (const chunk of chunks) {
    made.set(chunk, at);
    at += chunk.length;
  }
  return made;
}
