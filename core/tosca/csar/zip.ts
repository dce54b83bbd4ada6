import { Inflate } from "fflate";
import { type ArchiveEntry, ArchiveFault, type Budget, entryPath } from "./limits.ts";

/**
 * Returns the files of a zip archive (ISO/IEC 21320-1: stored or deflated, not encrypted, one volume).
 *
 * The central directory is what counts: what stands between its entries is not looked at.
 */
export function readZip(bytes: Uint8Array, budget: Budget): ArchiveEntry[] {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const end = findEnd(view);
  const count = view.getUint16(end + 10, true);
  let at = view.getUint32(end + 16, true);
  const entries: ArchiveEntry[] = [];
  for (let index = 0; index < count; index++) {
    budget.addEntry();
    if (at + 46 > bytes.length || view.getUint32(at, true) !== 0x02014b50) {
      throw new ArchiveFault("its central directory is damaged");
    }
    const header = readHeader(view, bytes, at);
    at = header.next;
    const path = entryPath(header.name);
    if (header.isLink) throw new ArchiveFault("it is a symbolic link", header.name);
    if (path === undefined) continue;
    entries.push({ path, bytes: readContent(view, bytes, header, budget) });
  }
  return entries;
}

interface Header {
  readonly name: string;
  readonly method: number;
  readonly packed: number;
  readonly size: number;
  readonly offset: number;
  readonly isLink: boolean;
  readonly next: number;
}

function findEnd(view: DataView): number {
  const least = Math.max(0, view.byteLength - 22 - 65_535);
  for (let at = view.byteLength - 22; at >= least; at--) {
    if (view.getUint32(at, true) === 0x06054b50) return at;
  }
  throw new ArchiveFault("it has no end of a central directory: it is cut off, or no zip archive");
}

function readHeader(view: DataView, bytes: Uint8Array, at: number): Header {
  const flags = view.getUint16(at + 8, true);
  const [nameLength, extraLength, commentLength] = [28, 30, 32].map((each) =>
    view.getUint16(at + each, true)
  );
  const name = new TextDecoder().decode(bytes.subarray(at + 46, at + 46 + nameLength));
  if (flags & 1) throw new ArchiveFault("it is encrypted", name);
  const [packed, size, offset] = [20, 24, 42].map((each) => view.getUint32(at + each, true));
  if (packed === 0xffffffff || size === 0xffffffff || offset === 0xffffffff) {
    throw new ArchiveFault("it is larger than 4 GiB", name);
  }
  const mode = view.getUint32(at + 38, true) >>> 16;
  return {
    name,
    method: view.getUint16(at + 10, true),
    packed,
    size,
    offset,
    isLink: (mode & 0o170000) === 0o120000,
    next: at + 46 + nameLength + extraLength + commentLength,
  };
}

function readContent(
  view: DataView,
  bytes: Uint8Array,
  header: Header,
  budget: Budget,
): Uint8Array {
  const { offset, packed, method, name, size } = header;
  if (offset + 30 > bytes.length || view.getUint32(offset, true) !== 0x04034b50) {
    throw new ArchiveFault("its header is damaged", name);
  }
  const start = offset + 30 + view.getUint16(offset + 26, true) + view.getUint16(offset + 28, true);
  const content = bytes.subarray(start, start + packed);
  if (content.length < packed) throw new ArchiveFault("it is cut off", name);
  if (method === 0) {
    budget.addBytes(content.length);
    return content;
  }
  if (method !== 8) {
    throw new ArchiveFault(`it is packed by the method ${method}, not deflated`, name);
  }
  return inflate(content, size, name, budget);
}

/** Unpacks piece by piece, so that a bomb is stopped by its size and not by memory. */
function inflate(content: Uint8Array, size: number, name: string, budget: Budget): Uint8Array {
  const made = new Uint8Array(Math.min(size, content.length * 1_100 + 1_024));
  let length = 0;
  const inflater = new Inflate((chunk) => {
    budget.addBytes(chunk.length);
    if (length + chunk.length > made.length) {
      throw new ArchiveFault("it is larger than it says", name);
    }
    made.set(chunk, length);
    length += chunk.length;
  });
  try {
    const step = 64 * 1024;
    for (let at = 0; at < content.length; at += step) {
      inflater.push(content.subarray(at, at + step), at + step >= content.length);
    }
  } catch (error) {
    if (error instanceof ArchiveFault) throw error;
    throw new ArchiveFault("its content is damaged", name);
  }
  if (length !== size) throw new ArchiveFault("its content is cut off", name);
  return made.subarray(0, length);
}
