import { type Alias, isAlias, isMap, isScalar, isSeq, type Pair, parseDocument } from "yaml";
import type { ParsedNode, Scalar, YAMLMap, YAMLSeq } from "yaml";
import { type Outcome, type Problem, problem, type ProblemCode } from "../base/mod.ts";
import { readNumber, readPlain } from "./core_schema.ts";
import { parseCollectionKeys, type ParsedDocument, parseTolerantly } from "./tolerant.ts";
import { readQuickly } from "./quick.ts";
import { SourceText } from "./source_text.ts";
import { sentence, syntaxFault } from "./syntax_fault.ts";
import {
  positionOf,
  type ScalarValue,
  stringOf,
  type YamlEntry,
  YamlList,
  YamlMap,
  type YamlNode,
  YamlScalar,
} from "./tree.ts";

/** Bounds on what is read: beyond them the answer is a problem, not memory and time. */
export const yamlLimits = {
  /** UTF-16 code units of one text. */
  textLengthMax: 32 * 1024 * 1024,
  /** Maps and lists inside each other. */
  depthMax: 200,
  /** Nodes of one text, counted anew at each alias. */
  nodesMax: 4_000_000,
} as const;

/**
 * Returns the tree of a YAML 1.2 text, with all problems found.
 *
 * Aliases and merge keys are resolved; keys are unique. The value is absent where the text is empty or broken.
 */
export function parseYaml(text: string, file: string): Outcome<YamlNode | undefined> {
  const source = new SourceText(file, text.startsWith("\uFEFF") ? text.slice(1) : text);
  if (text.length > yamlLimits.textLengthMax) {
    return { value: undefined, problems: [tooMuch(source, `it has ${text.length} characters`)] };
  }
  const usual = readQuickly(source);
  if (usual) return { value: usual, problems: [] };
  const control = controlCharacter.exec(source.text);
  return control
    ? { value: undefined, problems: [notPrintable(source, control)] }
    : readWithLibrary(source);
}

// deno-lint-ignore no-control-regex
const controlCharacter = /[\u0000-\u0008\u000b\u000c\u000e-\u001f]/;

/** Characters that a text of YAML does not hold (YAML 1.2.2, section 5.1). */
function notPrintable(source: SourceText, { 0: found, index }: RegExpExecArray): Problem {
  const name = found.charCodeAt(0).toString(16).toUpperCase().padStart(4, "0");
  return problem("YAML_SYNTAX", {
    what: "Cannot read the YAML text",
    where: { position: source.position(index, index + 1) },
    why: `It holds the control character U+${name}`,
    fix: `Remove it; in a double-quoted string it is written "\\u${name}"`,
  });
}

/** Reads any text, and says what is wrong with it. */
export function readWithLibrary(source: SourceText): Outcome<YamlNode | undefined> {
  return new Reader(source).read();
}

const options = {
  schema: "failsafe",
  resolveKnownTags: false,
  uniqueKeys: false,
  prettyErrors: false,
  keepSourceTokens: false,
  logLevel: "error",
  stringKeys: false,
} as const;

type LibraryNode = ParsedNode | null;

/** Turns the library's nodes into ours. One for each text. */
class Reader {
  readonly #problems: Problem[] = [];
  readonly #anchors = new Map<string, { readonly node: YamlNode; readonly weight: number }>();
  /** Anchors whose value is being read: an alias to one of them would contain itself. */
  readonly #open = new Set<string>();
  #count = 0;

  constructor(readonly source: SourceText) {}

