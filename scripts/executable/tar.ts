/** A file of an archive. */
export interface TarEntry {
  /** Relative, with `/`; at most 100 bytes. */
  readonly path: string;
  readonly bytes: Uint8Array;
  readonly isExecutable?: boolean;
}

const blockBytes = 512;

/**
 * Returns the entries as blocks of a POSIX archive (ustar), without the end that `tarEnd()` gives. Owner and time are
 * zero, so equal entries give equal bytes.
 */
export function tarBlocks(entries: readonly TarEntry[]): Uint8Array[] {
  return entries.flatMap((entry) => {
    const rest = entry.bytes.length % blockBytes;
    const padding = new Uint8Array(rest === 0 ? 0 : blockBytes - rest);
    return [headerOf(entry), entry.bytes, padding];
  });
}

/** Returns the two empty blocks that end an archive. */
export function tarEnd(): Uint8Array {
  return new Uint8Array(2 * blockBytes);
}

function headerOf({ path, bytes, isExecutable }: TarEntry): Uint8Array {
  const header = new Uint8Array(blockBytes);
  const put = (at: number, text: string) => header.set(new TextEncoder().encode(text), at);
  if (new TextEncoder().encode(path).length > 100) throw new Error(`Path too long: "${path}"`);
  const octal = (value: number, digits: number) => value.toString(8).padStart(digits, "0");
  put(0, path);
  put(100, octal(isExecutable ? 0o755 : 0o644, 7));
  put(108, octal(0, 7));
  put(116, octal(0, 7));
  put(124, octal(bytes.length, 11));
  put(136, octal(0, 11));
  put(148, " ".repeat(8)); // the checksum is taken over a field of spaces
  put(156, "0");
  put(257, "ustar\x0000");
  put(148, `${octal(header.reduce((sum, byte) => sum + byte, 0), 6)}\0 `);
  return header;
}
