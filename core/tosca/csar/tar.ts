import { joinPath } from "../resolve/source_files.ts";
import { ArchiveFault, Budget, entryPath } from "./limits.ts";
import {
  type ArchiveMember,
  type ArchiveSource,
  type ByteStream,
  GunzipStream,
  SourceStream,
} from "./source.ts";
import {
  blockBytes,
  decodeName,
  readPaxRecords,
  readTarHeader,
  type TarHeader,
} from "./tar_header.ts";

/** Extended headers say names; nobody's name is longer. */
const extendedBytesMax = 1024 * 1024;

/** Files of a gzipped archive that are kept while it is gone through: small ones, up to so many bytes in all. */
const kept = { fileBytesMax: 1024 * 1024, bytesMax: 32 * 1024 * 1024 } as const;

/** Returns the files of a tar archive; links inside of it are followed, others refused. */
export async function readTar(source: ArchiveSource, budget: Budget): Promise<ArchiveMember[]> {
  const read = (offset: number, length: number) => source.read(offset, length);
  return await scan(new SourceStream(source), budget, (header, offset) => ({
    read: async () => await whole(read(offset, header.sizeBytes), header),
  }));
}

/** Returns the files of a gzipped tar archive, which is gone through again for those that are large. */
export async function readTarGz(source: ArchiveSource, budget: Budget): Promise<ArchiveMember[]> {
  let held = 0;
  const stream = new GunzipStream(source, new Budget());
  return await scan(stream, budget, async (header, offset) => {
    const isKept = header.sizeBytes <= kept.fileBytesMax &&
      held + header.sizeBytes <= kept.bytesMax;
    if (isKept) {
      held += header.sizeBytes;
      const bytes = await whole(stream.take(header.sizeBytes), header);
      return { taken: bytes.length, read: () => Promise.resolve(bytes) };
    }
    return {
      read: async () => {
        const again = new GunzipStream(source, new Budget());
        await again.skip(offset);
        return await whole(again.take(header.sizeBytes), header);
      },
    };
  });
}

async function whole(bytes: Promise<Uint8Array>, header: TarHeader): Promise<Uint8Array> {
  const found = await bytes;
  if (found.length < header.sizeBytes) throw new ArchiveFault("it is cut off", header.name);
  return found;
}

/** How a file's content is had later; `taken` bytes of it are taken off the stream already. */
interface Content {
  readonly taken?: number;
  read(): Promise<Uint8Array>;
}

async function scan(
  stream: ByteStream,
  budget: Budget,
  contentOf: (header: TarHeader, offset: number) => Content | Promise<Content>,
): Promise<ArchiveMember[]> {
  const members: ArchiveMember[] = [];
  const links: Link[] = [];
  for await (const { header, offset, advance } of headersOf(stream)) {
    budget.addEntry();
    const path = entryPath(header.name);
    if (header.type === "1" || header.type === "2") {
      links.push({ path: path ?? header.name, target: linkTarget(header) });
    } else if (path !== undefined && (header.type === "0" || header.type === "7")) {
      budget.addBytes(header.sizeBytes);
      const content = await contentOf(header, offset);
      advance(content.taken ?? 0);
      members.push({ path, sizeBytes: header.sizeBytes, read: content.read });
    } else if (path !== undefined && header.type !== "5") {
      throw new ArchiveFault(
        `it is ${kinds[header.type] ?? "of an unknown kind"}, not a file`,
        header.name,
      );
    }
  }
  return [...members, ...followed(members, links)];
}

const kinds: Readonly<Record<string, string>> = {
  3: "a device",
  4: "a device",
  6: "a pipe",
  S: "a sparse file",
};

interface Found {
  readonly header: TarHeader;
  /** Where its content begins. */
  readonly offset: number;
  /** Tells that so much of the content is taken off the stream. */
  readonly advance: (taken: number) => void;
}

/** Goes from header to header; what extends one is laid over it. */
async function* headersOf(stream: ByteStream): AsyncGenerator<Found> {
  let offset = 0;
  let extension: Partial<TarHeader> = {};
  for (;;) {
    const block = await stream.take(blockBytes);
    offset += blockBytes;
    const header = block.length === 0 ? undefined : readTarHeader(block);
    if (!header) return;
    if ("xgLK".includes(header.type)) {
      if (header.sizeBytes > extendedBytesMax) {
        throw new ArchiveFault("an extended header is larger than 1 MiB");
      }
      const content = await whole(stream.take(header.sizeBytes), header);
      if (header.type !== "g") extension = { ...extension, ...extensionOf(header, content) };
      offset += await skipRest(stream, header.sizeBytes, header.sizeBytes);
      continue;
    }
    const extended = { ...header, ...extension };
    extension = {};
    let taken = 0;
    yield { header: extended, offset, advance: (length) => taken = length };
    // Links and folders have no content, whatever size they say.
    const size = "125".includes(extended.type) ? 0 : extended.sizeBytes;
    offset += await skipRest(stream, size, taken);
  }
}

function extensionOf(header: TarHeader, content: Uint8Array): Partial<TarHeader> {
  if (header.type === "L" || header.type === "K") {
    const text = decodeName(content).replace(/\0.*$/s, "");
    return header.type === "L" ? { name: text } : { linkName: text };
  }
  const records = readPaxRecords(content);
  const [path, linkName, size] = ["path", "linkpath", "size"].map((each) => records.get(each));
  if (size !== undefined && !/^\d{1,15}$/.test(size)) {
    throw new ArchiveFault("an extended header is damaged", header.name);
  }
  return {
    ...(path === undefined ? {} : { name: path }),
    ...(linkName === undefined ? {} : { linkName }),
    ...(size === undefined ? {} : { sizeBytes: Number(size) }),
  };
}

/** Skips what is left of a content and of its last block; returns the bytes of all its blocks. */
async function skipRest(stream: ByteStream, size: number, taken: number): Promise<number> {
  const blocks = Math.ceil(size / blockBytes) * blockBytes;
  await stream.skip(blocks - taken);
  return blocks;
}

interface Link {
  readonly path: string;
  readonly target: string;
}

/** Returns the files that links lead to, also over other links; a link to nothing is nothing. */
function followed(members: readonly ArchiveMember[], links: readonly Link[]): ArchiveMember[] {
  const byPath = new Map(members.map((each) => [each.path, each]));
  const made: ArchiveMember[] = [];
  for (const { path, target } of links) {
    const found = byPath.get(target);
    if (!found) continue;
    const member = { ...found, path };
    made.push(member);
    if (!byPath.has(path)) byPath.set(path, member);
  }
  return made;
}

function linkTarget({ name, type, linkName }: TarHeader): string {
  const target = type === "1" ? joinPath("", linkName) : joinPath(name, linkName);
  if (linkName.startsWith("/") || target.startsWith("../") || target === "..") {
    throw new ArchiveFault("it is a link that leaves the archive", name);
  }
  return target;
}
