import { Inflate } from "fflate";
import { ArchiveFault, type Budget, entryPath } from "./limits.ts";
import type { ArchiveMember, ArchiveSource } from "./source.ts";
import { readDirectory, viewOf, type ZipEntry } from "./zip_directory.ts";

/**
 * Returns the files of a zip archive (ISO/IEC 21320-1: stored or deflated, not encrypted, one volume).
 *
 * The central directory is what counts: what stands between its entries is not looked at.
 */
export async function readZip(source: ArchiveSource, budget: Budget): Promise<ArchiveMember[]> {
  const members: ArchiveMember[] = [];
  for (const entry of await readDirectory(source)) {
    budget.addEntry();
    const path = entryPath(entry.name);
    if (entry.isLink) throw new ArchiveFault("it is a symbolic link", entry.name);
    if (path === undefined) continue;
    if (entry.method !== 0 && entry.method !== 8) {
      throw new ArchiveFault(
        `it is packed by the method ${entry.method}, not deflated`,
        entry.name,
      );
    }
    budget.addBytes(entry.sizeBytes);
    members.push({
      path,
      sizeBytes: entry.sizeBytes,
      read: () => readContent(source, entry),
    });
  }
  return members;
}

async function readContent(source: ArchiveSource, entry: ZipEntry): Promise<Uint8Array> {
  const { offset, packedBytes, method, name, sizeBytes, crc } = entry;
  const header = await source.read(offset, 30);
  if (header.length < 30 || viewOf(header).getUint32(0, true) !== 0x04034b50) {
    throw new ArchiveFault("its header is damaged", name);
  }
  const view = viewOf(header);
  const start = offset + 30 + view.getUint16(26, true) + view.getUint16(28, true);
  if (start + packedBytes > source.length) throw new ArchiveFault("it is cut off", name);
  const packed = await source.read(start, packedBytes);
  if (packed.length < packedBytes) throw new ArchiveFault("it is cut off", name);
  const content = method === 0 ? packed : inflate(packed, sizeBytes, name);
  if (content.length !== sizeBytes || crcOf(content) !== crc) {
    throw new ArchiveFault("its content is damaged", name);
  }
  return content;
}

/** Unpacks piece by piece, so that a bomb is stopped by its size and not by memory. */
function inflate(packed: Uint8Array, size: number, name: string): Uint8Array {
  const made = new Uint8Array(Math.min(size, packed.length * 1_100 + 1_024));
  let length = 0;
  const inflater = new Inflate((chunk) => {
    if (length + chunk.length > made.length) {
      throw new ArchiveFault("it is larger than it says", name);
    }
    made.set(chunk, length);
    length += chunk.length;
  });
  try {
    const step = 64 * 1024;
    for (let at = 0; at < packed.length; at += step) {
      inflater.push(packed.subarray(at, at + step), at + step >= packed.length);
    }
  } catch (error) {
    if (error instanceof ArchiveFault) throw error;
    throw new ArchiveFault("its content is damaged", name);
  }
  return made.subarray(0, length);
}

const crcTable = Uint32Array.from({ length: 256 }, (_, index) => {
  let value = index;
  for (let bit = 0; bit < 8; bit++) value = value & 1 ? 0xedb88320 ^ (value >>> 1) : value >>> 1;
  return value;
});

/** Returns the CRC-32 of bytes, as zip archives have it. */
function crcOf(bytes: Uint8Array): number {
  let crc = 0xffffffff;
  for (let at = 0; at < bytes.length; at++) {
    crc = crcTable[(crc ^ bytes[at]) & 0xff] ^ (crc >>> 8);
  }
  return (crc ^ 0xffffffff) >>> 0;
}
