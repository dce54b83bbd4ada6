import { ArchiveFault, archiveLimits } from "./limits.ts";
import type { ArchiveSource } from "./source.ts";
import { decodeName } from "./tar_header.ts";

/** One file as the central directory of a zip archive tells it. */
export interface ZipEntry {
  readonly name: string;
  /** 0: stored, 8: deflated. */
  readonly method: number;
  readonly packedBytes: number;
  readonly sizeBytes: number;
  readonly crc: number;
  /** Where its local header is. */
  readonly offset: number;
  readonly isLink: boolean;
}

const endBytes = 22;
const locatorBytes = 20;
/** An entry has 46 bytes, a name and more; a directory that is larger is none of ours. */
const directoryBytesMax = archiveLimits.entriesMax * 1024;

/** Reads the central directory at an archive's end, with the fields of zip64 where it needs them. */
export async function readDirectory(source: ArchiveSource): Promise<ZipEntry[]> {
  const { count, offset, end } = await findDirectory(source);
  if (count > archiveLimits.entriesMax) {
    throw new ArchiveFault(`it holds more than ${archiveLimits.entriesMax} entries`);
  }
  if (offset > end || end - offset > directoryBytesMax) {
    throw new ArchiveFault("its central directory is damaged");
  }
  const bytes = await source.read(offset, end - offset);
  const view = viewOf(bytes);
  const entries: ZipEntry[] = [];
  let at = 0;
  for (let index = 0; index < count; index++) {
    if (at + 46 > bytes.length || view.getUint32(at, true) !== 0x02014b50) {
      throw new ArchiveFault("its central directory is damaged");
    }
    const read = readEntry(view, bytes, at);
    entries.push(read.entry);
    at = read.next;
  }
  return entries;
}

interface Directory {
  readonly count: number;
  readonly offset: number;
  /** Where it ends at the latest. */
  readonly end: number;
}

async function findDirectory(source: ArchiveSource): Promise<Directory> {
  // A comment of up to 65,535 bytes may follow, and zip64's locator stands before.
  const start = Math.max(0, source.length - endBytes - 65_535 - locatorBytes);
  const tail = await source.read(start, source.length - start);
  const view = viewOf(tail);
  for (let at = tail.length - endBytes; at >= 0; at--) {
    if (view.getUint32(at, true) !== 0x06054b50) continue;
    const isLarge = at >= locatorBytes && view.getUint32(at - locatorBytes, true) === 0x07064b50;
    if (isLarge) return await readLargeEnd(source, wide(view, at - locatorBytes + 8));
    const [count, offset] = [view.getUint16(at + 10, true), view.getUint32(at + 16, true)];
    return { count, offset, end: start + at };
  }
  throw new ArchiveFault("it has no end of a central directory: it is cut off, or no zip archive");
}

async function readLargeEnd(source: ArchiveSource, offset: number): Promise<Directory> {
  const bytes = await source.read(offset, 56);
  const view = viewOf(bytes);
  if (bytes.length < 56 || view.getUint32(0, true) !== 0x06064b50) {
    throw new ArchiveFault("its central directory is damaged");
  }
  return { count: wide(view, 32), offset: wide(view, 48), end: offset };
}

function readEntry(
  view: DataView,
  bytes: Uint8Array,
  at: number,
): { readonly entry: ZipEntry; readonly next: number } {
  const [nameLength, extraLength, commentLength] = [28, 30, 32].map((each) =>
    view.getUint16(at + each, true)
  );
  const name = decodeName(bytes.subarray(at + 46, at + 46 + nameLength));
  if (view.getUint16(at + 8, true) & 1) throw new ArchiveFault("it is encrypted", name);
  const extra = at + 46 + nameLength;
  const next = extra + extraLength + commentLength;
  if (next > bytes.length) throw new ArchiveFault("its central directory is damaged");
  // Fields that do not fit are all ones here, and follow in this order in an extra field.
  const large = largeFields(view, extra, extra + extraLength);
  const [sizeBytes, packedBytes, offset] = [24, 20, 42].map((each) => {
    const value = view.getUint32(at + each, true);
    if (value !== 0xffffffff) return value;
    const found = large.shift();
    if (found === undefined) throw new ArchiveFault("its size is not told", name);
    return found;
  });
  const mode = view.getUint32(at + 38, true) >>> 16;
  return {
    entry: {
      name,
      method: view.getUint16(at + 10, true),
      packedBytes,
      sizeBytes,
      crc: view.getUint32(at + 16, true),
      offset,
      isLink: (mode & 0o170000) === 0o120000,
    },
    next,
  };
}

function largeFields(view: DataView, start: number, end: number): number[] {
  for (let at = start; at + 4 <= end;) {
    const [id, length] = [view.getUint16(at, true), view.getUint16(at + 2, true)];
    if (id === 0x0001) {
      const fields: number[] = [];
      for (let field = at + 4; field + 8 <= Math.min(at + 4 + length, end); field += 8) {
        fields.push(wide(view, field));
      }
      return fields;
    }
    at += 4 + length;
  }
  return [];
}

function wide(view: DataView, at: number): number {
  const value = at + 8 <= view.byteLength ? view.getBigUint64(at, true) : -1n;
  if (value < 0n || value > BigInt(Number.MAX_SAFE_INTEGER)) {
    throw new ArchiveFault("its central directory is damaged");
  }
  return Number(value);
}

export function viewOf(bytes: Uint8Array): DataView {
  return new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}
