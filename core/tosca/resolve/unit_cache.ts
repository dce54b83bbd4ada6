import type { Findings } from "../report.ts";
import type { ResolvedImport, Unit } from "./closure.ts";
import { type ParsedFile, parseFile } from "./parsed_file.ts";

/** A group of files whose types are all made and checked, with what was found. */
export interface CheckedGroup {
  readonly units: readonly Unit[];
  readonly findings: Findings;
  /** Imports of these files through which they found something. */
  readonly used: readonly ResolvedImport[];
}

export interface UnitCacheOptions {
  /** How long all files may be together; with all that is made of a byte of text, about 17 are held. */
  readonly bytesMax?: number;
  readonly filesMax?: number;
}

interface KeptFile {
  readonly bytes: Uint8Array;
  readonly parsed: ParsedFile;
  group?: KeptGroup;
}

interface KeptGroup extends CheckedGroup {
  /** Groups that import this one: they hold its files and types. */
  readonly importers: Set<KeptGroup>;
  readonly imports: ReadonlySet<KeptGroup>;
}

/**
 * Remembers files between the runs of a process, so that a warm run does anew only what a change has reached: the text of a
 * file that is as it was is not read again, and types are not made again where neither their file nor any that it imports,
 * directly or not, has changed.
 *
 * One text is kept for each file name. What was used longest ago goes first, and with it the types of whatever imports
 * it; so nothing is held but by files that are kept.
 */
export class UnitCache {
  /** Least recently used first. */
  readonly #files = new Map<string, KeptFile>();
  readonly #bytesMax: number;
  readonly #filesMax: number;
  #bytes = 0;

  constructor({ bytesMax = 4 << 20, filesMax = 4_000 }: UnitCacheOptions = {}) {
    this.#bytesMax = bytesMax;
    this.#filesMax = filesMax;
  }

  /** How many files are kept. */
  get size(): number {
    return this.#files.size;
  }

  /** Returns a file as its bytes say it. */
  read(file: string, bytes: Uint8Array): ParsedFile {
    const known = this.#files.get(file);
    if (known && isSame(known.bytes, bytes)) {
      this.#files.delete(file);
      this.#files.set(file, known);
      return known.parsed;
    }
    const parsed = parseFile(file, bytes);
    this.#forget(file);
    this.#files.set(file, { bytes: bytes.slice(), parsed });
    this.#bytes += bytes.length;
    this.#shrink();
    return parsed;
  }

  /** Returns the group that a file was checked in, if that is known for the text that it has now. */
  groupOf(file: string): CheckedGroup | undefined {
    return this.#files.get(file)?.group;
  }

  /** Keeps a checked group, where all its files and all that they import are kept. */
  keep(group: CheckedGroup): void {
    const imports = new Set<KeptGroup>();
    for (const unit of group.units) {
      if (!this.#holds(unit)) return;
      for (const { unit: target } of unit.imports) {
        if (group.units.includes(target)) continue;
        const known = this.#files.get(target.file)?.group;
        if (!known?.units.includes(target)) return;
        imports.add(known);
      }
    }
    const kept: KeptGroup = { ...group, importers: new Set(), imports };
    for (const each of imports) each.importers.add(kept);
    for (const unit of group.units) {
      const file = this.#files.get(unit.file)!;
      if (file.group) this.#drop(file.group);
      file.group = kept;
    }
  }

  #holds(unit: Unit): boolean {
    return this.#files.get(unit.file)?.parsed.definition === unit.definition;
  }

  #shrink(): void {
    for (const file of this.#files.keys()) {
      if (this.#bytes <= this.#bytesMax && this.#files.size <= this.#filesMax) return;
      this.#forget(file);
    }
  }

  #forget(file: string): void {
    const known = this.#files.get(file);
    if (!known) return;
    if (known.group) this.#drop(known.group);
    this.#files.delete(file);
    this.#bytes -= known.bytes.length;
  }

  /** Lets go of a group and of all that import it. */
  #drop(start: KeptGroup): void {
    const dropped = [start];
    for (let group = dropped.pop(); group; group = dropped.pop()) {
      for (const unit of group.units) {
        const file = this.#files.get(unit.file);
        if (file?.group === group) file.group = undefined;
      }
      for (const each of group.imports) each.importers.delete(group);
      dropped.push(...group.importers);
      group.importers.clear();
    }
  }
}

/** Whether two texts are equal; four bytes at a time where they lie so, which takes a quarter of the time. */
function isSame(one: Uint8Array, two: Uint8Array): boolean {
  if (one.length !== two.length) return false;
  const words = one.byteOffset % 4 === 0 && two.byteOffset % 4 === 0 ? one.length >> 2 : 0;
  const ones = new Int32Array(one.buffer, words && one.byteOffset, words);
  const twos = new Int32Array(two.buffer, words && two.byteOffset, words);
  for (let at = 0; at < words; at++) if (ones[at] !== twos[at]) return false;
  for (let at = words << 2; at < one.length; at++) if (one[at] !== two[at]) return false;
  return true;
}