  read(): Outcome<YamlNode | undefined> {
    try {
      let document: ParsedDocument = parseDocument(this.source.text, options);
      if (document.errors.some(({ code }) => code === "IMPOSSIBLE")) {
        document = parseCollectionKeys(this.source.text, options) ?? document;
      }
      if (document.errors.some(({ code }) => code === "MISSING_CHAR")) {
        document = parseTolerantly(this.source.text, options) ?? document;
      }
      for (const error of document.errors) {
        if (error.code === "RESOURCE_EXHAUSTION") throw new TooMuch("it nests too deeply");
        const { start, end, why, fix } = syntaxFault(document, error);
        this.#report("YAML_SYNTAX", start, end, { what: "Cannot read the YAML text", why, fix });
      }
      // One mistake of syntax shifts all that follows: what else could be said would be noise.
      if (this.#problems.length > 0) return { value: undefined, problems: [this.#problems[0]] };
      const root = document.contents as LibraryNode;
      const value = root === null ? undefined : this.#node(root, 0);
      return { value, problems: this.#problems };
    } catch (error) {
      if (error instanceof TooMuch) {
        return { value: undefined, problems: [tooMuch(this.source, error.message)] };
      }
      if (error instanceof RangeError) {
        return { value: undefined, problems: [tooMuch(this.source, "it nests too deeply")] };
      }
      throw error;
    }
  }

  #node(node: LibraryNode, depth: number): YamlNode {
    if (depth > yamlLimits.depthMax) {
      throw new TooMuch(`it nests deeper than ${yamlLimits.depthMax} levels`);
    }
    this.#add(1);
    if (node === null) return new YamlScalar(null, this.source, 0, 0);
    if (isAlias(node)) return this.#alias(node);
    const anchor = node.anchor;
    const before = this.#count;
    if (anchor) this.#open.add(anchor);
    const made = this.#content(node as Exclude<ParsedNode, Alias.Parsed>, depth);
    if (anchor) {
      this.#open.delete(anchor);
      this.#anchors.set(anchor, { node: made, weight: this.#count - before + 1 });
    }
    return made;
  }

  #content(node: Exclude<ParsedNode, Alias.Parsed>, depth: number): YamlNode {
    if (isScalar(node)) return this.#scalar(node as Scalar.Parsed);
    const [start, end] = node.range;
    if (isSeq(node)) {
      this.#checkTag(node.tag, "seq", start, end);
      const items = (node as YAMLSeq.Parsed).items.map((item) =>
        this.#node(item as LibraryNode, depth + 1)
      );
      return new YamlList(items, this.source, start, end);
    }
    if (isMap(node)) {
      this.#checkTag(node.tag, "map", start, end);
      const entries = this.#entries((node as YAMLMap.Parsed).items, depth, start);
      return new YamlMap(entries, this.source, start, end);
    }
    throw new TooMuch("it holds a value of no known kind");
  }

