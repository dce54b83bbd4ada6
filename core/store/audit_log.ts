import { compareStrings, type Json, type JsonObject } from "../base/mod.ts";
import type { StoreContext } from "./_context.ts";
import { listNames, makeLastingDirectory, readIfThere } from "./_directories.ts";
import { guarded, isFileError } from "./_file_problems.ts";
import type { AuditEntry } from "./documents.ts";
import { encodeName, Layout } from "./layout.ts";
import type { AuditLog } from "./store.ts";

/** A log is put aside when it is this large; so many old ones are kept of each host. */
const logBytesMax = 4 * 1_024 * 1_024;
const oldLogsMax = 4;

/** The audit log as one file for each host: `audit/<host>.jsonl`, older ones as `audit/<host>.<age>.jsonl`. */
export class HostAuditLog implements AuditLog {
  readonly #context: StoreContext;
  readonly #directory: string;
  #last: Promise<unknown> = Promise.resolve();

  constructor(context: StoreContext) {
    this.#context = context;
    this.#directory = new Layout(context.root).audit;
  }

  append(entry: AuditEntry): Promise<void> {
    // One after the other: lines of one host are in their order, and rotation meets none half written.
    const done = this.#last.then(() => this.#append(entry));
    this.#last = done.catch(() => {});
    return done;
  }

  read(limit: number): Promise<AuditEntry[]> {
    return guarded(this.#context, "read the audit log", async () => {
      const entries: AuditEntry[] = [];
      for (const name of await listNames(this.#context, this.#directory)) {
        const text = await readIfThere(this.#context, `${this.#directory}/${name}`) ?? "";
        const own = text.split("\n").flatMap((line) => parseEntry(line) ?? []);
        entries.push(...own.slice(-limit));
      }
      return entries.sort((a, b) => compareStrings(a.at, b.at)).slice(-limit);
    });
  }

  #append(entry: AuditEntry): Promise<void> {
    return guarded(this.#context, "write the audit log", async () => {
      const { files, writer } = this.#context;
      await makeLastingDirectory(this.#context, this.#directory, 0o700);
      const path = `${this.#directory}/${encodeName(writer.host)}.jsonl`;
      await files.append(path, `${JSON.stringify(entry)}\n`, { mode: 0o600, sync: true });
      const info = await files.stat(path);
      if (info && info.sizeBytes >= logBytesMax) await this.#rotate(writer.host);
    });
  }

  async #rotate(host: string): Promise<void> {
    const at = (age: number) =>
      `${this.#directory}/${encodeName(host)}${age === 0 ? "" : `.${age}`}.jsonl`;
    for (let age = oldLogsMax; age >= 1; age--) {
      await this.#context.files.rename(at(age - 1), at(age)).catch((error) => {
        if (!isFileError(error, "ENOENT")) throw error;
      });
    }
  }
}

/** A line that a crash has cut short is none. */
function parseEntry(line: string): AuditEntry | undefined {
  try {
    const json = JSON.parse(line) as Json as JsonObject | null;
    const isWhole = json &&
      ["at", "host", "who", "from", "what", "outcome"].every((key) =>
        typeof json[key] === "string"
      );
    return isWhole ? json as unknown as AuditEntry : undefined;
  } catch {
    return undefined;
  }
}
