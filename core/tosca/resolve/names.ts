import { didYouMean } from "../../base/mod.ts";
import type { YamlNode } from "../../yaml/mod.ts";
import { type Entry, listed } from "../read/grammar.ts";
import type { Text } from "../read/scalars.ts";
import { placeOf, type Report } from "../report.ts";
import type { Unit } from "./closure.ts";

/** The sections of a file whose names live in namespaces, each with what it holds. */
export const sections = {
  artifact_types: "artifact type",
  data_types: "data type",
  capability_types: "capability type",
  interface_types: "interface type",
  relationship_types: "relationship type",
  node_types: "node type",
  group_types: "group type",
  policy_types: "policy type",
  functions: "function",
} as const;

export type Section = keyof typeof sections;

/** A definition with the file that holds it. */
export interface Found {
  readonly unit: Unit;
  // deno-lint-ignore no-explicit-any
  readonly entry: Entry<any>;
}

/** Finds what names mean in a file's own namespaces (TOSCA 2.0, section 6.8.4). */
export class Names {
  readonly #visible = new Map<string, readonly string[]>();
  readonly #found = new Map<Unit, Map<string, Found | null>>();

  /** Returns the definition that `name` means in `unit`. */
  find(unit: Unit, section: Section, name: string): Found | undefined {
    let known = this.#found.get(unit);
    if (!known) this.#found.set(unit, known = new Map());
    const key = `${section} ${name}`;
    let found = known.get(key);
    if (found === undefined) {
      found = this.#search(unit, section, name, new Set()) ?? null;
      known.set(key, found);
    }
    return found ?? undefined;
  }

  #search(
    unit: Unit,
    section: Section,
    name: string,
    visited: Set<string>,
  ): Found | undefined {
    const mark = `${unit.id}\n${name}`;
    if (visited.has(mark)) return undefined;
    visited.add(mark);
    const entry = unit.definition[section]?.get(name);
    if (entry) return { unit, entry };
    for (const each of unit.imports) {
      const inner = innerName(each.namespace, name);
      const found = inner === undefined
        ? undefined
        : this.#search(each.unit, section, inner, visited);
      if (found) {
        each.isUsed = true;
        return found;
      }
    }
  }

  /** Reports a name that means nothing, with the nearest that does. */
  reportUnknown(unit: Unit, section: Section, name: Text, report: Report, label: string): void {
    if (this.#mayHaveFailed(unit, name.value, new Set())) return;
    const kind = sections[section];
    const colon = name.value.lastIndexOf(":");
    const prefix = name.value.slice(0, Math.max(0, colon));
    if (colon > 0 && !this.#hasNamespace(unit, prefix, new Set())) {
      const namespaces = unit.imports.flatMap((each) => each.namespace ?? []);
      report.error("TOSCA_NAMESPACE_UNKNOWN", name.node, {
        what: `Cannot find the ${kind} "${name.value}" of ${label}`,
        why: `No import of this file has the namespace "${prefix}"; there are ${
          listed(namespaces)
        }`,
        fix: didYouMean(prefix, namespaces) ?? `Import the file with "namespace: ${prefix}"`,
      });
      return;
    }
    const other = (Object.keys(sections) as Section[]).find((each) =>
      each !== section && this.find(unit, each, name.value)
    );
    const found = other && this.find(unit, other, name.value);
    report.error("TOSCA_TYPE_UNKNOWN", name.node, {
      what: `Cannot find the ${kind} "${name.value}" of ${label}`,
      why: found
        ? `"${name.value}" is a ${sections[other]} (${placeOf(found.entry.key)}), not a ${kind}`
        : `Neither this file nor its imports define it`,
      fix: didYouMean(name.value, this.visibleNames(unit, section)) ??
        `Define it under "${section}", or import the file that does`,
    });
  }

  /** Whether a name may stand in a file whose import failed: that was reported, and says all. */
  #mayHaveFailed(unit: Unit, name: string, visited: Set<string>): boolean {
    const mark = `${unit.id}\n${name}`;
    if (visited.has(mark)) return false;
    visited.add(mark);
    if (unit.failed.some((each) => innerName(each, name) !== undefined)) return true;
    return unit.imports.some(({ unit: inner, namespace }) => {
      const innerText = innerName(namespace, name);
      return innerText !== undefined && this.#mayHaveFailed(inner, innerText, visited);
    });
  }

  /** Returns the names of one section that a file sees, for suggestions; bounded. */
  visibleNames(unit: Unit, section: Section): readonly string[] {
    const key = `${section}\n${unit.id}`;
    const known = this.#visible.get(key);
    if (known) return known;
    const names: string[] = [];
    this.#visible.set(key, names);
    const visit = (each: Unit, prefix: string, depth: number, visited: Set<Unit>): void => {
      if (visited.has(each) || depth > 3 || names.length > 2_000) return;
      visited.add(each);
      for (const name of each.definition[section]?.keys() ?? []) names.push(prefix + name);
      for (const { unit: inner, namespace } of each.imports) {
        visit(inner, namespace ? `${prefix}${namespace}:` : prefix, depth + 1, new Set(visited));
      }
    };
    visit(unit, "", 0, new Set());
    return names;
  }

  #hasNamespace(unit: Unit, prefix: string, visited: Set<string>): boolean {
    const mark = `${unit.id}\n${prefix}`;
    if (visited.has(mark)) return false;
    visited.add(mark);
    return unit.imports.some((each) => {
      if (each.namespace === undefined) return this.#hasNamespace(each.unit, prefix, visited);
      if (each.namespace === prefix) return true;
      const inner = innerName(each.namespace, prefix);
      return inner !== undefined && this.#hasNamespace(each.unit, inner, visited);
    });
  }
}