  #entries(pairs: readonly Pair[], depth: number, mapStart: number): YamlEntry[] {
    const entries: YamlEntry[] = [];
    const seen = new Map<string, YamlNode>();
    const merged: YamlNode[] = [];
    for (const pair of pairs) {
      const key = this.#node(pair.key as LibraryNode, depth + 1);
      const value = pair.value === null
        ? new YamlScalar(null, this.source, key.end, key.end)
        : this.#node(pair.value as LibraryNode, depth + 1);
      if (isMergeKey(pair.key)) {
        merged.push(value);
        continue;
      }
      const name = keyText(key);
      const first = name === undefined ? undefined : seen.get(name);
      if (first) {
        this.#duplicate(name!, key, first);
        continue;
      }
      if (name !== undefined) seen.set(name, key);
      value.site = key;
      entries.push({ key, value });
    }
    for (const value of merged) this.#merge(value, entries, seen, mapStart);
    return entries;
  }

  /** Adds what a merge key brings (YAML 1.1's `<<`): the map's own keys win, then earlier maps. */
  #merge(
    value: YamlNode,
    entries: YamlEntry[],
    seen: Map<string, YamlNode>,
    mapStart: number,
  ): void {
    const maps = value.kind === "list" ? value.items : [value];
    for (const map of maps) {
      if (map.kind !== "map") {
        const isReported = map.kind === "scalar" && map.value === null && map.alias;
        if (isReported) continue; // Its anchor was not found.
        this.#report("YAML_MERGE", map.start || mapStart, map.end || mapStart, {
          what: "Cannot merge what is not a map",
          why: 'The merge key "<<" takes a map or a list of maps',
          fix: "Write an alias of a map after it: *NAME",
        });
        continue;
      }
      for (const entry of map.entries) {
        const name = keyText(entry.key);
        if (name === undefined || seen.has(name)) continue;
        seen.set(name, entry.key);
        this.#add(1);
        entries.push(entry);
      }
    }
  }

  #scalar(node: Scalar.Parsed): YamlScalar {
    const [start, end] = node.range;
    const text = String(node.value ?? "");
    if (node.tag !== undefined && node.tag !== strTag) {
      return new YamlScalar(this.#tagged(node.tag, text, start, end), this.source, start, end);
    }
    const value = node.type === "PLAIN" && node.tag === undefined ? readPlain(text) : text;
    return new YamlScalar(value, this.source, start, end);
  }

  #tagged(tag: string, text: string, start: number, end: number): ScalarValue {
    const plain = readPlain(text);
    switch (tag) {
      case `${tagPrefix}int`:
        if (typeof plain === "bigint") return plain;
        break;
      case `${tagPrefix}float`: {
        const number = readNumber(text);
        if (number !== undefined && typeof number !== "bigint") return number;
        break;
      }
      case `${tagPrefix}bool`:
        if (typeof plain === "boolean") return plain;
        break;
      case `${tagPrefix}null`:
        if (plain === null) return null;
        break;
      case "!":
        return text;
    }
    this.#reportTag(tag, start, end);
    return text;
  }

  #checkTag(tag: string | undefined, core: string, start: number, end: number): void {
    if (tag !== undefined && tag !== tagPrefix + core && tag !== "!") {
      this.#reportTag(tag, start, end);
    }
  }

  #reportTag(tag: string, start: number, end: number): void {
    this.#report("YAML_TAG", start, end, {
      what: `Cannot take a value with the tag "${tag.replace(tagPrefix, "!!")}"`,
      why: "TOSCA values are those of YAML's core schema: " +
        "string, integer, float, boolean, null, list and map",
      fix: "Remove the tag, and write the value as a string where it is one",
    });
  }

  #alias(node: Alias.Parsed): YamlNode {
    const [start, end] = node.range;
    const name = node.source;
    const target = this.#anchors.get(name);
    if (!target) {
      this.#report("YAML_ALIAS", start, end, {
        what: `Cannot find the anchor of alias "*${name}"`,
        why: this.#open.has(name)
          ? "The value would contain itself"
          : `No anchor "&${name}" stands before it in this file`,
        fix: "Define the anchor earlier in the file, or remove the alias",
      });
      const nothing = new YamlScalar(null, this.source, start, end);
      nothing.alias = { name, source: this.source, start, end };
      return nothing;
    }
    this.#add(target.weight);
    const made = copyOf(target.node);
    made.alias = { name, source: this.source, start, end };
    return made;
  }

  #duplicate(name: string, key: YamlNode, first: YamlNode): void {
    const at = positionOf(first);
    this.#report("YAML_DUPLICATE_KEY", key.start, key.end, {
      what: `Cannot take the key "${name}" twice in one map`,
      why: `"${name}" is defined first at ${at.line}:${at.column}`,
      fix: "Rename one of the two, or remove it",
    });
  }

  #add(weight: number): void {
    this.#count += weight;
    if (this.#count > yamlLimits.nodesMax) {
      throw new TooMuch(`it expands to more than ${yamlLimits.nodesMax} values`);
    }
  }

  #report(
    code: ProblemCode,
    start: number,
    end: number,
    parts: { what: string; why?: string; fix?: string },
  ): void {
    const position = this.source.position(start, end);
    this.#problems.push(problem(code, { ...parts, where: { position } }));
  }
}

const tagPrefix = "tag:yaml.org,2002:";
const strTag = `${tagPrefix}str`;

class TooMuch extends Error {}

function tooMuch(source: SourceText, why: string): Problem {
  return problem("YAML_LIMIT", {
    what: "Cannot read the YAML text within its limits",
    where: { position: source.position(0, 0) },
    why: sentence(why),
    fix: "Split the file, or replace aliases of aliases by imports",
  });
}

function isMergeKey(key: unknown): boolean {
  return isScalar(key) && key.type === "PLAIN" && key.value === "<<";
}

/** Returns a text that is the same for equal scalar keys: `1` and `"1"` differ. */
function keyText(key: YamlNode): string | undefined {
  const text = stringOf(key);
  if (text !== undefined) return text;
  return key.kind === "scalar" ? `\u0000${typeof key.value}:${key.value}` : undefined;
}

function copyOf(node: YamlNode): YamlNode {
  switch (node.kind) {
    case "scalar":
      return new YamlScalar(node.value, node.source, node.start, node.end);
    case "list":
      return new YamlList(node.items, node.source, node.start, node.end);
    case "map":
      return new YamlMap(node.entries, node.source, node.start, node.end);
  }
}
