import { Float } from "../base/mod.ts";
import { readPlain } from "./core_schema.ts";

/** What can be written: plain values, and the exact numbers and ordered maps of TOSCA values. */
export type Writable =
  | null
  | boolean
  | number
  | bigint
  | string
  | Float
  | readonly Writable[]
  | ReadonlyMap<string, Writable>
  | { readonly [key: string]: Writable | undefined };

/**
 * Returns the YAML text of a value: block style, two spaces, keys in the order given, always the same bytes for the
 * same value, ending with a newline. Keys whose value is `undefined` are left out.
 *
 * Strings are plain where they read back as the same string, literal blocks (`|`) where they have several lines, else double-quoted.
 */
export function writeYaml(value: Writable): string {
  const out: string[] = [];
  if (isCollection(value) && entryCount(value) > 0) writeBlock(value, 0, out);
  else out.push(inline(value), "\n");
  return out.join("");
}

type Collection = readonly Writable[] | ReadonlyMap<string, Writable> | {
  readonly [key: string]: Writable | undefined;
};

function writeBlock(value: Collection, indent: number, out: string[]): void {
  const pad = " ".repeat(indent);
  if (Array.isArray(value)) {
    for (const item of value as readonly Writable[]) {
      out.push(pad, "-");
      writeItem(item, indent, out);
    }
    return;
  }
  for (const [key, item] of entriesOf(value)) {
    if (item === undefined) continue;
    out.push(pad, writeString(key), ":");
    writeValue(item, indent, out);
  }
}

/** Writes what stands after `-`: a map's first key goes on the same line. */
function writeItem(item: Writable, indent: number, out: string[]): void {
  if (!isCollection(item) || entryCount(item) === 0) return writeValue(item, indent, out);
  const inner: string[] = [];
  writeBlock(item, indent + 2, inner);
  // The pad of the first line is replaced by the dash and one blank.
  inner[0] = " ";
  for (const part of inner) out.push(part);
}

/** Writes what stands after `key:`, with the newline that ends it. */
function writeValue(item: Writable, indent: number, out: string[]): void {
  if (isCollection(item) && entryCount(item) > 0) {
    out.push("\n");
    // Lists stand under their key, indented like maps: what is inside is seen to be inside.
    writeBlock(item, indent + 2, out);
  } else if (typeof item === "string" && isBlockText(item)) {
    out.push(" ", writeLiteral(item, indent + 2));
  } else {
    out.push(" ", inline(item), "\n");
  }
}

function inline(value: Writable): string {
  if (value === null) return "null";
  switch (typeof value) {
    case "string":
      return writeString(value);
    case "number":
      return writeNumber(value);
    case "bigint":
    case "boolean":
      return String(value);
  }
  if (value instanceof Float) return value.toString();
  return Array.isArray(value) ? "[]" : "{}";
}

/** Integers that JavaScript cannot hold exactly are written as the floats that they are. */
function writeNumber(value: number): string {
  const isInteger = Number.isSafeInteger(value) && !Object.is(value, -0);
  return isInteger ? String(value) : new Float(value).toString();
}

/** Returns a string as a plain scalar where that reads back as itself, else double-quoted. */
function writeString(text: string): string {
  return isPlain(text) ? text : quote(text);
}

const plainText =
  // deno-lint-ignore no-control-regex
  /^[A-Za-z0-9_/.$(~^+=;<\\-][^\u0000-\u001f\u007f-\u00a0\u2028\u2029\ufeff\ufffe\uffff]*$/;

/** Whether a string can stand without quotes and reads back as itself. */
export function isPlain(text: string): boolean {
  if (!plainText.test(text) || text.endsWith(" ") || text.endsWith(":")) return false;
  if (text.includes(": ") || text.includes(" #")) return false;
  if (text === "<<" || text === "-" || text === "---" || text === "...") return false;
  if (text.startsWith("- ") || text.startsWith("--- ") || text.startsWith("... ")) return false;
  if (hasLoneSurrogate(text)) return false;
  // YAML 1.1 readers, of which there are many, take these for booleans.
  if (/^(y|n|yes|no|on|off|true|false|null|~)$/i.test(text)) return false;
  return typeof readPlain(text) === "string" && !/^[-+]?[.0-9][0-9_.:eExob+-]*$/.test(text);
}

function quote(text: string): string {
  return JSON.stringify(text).replaceAll(
    /[\u007f-\u00a0\u2028\u2029\ufeff\ufffe\uffff]/g,
    (each) => `\\u${each.charCodeAt(0).toString(16).padStart(4, "0")}`,
  );
}

/** Whether a string of several lines can be a literal block and read back byte for byte. */
function isBlockText(text: string): boolean {
  return text.includes("\n") && /[^\n]/.test(text) && !/^[ \n\t]/.test(text) &&
    // deno-lint-ignore no-control-regex
    !/[\u0000-\u0008\u000b-\u001f\u007f-\u00a0\u2028\u2029\ufeff\ufffe\uffff]/.test(text) &&
    !/[ \t](\n|$)/.test(text) && !hasLoneSurrogate(text);
}

function writeLiteral(text: string, indent: number): string {
  const ending = text.endsWith("\n\n") ? "+" : text.endsWith("\n") ? "" : "-";
  const body = text.endsWith("\n") ? text.slice(0, -1) : text;
  const pad = " ".repeat(indent);
  const lines = body.split("\n").map((line) => line === "" ? "" : pad + line);
  return `|${ending}\n${lines.join("\n")}\n`;
}

function hasLoneSurrogate(text: string): boolean {
  return !text.isWellFormed();
}

function isCollection(value: Writable): value is Collection {
  return typeof value === "object" && value !== null && !(value instanceof Float);
}

function entryCount(value: Collection): number {
  if (Array.isArray(value)) return value.length;
  if (value instanceof Map) return value.size;
  return Object.values(value).filter((each) => each !== undefined).length;
}

function entriesOf(value: Collection): Iterable<[string, Writable | undefined]> {
  return value instanceof Map ? value.entries() : Object.entries(value);
}
