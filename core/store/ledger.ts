import { compareStrings, RecentlyUsed, type ServiceRef } from "../base/mod.ts";
import type { StoreContext } from "./_context.ts";
import {
  listNames,
  makeLastingDirectory,
  parentOf,
  readIfThere,
  removeIfThere,
} from "./_directories.ts";
import { guarded } from "./_file_problems.ts";
import { replaceFile } from "./_temporary_files.ts";
import { decodeName, encodeName } from "./layout.ts";
import type { Ledger, Owned } from "./store.ts";

/** A journal is written anew when it has this many lines more than it needs. */
const slackLines = 200;

/** Of how many services it is known what their journals say, those without one among them; others are read anew. */
const booksMax = 10_000;

interface Book {
  items: ReadonlyMap<string, readonly string[]>;
  lines: number;
  /** A crash may have cut the last line short: it is ended before the next. */
  isTorn: boolean;
}

/**
 * The owned ledger as a journal for each service, `ledger/<namespace>/<service>.jsonl`: a line for each change, synced before
 * it counts.
 *
 *     {"item":"web-0","add":["unit:khutulun.shop.web-0.service"]}
 *     {"item":"web-0","set":[]}
 */
export class JournalLedger implements Ledger {
  readonly #context: StoreContext;
  readonly #directory: string;
  readonly #books = new RecentlyUsed<Book>({ entriesMax: booksMax });
  readonly #turns = new Map<string, Promise<unknown>>();

  constructor(context: StoreContext) {
    this.#context = context;
    this.#directory = `${context.root}/ledger`;
  }

  add(ref: ServiceRef, additions: readonly Owned[]): Promise<void> {
    return this.#inTurn(ref, async (path) => {
      const book = await this.#book(path);
      const items = new Map(book.items);
      const changes: Change[] = [];
      for (const { item, resources } of additions) {
        const had = items.get(item) ?? [];
        const add = [...new Set(resources)].filter((each) => !had.includes(each));
        if (add.length === 0) continue;
        changes.push({ item, add });
        items.set(item, [...had, ...add]);
      }
      await this.#write(path, book, items, changes);
    });
  }

  set(ref: ServiceRef, changed: readonly Owned[]): Promise<void> {
    return this.#inTurn(ref, async (path) => {
      const book = await this.#book(path);
      const items = new Map(book.items);
      const changes: Change[] = [];
      for (const { item, resources } of changed) {
        const had = items.get(item) ?? [];
        const set = [...new Set(resources)];
        if (had.length === set.length && set.every((each) => had.includes(each))) continue;
        changes.push({ item, set });
        if (set.length > 0) items.set(item, set);
        else items.delete(item);
      }
      await this.#write(path, book, items, changes);
      // A crash may have left a journal that says nothing any more.
      if (book.items.size > 0 || book.lines === 0) return;
      await removeIfThere(this.#context, path);
      await this.#context.files.syncDirectory(parentOf(path));
      this.#books.delete(path);
    });
  }

  async of(ref: ServiceRef): Promise<ReadonlyMap<string, readonly string[]>> {
    let items: ReadonlyMap<string, readonly string[]> = new Map();
    await this.#inTurn(ref, async (path) => {
      items = (await this.#book(path)).items;
    });
    return items;
  }

  services(): Promise<ServiceRef[]> {
    return guarded(this.#context, `list "${this.#directory}"`, async () => {
      const found: ServiceRef[] = [];
      for (const namespace of await listNames(this.#context, this.#directory)) {
        for (const name of await listNames(this.#context, `${this.#directory}/${namespace}`)) {
          if (!name.endsWith(".jsonl")) continue;
          const service = decodeName(name.slice(0, -".jsonl".length));
          found.push({ namespace: decodeName(namespace), service });
        }
      }
      return found.sort((a, b) =>
        compareStrings(a.namespace, b.namespace) || compareStrings(a.service, b.service)
      );
    });
  }

  #inTurn(ref: ServiceRef, work: (path: string) => Promise<void>): Promise<void> {
    const path = `${this.#directory}/${encodeName(ref.namespace)}/${encodeName(ref.service)}.jsonl`;
    const done = (this.#turns.get(path) ?? Promise.resolve()).then(() =>
      guarded(this.#context, `keep the ledger "${path}"`, () => work(path))
    );
    const settled = done.catch(() => {}).then(() => {
      if (this.#turns.get(path) === settled) this.#turns.delete(path);
    });
    this.#turns.set(path, settled);
    return done;
  }

  async #book(path: string): Promise<Book> {
    const known = this.#books.get(path);
    if (known) return known;
    let book = readBook(await readIfThere(this.#context, path) ?? "");
    if (book.lines > 0 && book.items.size === 0) {
      // A crash came between the last line and the removal of the journal.
      await removeIfThere(this.#context, path);
      book = readBook("");
    }
    this.#books.set(path, book);
    return book;
  }

  /** Writes changes by one append; the book says what they lead to (`items`) once they are lasting. */
  async #write(
    path: string,
    book: Book,
    items: Book["items"],
    changes: readonly Change[],
  ): Promise<void> {
    if (changes.length === 0) return;
    const { files } = this.#context;
    if (book.lines === 0) await makeLastingDirectory(this.#context, parentOf(path));
    const lead = book.isTorn ? "\n" : "";
    const text = changes.map((each) => `${JSON.stringify(each)}\n`).join("");
    book.isTorn = true; // until it is known to be whole
    await files.append(path, `${lead}${text}`, { sync: true, mode: 0o600 });
    if (book.lines === 0) await files.syncDirectory(parentOf(path));
    book.isTorn = false;
    book.lines += changes.length;
    book.items = items;
    if (book.lines > items.size + slackLines) await this.#compact(path, book);
  }

  /** Writes the journal anew: a line for each item. */
  async #compact(path: string, book: Book): Promise<void> {
    const lines = [...book.items].map(([item, set]) => `${JSON.stringify({ item, set })}\n`);
    await replaceFile(this.#context, path, lines.join(""), 0o600);
    book.lines = lines.length;
  }
}

function readBook(text: string): Book {
  const items = new Map<string, readonly string[]>();
  const lines = text.split("\n").filter(Boolean);
  for (const line of lines) {
    const change = parseLine(line);
    if (!change) continue;
    const had = "add" in change ? items.get(change.item) ?? [] : [];
    const now = "add" in change ? change.add : change.set;
    const joined = [...new Set([...had, ...now])];
    if (joined.length > 0) items.set(change.item, joined);
    else items.delete(change.item);
  }
  return { items, lines: lines.length, isTorn: text !== "" && !text.endsWith("\n") };
}

type Change = { item: string; add: string[] } | { item: string; set: string[] };

/** A line that was cut short was never acknowledged: what it was to announce has not been made. */
function parseLine(line: string): Change | undefined {
  try {
    const json = JSON.parse(line);
    const list = json?.add ?? json?.set;
    return typeof json?.item === "string" && Array.isArray(list) ? json : undefined;
  } catch {
    return undefined;
  }
}
