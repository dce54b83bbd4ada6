import type { FileInfo } from "../ports/mod.ts";

interface Entry {
  readonly identity: string;
  readonly document: unknown;
  readonly bytes: number;
}

/** Bounds on what is kept; a parsed document takes several times the room of its text. */
const entriesMax = 8_000;
const bytesMax = 4 * 1024 * 1024;

/**
 * Parsed documents that were read lately.
 *
 * A generation never changes, but its name can come again with a service that was removed and made anew; other documents are
 * replaced as whole files, and people edit files: what is kept counts only for the very file that it was read from. A list
 * goes through all documents in turn, so one that does not fit here gains nothing: room is for thousands of small ones.
 */
export class DocumentCache {
  /** Least lately used first. */
  readonly #entries = new Map<string, Entry>();
  #bytes = 0;

  get(path: string, info: FileInfo): unknown {
    const entry = this.#entries.get(path);
    if (!entry || entry.identity !== identityOf(info)) return undefined;
    this.#entries.delete(path);
    this.#entries.set(path, entry);
    return entry.document;
  }

  put(path: string, info: FileInfo, document: unknown): void {
    this.#drop(path);
    if (info.sizeBytes > bytesMax) return;
    this.#entries.set(path, { identity: identityOf(info), document, bytes: info.sizeBytes });
    this.#bytes += info.sizeBytes;
    for (const oldest of this.#entries.keys()) {
      if (this.#entries.size <= entriesMax && this.#bytes <= bytesMax) return;
      this.#drop(oldest);
    }
  }

  #drop(path: string): void {
    const entry = this.#entries.get(path);
    if (!entry) return;
    this.#entries.delete(path);
    this.#bytes -= entry.bytes;
  }
}

function identityOf({ device, inode, sizeBytes, modifiedMs }: FileInfo): string {
  return `${device} ${inode} ${sizeBytes} ${modifiedMs}`;
}
