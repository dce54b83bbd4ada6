import type { YamlNode } from "../../yaml/mod.ts";
import type { FileDefinition } from "../read/file.ts";
import { placeOf, type Report } from "../report.ts";
import type { Unit } from "./closure.ts";
import { type Section, sections } from "./names.ts";

type NamedSection = Section | "repositories";

const namedSections: readonly NamedSection[] = [
  ...Object.keys(sections) as Section[],
  "repositories",
];

/**
 * By namespace prefix, the files that share the namespace, as far as they have a name in common with some other file of
 * the run. Files that see the same have the same map.
 */
type Spaces = ReadonlyMap<string, ReadonlySet<Unit>>;

/** Files that share a namespace of some file, each with the import through which it comes; nothing for the file itself. */
type Sharers = ReadonlyMap<Unit, YamlNode | undefined>;

/** Finds definitions of one kind that meet under one name in some file (TOSCA 2.0, section 6.8.4). */
export class Collisions {
  readonly #spaces = new Map<Unit, Spaces>();
  /** What the files hold that have a name in common with others: of a later run, a file may be another value. */
  readonly #suspects: ReadonlySet<FileDefinition>;

  constructor(readonly report: Report, units: readonly Unit[]) {
    this.#suspects = withCommonNames(units);
  }

  /**
   * Tells of files that import each other, or of one alone; those that they import come before. It is needed of every file
   * that is checked, and of those that it imports.
   */
  add(group: readonly Unit[]): void {
    if (this.#suspects.size === 0) return;
    for (const unit of group) this.#spaces.set(unit, nothing);
    for (let isChanging = true; isChanging;) {
      isChanging = false;
      for (const unit of group) {
        const before = this.#spaces.get(unit)!;
        const made = this.#spacesOf(unit);
        this.#spaces.set(unit, made);
        // Sets only grow: what is as large as before is the same.
        if (group.length > 1 && sizeOf(made) > sizeOf(before)) isChanging = true;
      }
    }
  }

  /** Reports those that meet in a file and in none of the files that it imports. */
  check(unit: Unit): void {
    const spaces = this.#spaces.get(unit) ?? nothing;
    if (unit.imports.some((each) => each.unit !== unit && this.#spaces.get(each.unit) === spaces)) {
      return;
    }
    for (const [prefix, sharers] of spaces) {
      if (sharers.size > 1 && haveCommonName(sharers)) this.#checkSharers(unit, prefix);
    }
  }

  #spacesOf(unit: Unit): Spaces {
    const { imports } = unit;
    const isSuspect = this.#suspects.has(unit.definition);
    if (imports.length === 1 && imports[0].namespace === undefined && !isSuspect) {
      return this.#spaces.get(imports[0].unit)!;
    }
    const found = new Map<string, Set<Unit>>();
    const add = (prefix: string, units: Iterable<Unit>) => {
      const known = found.get(prefix);
      if (known) { for (const each of units) known.add(each); }
      else found.set(prefix, new Set(units));
    };
    if (isSuspect) add("", [unit]);
    for (const { unit: inner, namespace } of imports) {
      const below = this.#spaces.get(inner) ?? nothing;
      if (namespace !== undefined) add(namespace, below.get("") ?? []);
      else for (const [prefix, units] of below) add(prefix, units);
    }
    return found;
  }

  #checkSharers(unit: Unit, prefix: string): void {
    const sharers = sharersByPrefix(unit).get(prefix)!;
    const below = this.#meetingBelow(unit);
    for (const section of namedSections) {
      const owners = new Map<string, Unit>();
      for (const owner of sharers.keys()) {
        if (!this.#suspects.has(owner.definition)) continue;
        for (const name of owner.definition[section]?.keys() ?? []) {
          const first = owners.get(name);
          if (!first) owners.set(name, owner);
          else if (!below.some((each) => each.has(first) && each.has(owner))) {
            reportCollision(section, name, unit, [first, owner], sharers, this.report);
          }
        }
      }
    }
  }

  /** Returns the files that meet in an imported file: their collisions are reported there. */
  #meetingBelow(unit: Unit): readonly ReadonlySet<Unit>[] {
    const found = new Set<ReadonlySet<Unit>>();
    for (const each of unit.imports) {
      if (each.unit === unit) continue;
      for (const sharers of this.#spaces.get(each.unit)?.values() ?? []) {
        if (sharers.size > 1) found.add(sharers);
      }
    }
    return [...found];
  }
}

const nothing: Spaces = new Map();

function sizeOf(spaces: Spaces): number {
  let size = 0;
  for (const each of spaces.values()) size += each.size + 1;
  return size;
}

/** Returns what defines a name which some other file defines as well. */
function withCommonNames(units: readonly Unit[]): ReadonlySet<FileDefinition> {
  const found = new Set<FileDefinition>();
  for (const section of namedSections) {
    const owners = new Map<string, FileDefinition>();
    for (const { definition } of units) {
      for (const name of definition[section]?.keys() ?? []) {
        const first = owners.get(name);
        if (!first) owners.set(name, definition);
        else found.add(first).add(definition);
      }
    }
  }
  return found;
}

function haveCommonName(units: ReadonlySet<Unit>): boolean {
  return namedSections.some((section) => {
    const seen = new Set<string>();
    for (const unit of units) {
      for (const name of unit.definition[section]?.keys() ?? []) {
        if (seen.has(name)) return true;
        seen.add(name);
      }
    }
    return false;
  });
}

function reportCollision(
  section: NamedSection,
  name: string,
  unit: Unit,
  owners: readonly [Unit, Unit],
  sharers: Sharers,
  report: Report,
): void {
  const kind = section === "repositories" ? "repository" : sections[section];
  const [one, two] = owners.map((each) => each.definition[section]!.get(name)!.key);
  // A file's own definition is found first, whatever its imports bring; two imports are a real question.
  const isOwn = owners.includes(unit) && sharers.get(unit) === undefined;
  const at = owners.map((each) => sharers.get(each)).findLast((each) => each !== undefined) ?? two;
  report[isOwn ? "warn" : "error"]("TOSCA_NAME_COLLISION", at, {
    what: `Cannot tell two ${plural(kind)} named "${name}" apart in "${unit.path}"`,
    why: `One is defined at ${placeOf(one)}, the other at ${placeOf(two)}` +
      (isOwn ? "; the file's own is taken" : ""),
    fix: 'Give one of the imports a "namespace"',
  });
}

function plural(kind: string): string {
  return kind.endsWith("y") ? `${kind.slice(0, -1)}ies` : `${kind}s`;
}

/** Returns, by namespace prefix, which files a file sees there, in the order of a walk; not deeper than one namespace. */
function sharersByPrefix(unit: Unit): ReadonlyMap<string, Sharers> {
  const found = new Map<string, Map<Unit, YamlNode | undefined>>();
  const way: { unit: Unit; prefix: string; at: YamlNode | undefined }[] = [
    { unit, prefix: "", at: undefined },
  ];
  for (let each = way.pop(); each; each = way.pop()) {
    const { unit: current, prefix, at } = each;
    let known = found.get(prefix);
    if (!known) found.set(prefix, known = new Map());
    if (known.has(current)) continue;
    known.set(current, at);
    for (const { unit: inner, namespace, definition } of current.imports.toReversed()) {
      const site = at ?? (definition.url ?? definition.profile)?.node;
      if (namespace === undefined) way.push({ unit: inner, prefix, at: site });
      else if (prefix === "") way.push({ unit: inner, prefix: namespace, at: site });
    }
  }
  return found;
}
