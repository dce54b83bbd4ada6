import type { YamlNode } from "../../yaml/mod.ts";
import { placeOf, type Report } from "../report.ts";
import type { Unit } from "./closure.ts";
import { type Section, sections } from "./names.ts";

type NamedSection = Section | "repositories";

const namedSections: readonly NamedSection[] = [
  ...Object.keys(sections) as Section[],
  "repositories",
];

/** Files that share a namespace of some file, each with the import through which it comes; nothing for the file itself. */
type Sharers = ReadonlyMap<Unit, YamlNode | undefined>;

/** Finds definitions of one kind that meet under one name in some file (TOSCA 2.0, section 6.8.4). */
export class Collisions {
  readonly #spaces = new Map<Unit, ReadonlyMap<string, Sharers>>();

  constructor(readonly report: Report) {}

  /** Reports those that meet in a file and in none of the files that it imports. */
  check(unit: Unit): void {
    for (const sharers of this.#spacesOf(unit).values()) {
      if (sharers.size > 1) this.#checkSharers(unit, sharers);
    }
  }

  #spacesOf(unit: Unit): ReadonlyMap<string, Sharers> {
    const known = this.#spaces.get(unit);
    if (known) return known;
    const made = sharersByPrefix(unit);
    this.#spaces.set(unit, made);
    return made;
  }

  #checkSharers(unit: Unit, sharers: Sharers): void {
    for (const section of namedSections) {
      const owners = new Map<string, Unit>();
      for (const owner of sharers.keys()) {
        for (const name of owner.definition[section]?.keys() ?? []) {
          const first = owners.get(name);
          if (!first) owners.set(name, owner);
          else if (!this.#isReportedBelow(unit, first, owner)) {
            reportCollision(section, name, unit, [first, owner], sharers, this.report);
          }
        }
      }
    }
  }

  /** Whether an imported file has the collision already: it is reported there. */
  #isReportedBelow(unit: Unit, first: Unit, second: Unit): boolean {
    return unit.imports.some((each) =>
      each.unit !== unit &&
      [...this.#spacesOf(each.unit).values()].some((sharers) =>
        sharers.has(first) && sharers.has(second)
      )
    );
  }
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

/** Returns, by namespace prefix, which files a file sees there; not deeper than one namespace. */
function sharersByPrefix(unit: Unit): ReadonlyMap<string, Sharers> {
  const found = new Map<string, Map<Unit, YamlNode | undefined>>();
  const visit = (each: Unit, prefix: string, at: YamlNode | undefined): void => {
    let known = found.get(prefix);
    if (!known) found.set(prefix, known = new Map());
    if (known.has(each)) return;
    known.set(each, at);
    for (const { unit: inner, namespace, definition } of each.imports) {
      const site = at ?? (definition.url ?? definition.profile)?.node;
      if (namespace === undefined) visit(inner, prefix, site);
      else if (prefix === "") visit(inner, namespace, site);
    }
  };
  visit(unit, "", undefined);
  return found;
}
