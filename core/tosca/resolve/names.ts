import { didYouMean } from "../../base/mod.ts";
import { type Entry, listed } from "../read/grammar.ts";
import type { Text } from "../read/scalars.ts";
import { placeOf, type Report } from "../report.ts";
import type { ResolvedImport, Unit } from "./closure.ts";

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
  readonly #used = new Set<ResolvedImport>();

  /** Whether a file uses a name that one of its imports brings. */
  isUsed(each: ResolvedImport): boolean {
    return this.#used.has(each);
  }

  /** Says that a file uses names that these imports of it bring. */
  markUsed(imports: Iterable<ResolvedImport>): void {
    for (const each of imports) this.#used.add(each);
  }

  /** Returns the definition that `name` means in `unit`. */
  find(unit: Unit, section: Section, name: string): Found | undefined {
    let known = this.#found.get(unit);
    if (!known) this.#found.set(unit, known = new Map());
    const key = `${section} ${name}`;
    let found = known.get(key);
    if (found === undefined) {
      const entry = unit.definition[section]?.get(name);
      found = entry ? { unit, entry } : this.#search(unit, section, name, new Set(), true) ?? null;
      known.set(key, found);
    }
    return found ?? undefined;
  }

  #search(
    unit: Unit,
    section: Section,
    name: string,
    visited: Set<string>,
    isOwn: boolean,
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
        : this.#search(each.unit, section, inner, visited, false);
      if (found) {
        if (isOwn) this.#used.add(each);
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
      fix: didYouMean(name.value, this.visibleNames(unit, section, name.value)) ??
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

  /**
   * Returns the names of one section that a file sees and that may be meant by `name`, for suggestions; bounded. Those that
   * stand in more namespaces than it are never near to it.
   */
  visibleNames(unit: Unit, section: Section, name: string): readonly string[] {
    const spaces = name.split(":").length;
    const key = `${section}\n${spaces}\n${unit.id}`;
    const known = this.#visible.get(key);
    if (known) return known;
    const names: string[] = [];
    this.#visible.set(key, names);
    const way: Unit[] = [];
    const visit = (each: Unit, prefix: string, left: number): void => {
      if (way.includes(each) || way.length > 3 || names.length > 2_000) return;
      for (const name of each.definition[section]?.keys() ?? []) names.push(prefix + name);
      way.push(each);
      for (const { unit: inner, namespace } of each.imports) {
        if (namespace === undefined) visit(inner, prefix, left);
        else if (left > 1) visit(inner, `${prefix}${namespace}:`, left - 1);
      }
      way.pop();
    };
    visit(unit, "", spaces);
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
  const { length } = namespace;
  return name[length] === ":" && name.startsWith(namespace) ? name.slice(length + 1) : undefined;
}
