import { fail, RecentlyUsed } from "../base/mod.ts";
import type { StoreContext } from "./_context.ts";
import { listNames, makeLastingDirectory, readIfThere, removeIfThere } from "./_directories.ts";
import type { DocumentCache } from "./_document_cache.ts";
import { epochOf, formatDocument, parseDocument, type SpecCodec } from "./_document_text.ts";
import { guarded, isFileError } from "./_file_problems.ts";
import { underLock } from "./_lock.ts";
import { isTemporary, sweepTemporary, temporaryPath } from "./_temporary_files.ts";
import { isConflict } from "./change_document.ts";
import { type StateDocument, stateFormat } from "./documents.ts";
import type { Generations, WriteOptions } from "./store.ts";

/** Old generations are history until they are beyond the newest `historyMin` … */
const historyMin = 20;
/** … and this old: a reader or writer with a stale list must find a number taken that was taken. */
const historyMsDefault = 60 * 60 * 1_000;
/** How often a list is read again because what it named was gone. */
const listAttemptsMax = 8;

/** How far a stale list may be behind: so many generations above it are asked for by name. */
const behindMax = 1_000;

/**
 * The highest generation that this process has read, written or met, by directory and name; with its epoch, where it knows what
 * is in it.
 */
export type SeenGenerations = RecentlyUsed<
  { readonly generation: number; readonly epoch?: number }
>;

export interface LinkedGenerationsOptions {
  /** Shared by all documents of a store: a stale list must not take us back. */
  readonly seen?: SeenGenerations;
  /** Shared by all documents of a store. Nobody may change what was read. */
  readonly cache?: DocumentCache;
  /** How long every generation is kept; an hour unless told. */
  readonly historyMs?: number;
}

/** A document in one directory: `<name>.<generation>`, and `<name>.yaml` as a copy for people. */
export class LinkedGenerations<Spec> implements Generations<Spec> {
  readonly #context: StoreContext;
  readonly #directory: string;
  readonly #name: string;
  readonly #codec: SpecCodec<Spec>;
  readonly #seen: SeenGenerations;
  readonly #cache: DocumentCache | undefined;
  readonly #historyMs: number;

  constructor(
    context: StoreContext,
    directory: string,
    name: string,
    codec: SpecCodec<Spec>,
    options: LinkedGenerationsOptions = {},
  ) {
    this.#context = context;
    this.#directory = directory;
    this.#name = name;
    this.#codec = codec;
    this.#seen = options.seen ?? new RecentlyUsed({ entriesMax: 1 });
    this.#cache = options.cache;
    this.#historyMs = options.historyMs ?? historyMsDefault;
  }

  latest(): Promise<StateDocument<Spec> | undefined> {
    return guarded(this.#context, `read "${this.#base}"`, () => this.#latest());
  }

  newest(): Promise<StateDocument<Spec> | undefined> {
    return guarded(this.#context, `read "${this.#base}"`, async () => {
      const found = await this.#latest();
      const isBehind = await this.#climb(found?.generation ?? 0);
      return isBehind ? await this.#latest() : found;
    });
  }