/** Returns the name as the imported file knows it, or nothing where the import's namespace does not fit. */
function innerName(namespace: string | undefined, name: string): string | undefined {
  if (namespace === undefined) return name;
  return name.startsWith(`${namespace}:`) ? name.slice(namespace.length + 1) : undefined;
}

type NamedSection = Section | "repositories";

const namedSections: readonly NamedSection[] = [
  ...Object.keys(sections) as Section[],
  "repositories",
];

/** Files that share a namespace of some file, each with the import through which it comes; nothing for the file itself. */
type Sharers = ReadonlyMap<Unit, YamlNode | undefined>;

/** Reports definitions of one kind that meet under one name in some file (TOSCA 2.0, section 6.8.4). */
export function checkCollisions(units: readonly Unit[], report: Report): void {
  const spaces = new Map(units.map((unit) => [unit, sharersByPrefix(unit)]));
  for (const unit of units) {
    for (const sharers of spaces.get(unit)!.values()) {
      if (sharers.size > 1) checkSharers(unit, sharers, spaces, report);
    }
  }
}

function checkSharers(
  unit: Unit,
  sharers: Sharers,
  spaces: ReadonlyMap<Unit, ReadonlyMap<string, Sharers>>,
  report: Report,
): void {
  for (const section of namedSections) {
    const owners = new Map<string, Unit>();
    for (const owner of sharers.keys()) {
      for (const name of owner.definition[section]?.keys() ?? []) {
        const first = owners.get(name);
        if (!first) owners.set(name, owner);
        else if (!isReportedBelow(unit, first, owner, spaces)) {
          reportCollision(section, name, unit, [first, owner], sharers, report);
        }
      }
    }
  }
}

/** Whether an imported file has the collision already: it is reported there. */
function isReportedBelow(
  unit: Unit,
  first: Unit,
  second: Unit,
  spaces: ReadonlyMap<Unit, ReadonlyMap<string, Sharers>>,
): boolean {
  return unit.imports.some((each) =>
    each.unit !== unit &&
    [...spaces.get(each.unit)?.values() ?? []].some((sharers) =>
      sharers.has(first) && sharers.has(second)
    )
  );
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
