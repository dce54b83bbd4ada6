import { nearest } from "../../base/mod.ts";
import {
  describeNode,
  stringOf,
  type YamlEntry,
  type YamlMap,
  type YamlNode,
} from "../../yaml/mod.ts";
import type { Report } from "../report.ts";

/**
 * Reads one element of the grammar. `label` names the element in messages (`"node_types"`, `node type "Server"`).
 * Returns nothing where the element is so wrong that nothing can be said about what it holds; that is reported.
 */
export type Reader<T> = (node: YamlNode, report: Report, label: string) => T | undefined;

/** What a reader returns. */
export type Read<R> = R extends Reader<infer T> ? T : never;

/** A table of keynames: what reads each. */
// deno-lint-ignore no-explicit-any
export type Fields = Readonly<Record<string, Reader<any>>>;

/** An element whose keynames were read: each is absent where it was not written, or was reported. */
export type Entity<F extends Fields> =
  & {
    readonly at: YamlNode;
    /** Whether some of it could not be read, which was reported: what is not there may have been meant to be. */
    readonly isPartial?: boolean;
  }
  & {
    readonly [K in keyof F]?: Read<F[K]>;
  };

export interface EntityOptions {
  /** Keynames that must be there. */
  readonly mandatory?: readonly string[];
  /** Keynames of earlier TOSCA versions, each with what to write now. */
  readonly drafts?: Readonly<Record<string, string>>;
  /** Keynames of earlier TOSCA versions that hold what another holds now. */
  readonly renamed?: Readonly<Record<string, string>>;
  /** More keynames that are known and not read. */
  readonly ignored?: readonly string[];
}

/**
 * Returns the reader of an element that is a map of keynames.
 *
 * A misspelt keyname is reported, and then read as the one that was meant: whatever it holds is looked at in the same
 * run, and nothing is reported as missing because of it.
 */
export function entity<F extends Fields>(
  noun: string,
  fields: F,
  options: EntityOptions = {},
): Reader<Entity<F>> {
  const names = Object.keys(fields);
  const template: Record<string, unknown> = { at: undefined, isPartial: false };
  for (const name of names) template[name] = undefined;
  return (node, report, label) => {
    if (node.kind !== "map") {
      expected("a map", node, report, label);
      return { ...template, at: node, isPartial: true } as unknown as Entity<F>;
    }
    const made: Record<string, unknown> = { ...template, at: node };
    let hasUnread = false;
    for (const { key, value } of node.entries) {
      const written = stringOf(key);
      const isKnown = written !== undefined && Object.hasOwn(fields, written);
      const name = isKnown
        ? written
        : unknownKeyname(noun, names, options, node, key, report, label);
      if (name !== undefined) made[name] = fields[name](value, report, `"${name}" of ${label}`);
      if (options.ignored?.includes(written ?? "")) continue;
      const isDraft = options.drafts?.[written ?? ""] !== undefined;
      // What an unknown keyname was meant to be may be anything that is missing.
      if (name === undefined && !isDraft) hasUnread = true;
      const isLost = name === undefined
        ? !isDraft || value.kind !== "scalar"
        : made[name] === undefined;
      if (isLost) made.isPartial = true;
    }
    if (!hasUnread) checkMandatory(node, made, options, report, label);
    return made as unknown as Entity<F>;
  };
}

/** Reports a keyname that an element does not have. Returns the one that was probably meant, where it is free. */
function unknownKeyname(
  noun: string,
  names: readonly string[],
  options: EntityOptions,
  node: YamlMap,
  key: YamlNode,
  report: Report,
  label: string,
): string | undefined {
  const name = stringOf(key);
  if (name !== undefined && options.ignored?.includes(name)) return undefined;
  const successor = name === undefined ? undefined : options.drafts?.[name];
  const near = name === undefined ? undefined : nearest(name, names);
  report.error(successor ? "TOSCA_KEYNAME_DRAFT" : "TOSCA_KEYNAME_UNKNOWN", key, {
    what: `Cannot read ${label}: ${articled(noun)} has no keyname ${
      name === undefined ? `that is ${describeNode(key)}` : `"${name}"`
    }`,
    why: successor
      ? `"${name}" belongs to an earlier TOSCA, not to 2.0`
      : `The keynames here are ${listed(names)}`,
    fix: successor ??
      (near === undefined
        ? "Remove it, or check under which element it belongs"
        : `Did you mean "${near}"?`),
  });
  const meant = successor === undefined ? near : options.renamed?.[name!];
  const isFree = meant !== undefined && !node.entry(meant);
  return isFree && !isEmpty(node.get(name!)!) ? meant : undefined;
}

function isEmpty(node: YamlNode): boolean {
  return node.kind === "map"
    ? node.entries.length === 0
    : node.kind === "list" && node.items.length === 0;
}

function checkMandatory(
  node: YamlMap,
  made: Readonly<Record<string, unknown>>,
  options: EntityOptions,
  report: Report,
  label: string,
): void {
  for (const name of options.mandatory ?? []) {
    if (made[name] !== undefined || node.entry(name)) continue;
    report.error("TOSCA_KEYNAME_MISSING", node.site ?? node, {
      what: `Cannot read ${label}: the mandatory keyname "${name}" is missing`,
      fix: `Add "${name}"`,
    });
  }
}