  async #latest(): Promise<StateDocument<Spec> | undefined> {
    for (let attempt = 1; attempt <= listAttemptsMax; attempt++) {
      const generation = await this.#highest();
      if (generation === 0) return undefined;
      const document = await this.#read(generation);
      if (document) {
        this.#seen.set(this.#base, { generation, epoch: document.epoch });
        return document;
      }
      this.#seen.delete(this.#base); // removed with its service, or pruned: the list knows
    }
    fail("STATE_CONFLICT", {
      what: `Cannot read "${this.#base}": it changes faster than it can be read`,
      fix: "Try again",
    });
  }

  /** Takes note of the generations above one, as far as they are there without a gap. Returns whether there are any. */
  async #climb(from: number): Promise<boolean> {
    let generation = from;
    while (
      generation < from + behindMax &&
      await this.#context.files.stat(this.#path(generation + 1)) !== undefined
    ) generation++;
    if (generation === from) return false;
    this.#seen.set(this.#base, { generation });
    return true;
  }

  at(generation: number): Promise<StateDocument<Spec> | undefined> {
    return guarded(this.#context, `read "${this.#path(generation)}"`, () => this.#read(generation));
  }

  history(): Promise<number[]> {
    return guarded(this.#context, `list "${this.#directory}"`, () => this.#list());
  }

  write(
    spec: Spec,
    base: number,
    options: WriteOptions = {},
  ): Promise<StateDocument<Spec>> {
    return guarded(this.#context, `write "${this.#path(base + 1)}"`, async () => {
      const epoch = await this.#nextEpoch(base, options.epoch);
      const { writer } = this.#context;
      const kind = this.#codec.kind;
      const generation = base + 1;
      const document = { format: stateFormat, kind, generation, epoch, writer, spec };
      const text = formatDocument(this.#codec, document);
      if (base === 0 && !options.isPart) await makeLastingDirectory(this.#context, this.#directory);
      const lock = `${this.#directory}/.${this.#name}.lock`;
      try {
        await underLock(this.#context, lock, () => this.#make(text, base, options.read));
      } catch (error) {
        // What it was decided on was there: all of it has been removed meanwhile.
        if ((base > 0 || options.isPart) && isFileError(error, "ENOENT")) this.#conflict(base);
        // Whoever decides anew has to see what was in the way, also where its list does not show that yet.
        if (isConflict(error)) await this.#climb(base).catch(() => {});
        throw error;
      }
      this.#seen.set(this.#base, { generation, epoch });
      digests.set(document, digestOf(text));
      return document;
    });
  }

  async #make(text: string, base: number, read?: StateDocument<unknown>): Promise<void> {
    const { files } = this.#context;
    const path = this.#path(base + 1);
    // Somebody was faster: no need to write a file for link(2) to say so.
    if (await files.stat(path)) this.#conflict(base);
    const temporary = temporaryPath(this.#context, path);
    try {
      await files.writeNew(temporary, text);
      await this.#checkBase(base, read);
      await this.#link(temporary, path, base);
    } finally {
      // Whatever happens to it, what was linked stays; an abandoned one is swept later.
      await removeIfThere(this.#context, temporary).catch(() => {});
    }
    await files.syncDirectory(this.#directory);
    const names = await files.list(this.#directory);
    await this.#checkPlace(base + 1, names);
    await this.#tidy(text, base + 1, names).catch(() => {}); // the write is done; the next one tidies
  }

  /**
   * Looks whether what it was decided on is still there, once our file is: where all of it is removed and begun anew, either it is
   * missing now or our file is when it is linked. Nobody sees a generation that belongs to what was before.
   */
  async #checkBase(base: number, read?: StateDocument<unknown>): Promise<void> {
    if (base === 0) return;
    const text = await this.#text(base);
    const digest = read && digests.get(read);
    const isOther = digest !== undefined && text !== undefined && digestOf(text) !== digest;
    if (text === undefined || isOther) this.#conflict(base);
  }

  /** The one moment that decides: link(2) fails where the name exists. */
  async #link(temporary: string, path: string, base: number): Promise<void> {
    const { files } = this.#context;
    try {
      await files.link(temporary, path);
    } catch (error) {
      // A network file system may do it, lose the answer, ask again and be told that it exists.
      if (await this.#isSameFile(temporary, path)) return;
      if (isFileError(error, "EEXIST")) this.#conflict(base);
      throw error;
    }
  }

  async #isSameFile(temporary: string, path: string): Promise<boolean> {
    const { files } = this.#context;
    const ours = await files.stat(temporary).catch(() => undefined);
    if (ours?.links !== 2) return false;
    const theirs = await files.stat(path).catch(() => undefined);
    return theirs?.inode === ours.inode && theirs.device === ours.device;
  }

  /**
   * Looks whether what we were told was stale, and made us take a number that had been pruned. Then there is a gap above
   * it; where there is none, others have built on what we wrote, and it stands. A gap below it means that all there was has
   * been removed and begun anew.
   */
  async #checkPlace(generation: number, names: readonly string[]): Promise<void> {
    const above = this.#generationsIn(names).filter((each) => each > generation);
    const isGapless = above.every((each, index) => each === generation + 1 + index);
    const isBuiltOn = generation === 1 || names.includes(`${this.#name}.${generation - 1}`) ||
      await this.#context.files.stat(this.#path(generation - 1)) !== undefined;
    if (isGapless && isBuiltOn) return;
    await this.#context.files.remove(this.#path(generation));
    this.#conflict(generation - 1);
  }

  async #nextEpoch(base: number, wanted: number | undefined): Promise<number> {
    if (base === 0) return wanted ?? 1;
    const path = this.#path(base);
    const seen = this.#seen.get(this.#base);
    const known = seen?.generation === base ? seen.epoch : undefined;
    const current = known ?? await this.#readEpoch(base);
    if (wanted === undefined || wanted >= current) return wanted ?? current;
    fail("STATE_EPOCH", {
      what: `Cannot write "${this.#base}" in epoch ${wanted}`,
      where: { host: this.#context.writer.host, subject: path },
      why: `Another has taken it over in epoch ${current}`,
      fix: "Read it again; what this host wanted is settled by the other",
    });
  }

  async #readEpoch(base: number): Promise<number> {
    const text = await this.#text(base);
    return text === undefined ? this.#conflict(base) : epochOf(text, this.#path(base));
  }

  async #tidy(text: string, generation: number, names: readonly string[]): Promise<void> {
    const { files } = this.#context;
    await this.#copyForPeople(text);
    const old = this.#generationsIn(names).slice(0, -historyMin);
    if (old.length === 0 && !names.some(isTemporary)) return;
    const written = await files.stat(this.#path(generation));
    if (!written) return;
    await sweepTemporary(this.#context, this.#directory, names, written.modifiedMs);
    for (const each of old) {
      const info = await files.stat(this.#path(each));
      // Lowest first and no gaps: the first that is too young ends it.
      if (info && written.modifiedMs - info.modifiedMs <= this.#historyMs) break;
      await removeIfThere(this.#context, this.#path(each));
    }
  }

  /** Not synced, and not worth it: nothing reads it but people. */
  async #copyForPeople(text: string): Promise<void> {
    const { files } = this.#context;
    const path = `${this.#base}.yaml`;
    const temporary = temporaryPath(this.#context, path);
    const note = `# A copy of ${this.#name}.N, for people: changes made here have no effect.\n`;
    try {
      await files.append(temporary, note + text);
      await files.rename(temporary, path);
    } catch (error) {
      await removeIfThere(this.#context, temporary).catch(() => {});
      throw error;
    }
  }

  /** Returns the highest generation, 0 for none. */
  async #highest(): Promise<number> {
    const listed = (await this.#list()).at(-1) ?? 0;
    const seen = this.#seen.get(this.#base)?.generation ?? 0;
    if (seen <= listed) return listed;
    return await this.#context.files.stat(this.#path(seen)) ? seen : listed;
  }

  async #list(): Promise<number[]> {
    return this.#generationsIn(await listNames(this.#context, this.#directory));
  }

  #generationsIn(names: readonly string[]): number[] {
    const prefix = `${this.#name}.`;
    const found: number[] = [];
    for (const name of names) {
      if (!name.startsWith(prefix)) continue;
      const number = name.slice(prefix.length);
      if (/^[1-9]\d{0,14}$/.test(number)) found.push(Number(number));
    }
    return found.sort((a, b) => a - b);
  }

  async #read(generation: number): Promise<StateDocument<Spec> | undefined> {
    const path = this.#path(generation);
    const info = this.#cache && await this.#context.files.stat(path);
    const known = info && this.#cache?.get(path, info);
    if (known) return known as StateDocument<Spec>;
    const text = await this.#text(generation);
    if (text === undefined) return undefined;
    const document = parseDocument(this.#codec, text, path);
    digests.set(document, digestOf(text));
    if (info) this.#cache?.put(path, info, document);
    return document;
  }

  async #text(generation: number): Promise<string | undefined> {
    return await readIfThere(this.#context, this.#path(generation));
  }

  #conflict(base: number): never {
    fail("STATE_CONFLICT", {
      what: `Cannot write "${this.#path(base + 1)}": somebody else wrote meanwhile`,
      where: { host: this.#context.writer.host, subject: this.#base },
      why: `What this change was decided on (generation ${base}) is not the newest any more`,
      fix: "Try again: the change is then decided on what is there now",
    });
  }

  get #base(): string {
    return `${this.#directory}/${this.#name}`;
  }

  #path(generation: number): string {
    return `${this.#base}.${generation}`;
  }
}

/** What documents say, by the digest in their text: a number may come again with a service that is begun anew. */
const digests = new WeakMap<object, string | undefined>();

function digestOf(text: string): string | undefined {
  return /^digest: (\S+)$/m.exec(text)?.[1];
}
