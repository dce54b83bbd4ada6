import { RecentlyUsed } from "../base/mod.ts";
import type { FileInfo } from "../ports/mod.ts";

interface Entry {
  readonly identity: string;
  readonly document: unknown;
}

/** Bounds on what is kept; a parsed document takes several times the room of its text. */
const bounds = { entriesMax: 8_000, weightMax: 4 * 1024 * 1024 };

/**
 * Parsed documents that were read lately.
 *
 * A generation never changes, but its name can come again with a service that was removed and made anew; other documents are
 * replaced as whole files, and people edit files: what is kept counts only for the very file that it was read from. A list
 * goes through all documents in turn, so one that does not fit here gains nothing: room is for thousands of small ones.
 */
export class DocumentCache {
  readonly #entries = new RecentlyUsed<Entry>(bounds);

  get(path: string, info: FileInfo): unknown {
    const entry = this.#entries.get(path);
    return entry?.identity === identityOf(info) ? entry.document : undefined;
  }

  put(path: string, info: FileInfo, document: unknown): void {
    this.#entries.set(path, { identity: identityOf(info), document }, info.sizeBytes);
  }
}

function identityOf({ device, inode, sizeBytes, modifiedMs }: FileInfo): string {
  return `${device} ${inode} ${sizeBytes} ${modifiedMs}`;
}
