import { ArchiveFault } from "./limits.ts";

/** One block of 512 bytes that says what follows (POSIX.1-2017, pax, "ustar Interchange Format"). */
export interface TarHeader {
  readonly name: string;
  /** `0` and nothing for a file, `5` for a folder, `1` and `2` for links, `x` and `g` for more about what follows. */
  readonly type: string;
  readonly sizeBytes: number;
  readonly linkName: string;
}

export const blockBytes = 512;

/** Reads a header; nothing where the block is empty, which ends an archive. */
export function readTarHeader(block: Uint8Array): TarHeader | undefined {
  if (block.every((each) => each === 0)) return undefined;
  if (block.length < blockBytes) throw new ArchiveFault("it is cut off in a header");
  const name = textAt(block, 0, 100);
  if (readNumber(block, 148, 8) !== checksum(block)) {
    throw new ArchiveFault("a header is damaged: its checksum is wrong", name || undefined);
  }
  if (textAt(block, 257, 5) !== "ustar") {
    throw new ArchiveFault("a header is not of the ustar format", name);
  }
  // GNU's own variant ends the magic with blanks and has other things where the prefix is.
  const isPosix = block[262] === 0;
  const prefix = isPosix ? textAt(block, 345, 155) : "";
  return {
    name: prefix === "" ? name : `${prefix}/${name}`,
    type: block[156] === 0 ? "0" : String.fromCharCode(block[156]),
    sizeBytes: readNumber(block, 124, 12),
    linkName: textAt(block, 157, 100),
  };
}

function checksum(block: Uint8Array): number {
  let sum = 8 * 0x20;
  for (const [at, each] of block.entries()) if (at < 148 || at >= 156) sum += each;
  return sum;
}

/** Octal digits, or GNU's base 256 where the first bit is set. */
function readNumber(block: Uint8Array, at: number, length: number): number {
  const field = block.subarray(at, at + length);
  let value = 0;
  if (field[0] & 0x80) {
    for (const [index, each] of field.entries()) value = value * 256 + (index ? each : each & 0x7f);
  } else {
    const digits = textAt(block, at, length).trim();
    if (!/^[0-7]*$/.test(digits)) throw new ArchiveFault("a header is damaged: no octal number");
    value = digits === "" ? 0 : Number.parseInt(digits, 8);
  }
  if (!Number.isSafeInteger(value)) throw new ArchiveFault("a header names a size beyond measure");
  return value;
}

function textAt(block: Uint8Array, at: number, length: number): string {
  const field = block.subarray(at, at + length);
  const end = field.indexOf(0);
  return decodeName(end < 0 ? field : field.subarray(0, end));
}

/** Returns a name: UTF-8, or else each byte as a character, so that different names stay different. */
export function decodeName(bytes: Uint8Array): string {
  try {
    return new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch {
    return Array.from(bytes, (each) => String.fromCharCode(each)).join("");
  }
}

/** Reads pax records (`25 path=a/long/name\n`), each with its length before it. */
export function readPaxRecords(bytes: Uint8Array): ReadonlyMap<string, string> {
  const records = new Map<string, string>();
  for (let at = 0; at < bytes.length;) {
    const blank = bytes.indexOf(0x20, at);
    const length = blank < 0 ? NaN : Number(decodeName(bytes.subarray(at, blank)));
    const record = decodeName(bytes.subarray(blank + 1, at + length - 1));
    const equals = record.indexOf("=");
    if (!(length > 0) || at + length > bytes.length || equals < 0) {
      throw new ArchiveFault("an extended header is damaged");
    }
    records.set(record.slice(0, equals), record.slice(equals + 1));
    at += length;
  }
  return records;
}
