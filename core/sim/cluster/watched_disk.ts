import { MemoryDisk } from "../memory_disk.ts";

/** One change of names on the disk. */
export interface NameChange {
  readonly operation: "link" | "rename" | "remove";
  readonly from: string;
  readonly to?: string;
}

/** A disk whose changes of names somebody watches: a witness of what was written, whatever becomes of it later. */
export class WatchedDisk extends MemoryDisk {
  onChange?: (change: NameChange) => void;

  override link(from: string, to: string): void {
    super.link(from, to);
    this.onChange?.({ operation: "link", from, to });
  }

  override rename(from: string, to: string): void {
    super.rename(from, to);
    this.onChange?.({ operation: "rename", from, to });
  }

  override remove(path: string): void {
    super.remove(path);
    this.onChange?.({ operation: "remove", from: path });
  }

  /** Returns a file's text; nothing where there is none. */
  text(path: string): string | undefined {
    const node = this.find(path);
    return node?.kind === "file" ? new TextDecoder().decode(node.bytes) : undefined;
  }
}
