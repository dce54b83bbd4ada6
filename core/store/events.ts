import { formatServiceRef, type ServiceRef } from "../base/mod.ts";
import type { StoreContext } from "./_context.ts";
import { mergeByTime, parseEvent } from "./_event_lines.ts";
import { listNames, makeLastingDirectory, readIfThere } from "./_directories.ts";
import { guarded, isFileError } from "./_file_problems.ts";
import type { StateEvent } from "./documents.ts";
import { HostEventTail } from "./event_tail.ts";
import { Layout } from "./layout.ts";
import type { EventLog, EventTail } from "./store.ts";

/** A log that has grown beyond this is put aside … */
const logBytesMax = 1024 * 1024;
/** … and this many are kept besides the one that grows. */
const oldLogsMax = 3;

/**
 * The events of all hosts: `hosts/<host>/events.jsonl`, appended by that host alone, rotated to `events.1.jsonl` and on.
 *
 * An id is `<boot>-<sequence>`. What a reader has seen of several hosts is a list of ids, one for each: see `nextCursor`.
 */
export class HostEventLog implements EventLog {
  readonly #context: StoreContext;
  readonly #layout: Layout;
  #sequence: number | undefined;
  #turn: Promise<unknown> = Promise.resolve();

  constructor(context: StoreContext) {
    this.#context = context;
    this.#layout = new Layout(context.root);
  }

  append(event: Omit<StateEvent, "id" | "at" | "host">): Promise<StateEvent> {
    // In turns: ids increase in the order of the lines.
    const appended = this.#turn.then(() =>
      guarded(this.#context, "write an event", () => this.#append(event))
    );
    this.#turn = appended.catch(() => {});
    return appended;
  }

  read(
    filter: { ref?: ServiceRef; item?: string; limit: number; after?: string },
  ): Promise<StateEvent[]> {
    return guarded(this.#context, "read the events", async () => {
      const after = new Set(filter.after?.split(",") ?? []);
      const found: StateEvent[] = [];
      for (const host of await listNames(this.#context, this.#layout.hosts)) {
        found.push(...await this.#readHost(`${this.#layout.hosts}/${host}`, after, filter));
      }
      // The order of each host's own lines is kept: its clock may have jumped.
      return mergeByTime(found).slice(-Math.max(0, filter.limit));
    });
  }

  tail(): EventTail {
    return new HostEventTail(this.#context);
  }

  async #append(event: Omit<StateEvent, "id" | "at" | "host">): Promise<StateEvent> {
    const { clock, files, writer } = this.#context;
    const directory = this.#layout.host(writer.host);
    const path = `${directory}/events.jsonl`;
    let lead = "";
    if (this.#sequence === undefined) {
      await makeLastingDirectory(this.#context, directory);
      const text = await readIfThere(this.#context, path) ?? "";
      // A line that a crash has cut short is ended, so that it spoils no other.
      if (text !== "" && !text.endsWith("\n")) lead = "\n";
      const before = await readIfThere(this.#context, `${directory}/events.1.jsonl`) ?? "";
      this.#sequence = lastSequence(`${before}\n${text}`, writer.boot);
    }
    const whole: StateEvent = {
      id: `${writer.boot}-${++this.#sequence}`,
      at: new Date(clock.nowMs()).toISOString(),
      host: writer.host,
      ...event,
    };
    await files.append(path, `${lead}${JSON.stringify(whole)}\n`);
    await this.#rotate(directory, path);
    return whole;
  }

  async #rotate(directory: string, path: string): Promise<void> {
    const { files } = this.#context;
    const info = await files.stat(path);
    if (!info || info.sizeBytes < logBytesMax) return;
    for (let age = oldLogsMax; age >= 1; age--) {
      const younger = age === 1 ? path : `${directory}/events.${age - 1}.jsonl`;
      try {
        await files.rename(younger, `${directory}/events.${age}.jsonl`);
      } catch (error) {
        if (!isFileError(error, "ENOENT")) throw error;
      }
    }
  }

  /** Reads a host's logs from the newest line back, until there are enough or one that was seen. */
  async #readHost(
    directory: string,
    after: ReadonlySet<string>,
    filter: { ref?: ServiceRef; item?: string; limit: number },
  ): Promise<StateEvent[]> {
    const found: StateEvent[] = [];
    const ids = new Set<string>(); // a log that is put aside while we read is read twice
    for (let age = 0; age <= oldLogsMax && found.length < filter.limit; age++) {
      const name = age === 0 ? "events.jsonl" : `events.${age}.jsonl`;
      const text = await readIfThere(this.#context, `${directory}/${name}`);
      if (text === undefined) continue; // just put aside
      for (const line of linesBackwards(text)) {
        const event = parseEvent(line);
        if (!event) continue;
        if (after.has(event.id)) return found.reverse();
        if (!matches(event, filter) || ids.has(event.id)) continue;
        ids.add(event.id);
        found.push(event);
        if (found.length >= filter.limit) break;
      }
    }
    return found.reverse();
  }
}

/**
 * Returns the cursor of a reader that has seen `events` after `cursor`: give it to `read` as `after` to get what is new
 * of every host. It holds the newest id of each boot, the latest `idsMax` of them.
 */
export function nextCursor(cursor: string | undefined, events: readonly StateEvent[]): string {
  const idsMax = 1_000;
  const byBoot = new Map<string, string>();
  for (const id of [...cursor?.split(",").filter(Boolean) ?? [], ...events.map(({ id }) => id)]) {
    const boot = id.slice(0, id.lastIndexOf("-"));
    byBoot.delete(boot);
    byBoot.set(boot, id);
  }
  return [...byBoot.values()].slice(-idsMax).join(",");
}

function matches(event: StateEvent, { ref, item }: { ref?: ServiceRef; item?: string }): boolean {
  if (item !== undefined && event.item !== item) return false;
  if (!ref) return true;
  const { namespace, service } = event;
  return namespace !== undefined && service !== undefined &&
    formatServiceRef({ namespace, service }) === formatServiceRef(ref);
}

function* linesBackwards(text: string): Generator<string> {
  for (let end = text.length; end > 0;) {
    const start = text.lastIndexOf("\n", end - 1) + 1;
    if (end > start) yield text.slice(start, end);
    end = start - 1;
  }
}

function lastSequence(text: string, boot: string): number {
  for (const line of linesBackwards(text)) {
    const id = parseEvent(line)?.id;
    if (id === undefined) continue;
    const at = id.lastIndexOf("-");
    return id.slice(0, at) === boot ? Number(id.slice(at + 1)) : 0;
  }
  return 0;
}
