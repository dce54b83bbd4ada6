/** Bounds on archives: beyond them the answer is a problem, not memory. */
export const archiveLimits = {
  /** Files and folders of one archive. */
  entriesMax: 50_000,
  /** Bytes of all files together, unpacked. */
  bytesMax: 512 * 1024 * 1024,
} as const;

/** Why an archive cannot be read: half a sentence. */
export class ArchiveFault extends Error {
  constructor(readonly why: string, readonly entry?: string) {
    super(why);
  }
}

/**
 * Returns an entry's name as a path from the archive's root; nothing for folders.
 *
 * Names that lead out of the archive are refused: whoever unpacked them would write elsewhere.
 */
export function entryPath(name: string): string | undefined {
  if (name.includes("\\") || name.includes("\0")) {
    throw new ArchiveFault("its name holds a backslash or a null character", name);
  }
  if (name.startsWith("/") || /^[A-Za-z]:/.test(name)) {
    throw new ArchiveFault("its name is an absolute path", name);
  }
  const parts = name.split("/").filter((each) => each !== "" && each !== ".");
  if (parts.includes("..")) throw new ArchiveFault("its name leaves the archive", name);
  return name.endsWith("/") || parts.length === 0 ? undefined : parts.join("/");
}

/** Counts what is unpacked, and stops a bomb while it goes off. */
export class Budget {
  #bytes = 0;
  #entries = 0;

  addEntry(): void {
    if (++this.#entries > archiveLimits.entriesMax) {
      throw new ArchiveFault(`it holds more than ${archiveLimits.entriesMax} entries`);
    }
  }

  addBytes(count: number): void {
    this.#bytes += count;
    if (this.#bytes > archiveLimits.bytesMax) {
      throw new ArchiveFault(`it unpacks to more than ${archiveLimits.bytesMax >> 20} MiB`);
    }
  }
}
