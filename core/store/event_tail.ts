import type { StoreContext } from "./_context.ts";
import { mergeByTime, parseEvent } from "./_event_lines.ts";
import { listNames } from "./_directories.ts";
import { guarded, isFileError } from "./_file_problems.ts";
import type { StateEvent } from "./documents.ts";
import { Layout } from "./layout.ts";
import type { EventTail } from "./store.ts";

/**
 * What other hosts append to their logs, from when it was begun on. A log that has not grown is not read; one that was put
 * aside meanwhile (see `HostEventLog`) is read to its end first.
 */
export class HostEventTail implements EventTail {
  readonly #context: StoreContext;
  readonly #layout: Layout;
  /** How many bytes of each host's log were seen; nothing before the first look. */
  #seen: Map<string, number> | undefined;

  constructor(context: StoreContext) {
    this.#context = context;
    this.#layout = new Layout(context.root);
  }

  next(): Promise<StateEvent[]> {
    return guarded(this.#context, "read the events", async () => {
      const isFirst = this.#seen === undefined;
      this.#seen ??= new Map();
      const found: StateEvent[] = [];
      for (const host of await listNames(this.#context, this.#layout.hosts)) {
        if (host === this.#context.writer.host) continue;
        if (isFirst) this.#seen.set(host, await this.#sizeOf(host));
        else found.push(...await this.#readHost(host, this.#seen));
      }
      return mergeByTime(found);
    });
  }

  async #readHost(host: string, seen: Map<string, number>): Promise<StateEvent[]> {
    const before = seen.get(host) ?? 0;
    const size = await this.#sizeOf(host);
    if (size === before) return [];
    const texts: string[] = [];
    // Smaller than it was: what was seen is the beginning of the log that was put aside.
    const from = size < before ? 0 : before;
    if (size < before) texts.push((await this.#read(host, "events.1.jsonl", before)).text);
    const { text, bytes } = await this.#read(host, "events.jsonl", from);
    texts.push(text);
    seen.set(host, from + bytes);
    return texts.flatMap((each) => each.split("\n")).filter(Boolean)
      .flatMap((line) => parseEvent(line) ?? []);
  }

  /** Reads whole lines from an offset on: one that is being written is left for the next time. */
  async #read(
    host: string,
    name: string,
    from: number,
  ): Promise<{ readonly text: string; readonly bytes: number }> {
    const all = await this.#context.files.readBytes(`${this.#layout.host(host)}/${name}`)
      .catch((error) => {
        if (isFileError(error, "ENOENT")) return new Uint8Array();
        throw error;
      });
    const end = all.lastIndexOf(0x0a) + 1;
    const bytes = Math.max(0, end - from);
    return { text: new TextDecoder().decode(all.subarray(from, from + bytes)), bytes };
  }

  async #sizeOf(host: string): Promise<number> {
    const info = await this.#context.files.stat(`${this.#layout.host(host)}/events.jsonl`);
    return info?.sizeBytes ?? 0;
  }
}
