import { Float, type Json } from "../base/mod.ts";
import { readPlain } from "./core_schema.ts";
import { isPlain } from "./write.ts";

/**
 * Returns the plain value of a text that `writeYaml` wrote, or nothing where a text is anything else: then `parseYaml` decides.
 *
 * Our own documents are read again and again, and this is many times faster than a reader of all of YAML. It is
 * strict rather than clever: whatever it is not sure of, it leaves.
 */
export function readWritten(text: string): { readonly value: Json } | undefined {
  if (!text.endsWith("\n") || notOurs.test(text)) return undefined;
  const lines = text.split("\n");
  lines.pop();
  try {
    return { value: new WrittenReader(lines).read() };
  } catch (error) {
    if (error instanceof NotWritten) return undefined;
    throw error;
  }
}

/** The text is not of the form that `writeYaml` gives it. */
class NotWritten extends Error {}

/** Characters that are always escaped where we write. */
// deno-lint-ignore no-control-regex
const notOurs = /[\u0000-\u0008\u000b-\u001f\u007f-\u00a0\u2028\u2029\ufeff\ufffe\uffff]/;

/** How deep our own documents may nest; deeper ones are left to the other reader and its limits. */
const depthMax = 100;

class WrittenReader {
  readonly #lines: string[];
  #at = 0;

  constructor(lines: string[]) {
    this.#lines = lines;
  }

  read(): Json {
    const first = this.#lines[0];
    if (first === undefined) throw new NotWritten();
    const value = this.#lines.length === 1 && !isEntry(first)
      ? this.#single(first)
      : this.#block(0, 0);
    if (this.#at !== this.#lines.length) throw new NotWritten();
    return value;
  }

  #single(line: string): Json {
    this.#at++;
    return scalar(line);
  }

  /** Reads the lines of one map or list, which all start at this indent. */
  #block(indent: number, depth: number): Json {
    if (depth > depthMax) throw new NotWritten();
    const line = this.#lines[this.#at];
    if (line === undefined || indentOf(line) !== indent) throw new NotWritten();
    return isItem(line, indent) ? this.#list(indent, depth) : this.#map(indent, depth);
  }

  #list(indent: number, depth: number): Json {
    const items: Json[] = [];
    while (this.#isAt(indent) && isItem(this.#lines[this.#at], indent)) {
      const rest = this.#lines[this.#at].slice(indent + 2);
      if (isEntry(rest)) {
        // What stands after the dash is the first line of a block that is two columns further in.
        this.#lines[this.#at] = " ".repeat(indent + 2) + rest;
        items.push(this.#block(indent + 2, depth + 1));
      } else items.push(this.#value(rest, indent));
    }
    return items;
  }

  #map(indent: number, depth: number): Json {
    const object: Record<string, Json> = {};
    while (this.#isAt(indent)) {
      const line = this.#lines[this.#at];
      const { key, end } = readKey(line, indent);
      if (key === "__proto__" || Object.hasOwn(object, key)) throw new NotWritten();
      if (end === line.length) {
        this.#at++;
        object[key] = this.#block(indent + 2, depth + 1);
      } else object[key] = this.#value(line.slice(end + 1), indent);
    }
    return object;
  }

  /** Whether the next line belongs to the block of this indent; a deeper one belongs to nothing. */
  #isAt(indent: number): boolean {
    const line = this.#lines[this.#at];
    if (line === undefined) return false;
    const found = indentOf(line);
    if (found > indent || line.length === 0) throw new NotWritten();
    return found === indent;
  }

  #value(text: string, indent: number): Json {
    this.#at++;
    return /^\|[-+]?$/.test(text) ? this.#literal(text, indent + 2) : scalar(text);
  }

  #literal(header: string, indent: number): string {
    const pad = " ".repeat(indent);
    const body: string[] = [];
    for (; this.#at < this.#lines.length; this.#at++) {
      const line = this.#lines[this.#at];
      if (line !== "" && !line.startsWith(pad)) break;
      body.push(line.slice(indent));
    }
    // Its first line tells a reader the indent: it must not be in doubt.
    if (!/^[^ \t]/.test(body[0] ?? "") || body.some((line) => /[ \t]$/.test(line))) {
      throw new NotWritten();
    }
    const text = `${body.join("\n")}\n`;
    if (header === "|+") return text;
    return text.replace(/\n+$/, header === "|" ? "\n" : "");
  }
}

function indentOf(line: string): number {
  let indent = 0;
  while (line.charCodeAt(indent) === 0x20) indent++;
  return indent;
}

function isItem(line: string, indent: number): boolean {
  return line.startsWith("- ", indent);
}

/** Whether a line is more than a scalar: an item of a list, or a key with its value. */
function isEntry(text: string): boolean {
  if (text.startsWith("- ")) return true;
  if (text.startsWith('"')) return text.length > stringEnd(text, 0);
  return text.endsWith(":") || text.includes(": ");
}

/** Returns a key and where its colon ends. */
function readKey(line: string, start: number): { key: string; end: number } {
  if (line[start] === '"') {
    const end = stringEnd(line, start);
    if (!/^:( |$)/.test(line.slice(end, end + 2))) throw new NotWritten();
    return { key: quoted(line.slice(start, end)), end: end + 1 };
  }
  let colon = line.indexOf(":", start);
  while (colon >= 0 && colon + 1 < line.length && line[colon + 1] !== " ") {
    colon = line.indexOf(":", colon + 1);
  }
  if (colon < 0) throw new NotWritten();
  const key = line.slice(start, colon);
  if (!isPlain(key)) throw new NotWritten();
  return { key, end: colon + 1 };
}

/** Returns where a double-quoted string ends; the text's length where it does not. */
function stringEnd(text: string, start: number): number {
  for (let at = start + 1; at < text.length; at++) {
    if (text[at] === "\\") at++;
    else if (text[at] === '"') return at + 1;
  }
  return text.length;
}

function scalar(text: string): Json {
  if (text === "[]") return [];
  if (text === "{}") return {};
  if (text.startsWith('"')) return quoted(text);
  if (isPlain(text)) return text;
  const value = /^[-+.0-9A-Za-z]+$/.test(text) ? readPlain(text) : text;
  if (typeof value === "string") throw new NotWritten();
  if (value instanceof Float) return value.value;
  if (typeof value !== "bigint") return value;
  if (!Number.isSafeInteger(Number(value))) throw new NotWritten();
  return Number(value);
}

function quoted(text: string): string {
  try {
    const value: unknown = JSON.parse(text);
    if (typeof value === "string" && value.isWellFormed()) return value;
  } catch { /* YAML's own escapes, or no end */ }
  throw new NotWritten();
}
