import type { Float, SourcePosition } from "../base/mod.ts";
import type { SourceText } from "./source_text.ts";

/** What a YAML scalar of the core schema can be. */
export type ScalarValue = null | boolean | bigint | Float | string;

/** A value of a YAML text that knows where it stands. */
export type YamlNode = YamlScalar | YamlList | YamlMap;

/** A null, boolean, integer, float or string. */
export class YamlScalar {
  readonly kind = "scalar";
  /** Where it was taken from by alias: `start` and `end` are those of the anchored value. */
  alias: AliasSite | undefined = undefined;
  /** The key that this value stands under: where a problem of the whole is shown. */
  site: YamlNode | undefined = undefined;

  constructor(
    readonly value: ScalarValue,
    readonly source: SourceText,
    readonly start: number,
    readonly end: number,
  ) {}
}

/** A sequence. */
export class YamlList {
  readonly kind = "list";
  alias: AliasSite | undefined = undefined;
  site: YamlNode | undefined = undefined;

  constructor(
    readonly items: readonly YamlNode[],
    readonly source: SourceText,
    readonly start: number,
    readonly end: number,
  ) {}
}

/** A map in written order; keys may be any node, and those that are strings are unique. */
export class YamlMap {
  readonly kind = "map";
  alias: AliasSite | undefined = undefined;
  site: YamlNode | undefined = undefined;
  #index: Map<string, YamlEntry> | undefined;

  constructor(
    readonly entries: readonly YamlEntry[],
    readonly source: SourceText,
    readonly start: number,
    readonly end: number,
  ) {}

  /** Returns the entry whose key is the string `key`. */
  entry(key: string): YamlEntry | undefined {
    this.#index ??= indexEntries(this.entries);
    return this.#index.get(key);
  }

  /** Returns the value under the string `key`. */
  get(key: string): YamlNode | undefined {
    return this.entry(key)?.value;
  }
}

/** One key of a map with its value. */
export interface YamlEntry {
  readonly key: YamlNode;
  readonly value: YamlNode;
}

/** The place of an alias (`*name`). */
export interface AliasSite {
  readonly name: string;
  readonly source: SourceText;
  readonly start: number;
  readonly end: number;
}

/** Returns where a node stands; for one taken by alias, where the anchored value stands. */
export function positionOf(node: YamlNode): SourcePosition {
  return node.source.position(node.start, node.end);
}

/** Returns the string that a node is, or nothing where it is something else. */
export function stringOf(node: YamlNode): string | undefined {
  return node.kind === "scalar" && typeof node.value === "string" ? node.value : undefined;
}

/** Returns a node's kind for people: `a map`, `an integer`, `null`. */
export function describeNode(node: YamlNode): string {
  if (node.kind === "map") return "a map";
  if (node.kind === "list") return "a list";
  if (node.value === null) return "null";
  switch (typeof node.value) {
    case "boolean":
      return "a boolean";
    case "bigint":
      return "an integer";
    case "string":
      return "a string";
    default:
      return "a float";
  }
}

function indexEntries(entries: readonly YamlEntry[]): Map<string, YamlEntry> {
  const index = new Map<string, YamlEntry>();
  for (const entry of entries) {
    const key = stringOf(entry.key);
    if (key !== undefined && !index.has(key)) index.set(key, entry);
  }
  return index;
}