/** One named thing of a map or of a sequence of one-key maps. */
export interface Entry<T> {
  readonly name: string;
  /** Where the name stands. */
  readonly key: YamlNode;
  readonly value: T;
}

/** Named things in written order. */
export type Entries<T> = ReadonlyMap<string, Entry<T>>;

/** Returns the reader of a map from names to elements; those that could not be read are left out. */
export function mapOf<T>(noun: string, read: Reader<T>): Reader<Entries<T>> {
  return (node, report, label) => {
    if (node.kind !== "map") {
      expected("a map", node, report, label, "Write each as a key of one map, without the dash");
      if (node.kind !== "list") return undefined;
    }
    const entries = new Map<string, Entry<T>>();
    const written = node.kind === "map" ? node.entries : node.items.flatMap(entriesOfItem);
    for (const { key, value } of written) {
      const entry = readEntry(noun, read, key, value, report);
      if (entry) entries.set(entry.name, entry);
    }
    return entries;
  };
}

/** Returns the reader of a sequence of one-key maps (`- name: …`), in which a name may repeat. */
export function namedListOf<T>(noun: string, read: Reader<T>): Reader<readonly Entry<T>[]> {
  return (node, report, label) => {
    if (node.kind !== "list") {
      expected("a list", node, report, label, `Begin each with a dash: "- NAME:"`);
      if (node.kind !== "map") return undefined;
    }
    const entries: Entry<T>[] = [];
    const add = ({ key, value }: YamlEntry) => {
      const entry = readEntry(noun, read, key, value, report);
      if (entry) entries.push(entry);
    };
    if (node.kind === "map") {
      node.entries.forEach(add);
      return entries;
    }
    for (const item of node.items) {
      if (item.kind !== "map" || item.entries.length !== 1) {
        report.error("TOSCA_NAMED_LIST", item, {
          what: `Cannot read ${label}: each item must be a map of one key`,
          why: item.kind === "map"
            ? `This one has ${item.entries.length} keys`
            : `This one is ${describeNode(item)}`,
          fix: `Write "- NAME:" and indent the ${noun} below it`,
        });
        continue;
      }
      add(item.entries[0]);
    }
    return entries;
  };
}

/** A list where a map belongs is mostly one of one-key maps: they are looked at as well. */
function entriesOfItem(item: YamlNode): readonly YamlEntry[] {
  return item.kind === "map" ? item.entries : [];
}

function readEntry<T>(
  noun: string,
  read: Reader<T>,
  key: YamlNode,
  value: YamlNode,
  report: Report,
): Entry<T> | undefined {
  const name = stringOf(key);
  if (name === undefined || name === "") {
    report.error("TOSCA_NAME", key, {
      what: `Cannot take ${name === "" ? "an empty string" : describeNode(key)} as the name of ${
        articled(noun)
      }`,
      why: "Names are strings of at least one character",
      fix: "Write a name, in quotes where it looks like a number",
    });
    return undefined;
  }
  const made = read(value, report, `${noun} "${name}"`);
  return made === undefined ? undefined : { name, key, value: made };
}

/** Returns the reader of a sequence. */
export function listOf<T>(read: Reader<T>): Reader<readonly T[]> {
  return (node, report, label) => {
    if (node.kind !== "list") {
      expected("a list", node, report, label, "Begin each item with a dash, or write [ … ]");
      return undefined;
    }
    const items: T[] = [];
    node.items.forEach((item, index) => {
      const made = read(item, report, `item ${index} of ${label}`);
      if (made !== undefined) items.push(made);
    });
    return items;
  };
}

/** Reports an element of another YAML kind than the grammar wants. */
export function expected(
  kind: string,
  node: YamlNode,
  report: Report,
  label: string,
  fix: string = fixes[kind] ?? `Write ${kind}`,
): void {
  const isNull = node.kind === "scalar" && node.value === null;
  if (isNull && node.alias) return; // Its anchor was not found, which was reported.
  report.error("TOSCA_KIND", isNull && node.site ? node.site : node, {
    what: `Cannot read ${label}: it must be ${kind}, found ${describeNode(node)}`,
    fix: !isNull
      ? fix
      : kind === "a map"
      ? "Remove the keyname, or give it {}"
      : "Remove the keyname, or give it a value",
  });
}

const fixes: Readonly<Record<string, string>> = {
  "a map": "Write keynames below it, each with a colon",
  "a name": "Write one name",
  "a string": "Write one text, in quotes where it looks like a number",
  "true or false": "Write true or false, in lower case and without quotes",
};

/** Returns names for a sentence: `"a", "b" and "c"`. */
export function listed(names: Iterable<string>, none = "none"): string {
  const quoted = [...names].map((each) => `"${each}"`);
  if (quoted.length === 0) return none;
  if (quoted.length === 1) return quoted[0];
  return `${quoted.slice(0, -1).join(", ")} and ${quoted.at(-1)}`;
}

/** Returns a noun with its article. */
export function articled(noun: string): string {
  return /^[aeiou]/.test(noun) ? `an ${noun}` : `a ${noun}`;
}

/** Returns a text that begins a sentence. */
export function capitalised(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1);
}
