import { didYouMean } from "../../base/mod.ts";
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
  visibleNames(unit: Unit, section: Section): string[] {
    const names: string[] = [];
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

/**
 * Reports definitions of one kind that meet under one name in some file.
 *
 * Only names that several files define can collide, so that only those are looked at.
 */
export function checkCollisions(units: readonly Unit[], report: Report): void {
  for (
    const section of [...Object.keys(sections), "repositories"] as (Section | "repositories")[]
  ) {
    const definers = new Map<string, Unit[]>();
    for (const unit of units) {
      for (const name of unit.definition[section]?.keys() ?? []) {
        const known = definers.get(name);
        if (known) known.push(unit);
        else definers.set(name, [unit]);
      }
    }
    for (const [name, owners] of definers) {
      if (owners.length > 1) checkName(section, name, owners, units, report);
    }
  }
}

function checkName(
  section: Section | "repositories",
  name: string,
  owners: readonly Unit[],
  units: readonly Unit[],
  report: Report,
): void {
  const prefixes = units.map((unit) => prefixesOf(unit, new Set(owners)));
  for (const [index, unit] of units.entries()) {
    for (const sources of prefixes[index].values()) {
      const distinct = [...new Map(sources.map((each) => [each.owner, each])).values()];
      if (distinct.length < 2) continue;
      // Where an imported file has the collision already, it is reported there.
      if (unit.imports.some((each) => hasBoth(each.unit, distinct, units, prefixes))) continue;
      const [first, second] = distinct;
      const kind = section === "repositories" ? "repository" : sections[section];
      const [one, two] = [first, second].map((each) =>
        each.owner.definition[section]!.get(name)!.key
      );
      // A file's own definition is found first, whatever its imports bring; two imports are a real question.
      const isOwn = distinct.some(({ at }) => at === undefined);
      const imported = distinct.filter(({ at }) => at !== undefined);
      report[isOwn && imported.length === 1 ? "warn" : "error"](
        "TOSCA_NAME_COLLISION",
        second.at ?? two,
        {
          what: `Cannot tell two ${plural(kind)} named "${name}" apart in "${unit.path}"`,
          why: `One is defined at ${placeOf(one)}, the other at ${placeOf(two)}` +
            (isOwn && imported.length === 1 ? "; the file's own is taken" : ""),
          fix: 'Give one of the imports a "namespace"',
        },
      );
    }
  }
}

function plural(kind: string): string {
  return kind.endsWith("y") ? `${kind.slice(0, -1)}ies` : `${kind}s`;
}

interface NameSource {
  readonly owner: Unit;
  /** The import of the file at hand through which it comes; nothing for its own. */
  readonly at: Found["entry"]["key"] | undefined;
}

/** Returns, by namespace prefix, which of `owners` a file sees there; not deeper than one namespace. */
function prefixesOf(unit: Unit, owners: ReadonlySet<Unit>): Map<string, NameSource[]> {
  const found = new Map<string, NameSource[]>();
  const add = (prefix: string, source: NameSource) => {
    const known = found.get(prefix);
    if (known) known.push(source);
    else found.set(prefix, [source]);
  };
  const visit = (
    each: Unit,
    prefix: string,
    at: NameSource["at"],
    visited: Set<string>,
  ): void => {
    if (visited.has(`${prefix}\n${each.id}`)) return;
    visited.add(`${prefix}\n${each.id}`);
    if (owners.has(each)) add(prefix, { owner: each, at });
    for (const { unit: inner, namespace, definition } of each.imports) {
      const site = at ?? (definition.url ?? definition.profile)?.node;
      if (namespace === undefined) visit(inner, prefix, site, visited);
      else if (prefix === "") visit(inner, namespace, site, visited);
    }
  };
  visit(unit, "", undefined, new Set());
  return found;
}

function hasBoth(
  unit: Unit,
  wanted: readonly NameSource[],
  units: readonly Unit[],
  prefixes: readonly Map<string, NameSource[]>[],
): boolean {
  const index = units.indexOf(unit);
  return index >= 0 &&
    [...prefixes[index].values()].some((sources) =>
      wanted.every(({ owner }) => sources.some((each) => each.owner === owner))
    );
}
