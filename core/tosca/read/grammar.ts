import { didYouMean } from "../../base/mod.ts";
import { describeNode, stringOf, type YamlMap, type YamlNode } from "../../yaml/mod.ts";
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
  & { readonly at: YamlNode }
  & {
    readonly [K in keyof F]?: Read<F[K]>;
  };

export interface EntityOptions {
  /** Keynames that must be there. */
  readonly mandatory?: readonly string[];
  /** Keynames of earlier TOSCA versions, each with what to write now. */
  readonly drafts?: Readonly<Record<string, string>>;
  /** More keynames that are known and not read. */
  readonly ignored?: readonly string[];
}

/** Returns the reader of an element that is a map of keynames. */
export function entity<F extends Fields>(
  noun: string,
  fields: F,
  options: EntityOptions = {},
): Reader<Entity<F>> {
  const names = Object.keys(fields);
  const template: Record<string, unknown> = { at: undefined };
  for (const name of names) template[name] = undefined;
  return (node, report, label) => {
    if (node.kind !== "map") return void expected("a map", node, report, label);
    const made: Record<string, unknown> = { ...template, at: node };
    for (const { key, value } of node.entries) {
      const name = stringOf(key);
      const read = name !== undefined && Object.hasOwn(fields, name) ? fields[name] : undefined;
      if (read) made[name!] = read(value, report, `"${name}" of ${label}`);
      else unknownKeyname(noun, names, options, key, report, label);
    }
    checkMandatory(node, options, report, label);
    return made as Entity<F>;
  };
}

function unknownKeyname(
  noun: string,
  names: readonly string[],
  options: EntityOptions,
  key: YamlNode,
  report: Report,
  label: string,
): void {
  const name = stringOf(key);
  if (name !== undefined && options.ignored?.includes(name)) return;
  const successor = name === undefined ? undefined : options.drafts?.[name];
  const near = name === undefined ? undefined : didYouMean(name, names);
  report.error(successor ? "TOSCA_KEYNAME_DRAFT" : "TOSCA_KEYNAME_UNKNOWN", key, {
    what: `Cannot read ${label}: ${articled(noun)} has no keyname "${name ?? describeNode(key)}"`,
    why: successor
      ? `"${name}" belongs to an earlier TOSCA, not to 2.0`
      : `The keynames here are ${listed(names)}`,
    fix: successor ?? near ?? "Remove it, or check under which element it belongs",
  });
}

function checkMandatory(
  node: YamlMap,
  options: EntityOptions,
  report: Report,
  label: string,
): void {
  for (const name of options.mandatory ?? []) {
    if (node.entry(name)) continue;
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
    if (node.kind !== "map") return void expected("a map", node, report, label);
    const entries = new Map<string, Entry<T>>();
    for (const { key, value } of node.entries) {
      const entry = readEntry(noun, read, key, value, report);
      if (entry) entries.set(entry.name, entry);
    }
    return entries;
  };
}

/** Returns the reader of a sequence of one-key maps (`- name: …`), in which a name may repeat. */
export function namedListOf<T>(noun: string, read: Reader<T>): Reader<readonly Entry<T>[]> {
  return (node, report, label) => {
    if (node.kind !== "list") return void expected("a list", node, report, label);
    const entries: Entry<T>[] = [];
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
      const { key, value } = item.entries[0];
      const entry = readEntry(noun, read, key, value, report);
      if (entry) entries.push(entry);
    }
    return entries;
  };
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
    if (node.kind !== "list") return void expected("a list", node, report, label);
    const items: T[] = [];
    node.items.forEach((item, index) => {
      const made = read(item, report, `item ${index} of ${label}`);
      if (made !== undefined) items.push(made);
    });
    return items;
  };
}

/** Reports an element of another YAML kind than the grammar wants. */
export function expected(kind: string, node: YamlNode, report: Report, label: string): void {
  const isNull = node.kind === "scalar" && node.value === null;
  if (isNull && node.alias) return; // Its anchor was not found, which was reported.
  report.error("TOSCA_KIND", isNull && node.site ? node.site : node, {
    what: `Cannot read ${label}: it must be ${kind}, found ${describeNode(node)}`,
    ...(isNull
      ? {
        fix: kind === "a map"
          ? "Remove the keyname, or give it {}"
          : "Remove the keyname, or give it a value",
      }
      : {}),
  });
}

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
