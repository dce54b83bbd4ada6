import { readPlain } from "./core_schema.ts";
import { readDoubleQuoted, readSingleQuoted } from "./quick_quoted.ts";
import type { SourceText } from "./source_text.ts";
import { type YamlEntry, YamlList, YamlMap, type YamlNode, YamlScalar } from "./tree.ts";

/** Thrown where the text is not of the usual kind. */
export const bail = Symbol("not of the usual kind");

/** How deep collections may stand in each other. */
export const depthMax = 150;

/** Whether a text may begin a plain scalar. */
export function isPlainStart(text: string): boolean {
  const first = text[0];
  if (",[]{}#&*!|>'\"%@`".includes(first)) return false;
  return !("-?:".includes(first) && (text.length === 1 || text[1] === " "));
}

/** Returns where a quoted scalar ends, its quotes included. */
export function quotedEnd(text: string, start: number, lineEnd: number): number {
  const quote = text.charCodeAt(start);
  for (let at = start + 1; at < lineEnd; at++) {
    const code = text.charCodeAt(at);
    if (code === 0x5c && quote === 0x22) at++;
    else if (code === quote) {
      if (quote === 0x27 && text.charCodeAt(at + 1) === 0x27) at++;
      else return at + 1;
    }
  }
  throw bail;
}

/** Returns a quoted scalar, from its first quote to behind its last. */
export function quoted(text: string, source: SourceText, start: number, end: number): YamlScalar {
  const inner = text.slice(start + 1, end - 1);
  const value = text.charCodeAt(start) === 0x27 ? readSingleQuoted(inner) : readDoubleQuoted(inner);
  if (value === undefined) throw bail;
  return new YamlScalar(value, source, start, end);
}

/** Reads flow collections: `[ a, { b: c } ]`, over several lines where they are indented. */
export class FlowReader {
  at = 0;
  /** How many collections are open. */
  #open = 0;

  constructor(
    readonly text: string,
    readonly source: SourceText,
    /** Lines that go on must be indented further. */
    readonly indent: number,
  ) {}

  read(at: number, depth: number): YamlNode {
    this.at = at;
    return this.#collection(depth);
  }

  #collection(depth: number): YamlNode {
    if (depth > depthMax) throw bail;
    this.#open++;
    const made = this.text.charCodeAt(this.at) === 0x5b ? this.#list(depth) : this.#map(depth);
    this.#open--;
    return made;
  }

  #list(depth: number): YamlNode {
    const start = this.at++;
    const items: YamlNode[] = [];
    for (;;) {
      this.#skip();
      if (this.#take(0x5d)) break;
      items.push(this.#listItem(depth));
      this.#skip();
      if (this.#take(0x2c)) continue;
      if (!this.#take(0x5d)) throw bail;
      break;
    }
    return new YamlList(items, this.source, start, this.at);
  }

  /** `[ a: b ]` is a list of a map of one key. */
  #listItem(depth: number): YamlNode {
    const key = this.#node(depth);
    const at = this.at;
    this.#skip();
    if (this.text.charCodeAt(this.at) !== 0x3a) {
      this.at = at;
      return key;
    }
    if (key.kind !== "scalar" || key.value === "<<" || this.#crossesLine(at)) throw bail;
    const value = this.#afterColon(key, depth);
    return new YamlMap([{ key, value }], this.source, key.start, Math.max(value.end, this.at));
  }

  #crossesLine(from: number): boolean {
    return this.text.slice(from, this.at).includes("\n");
  }

  #map(depth: number): YamlNode {
    const start = this.at++;
    const entries: YamlEntry[] = [];
    const names = new Set<unknown>();
    for (;;) {
      this.#skip();
      if (this.#take(0x7d)) break;
      const key = this.#node(depth);
      if (key.kind !== "scalar" || key.value === "<<" || names.has(key.value)) throw bail;
      names.add(key.value);
      const at = this.at;
      this.#skip();
      if (this.text.charCodeAt(this.at) !== 0x3a || this.#crossesLine(at)) throw bail;
      entries.push({ key, value: this.#afterColon(key, depth) });
      this.#skip();
      if (this.#take(0x2c)) continue;
      if (!this.#take(0x7d)) throw bail;
      break;
    }
    return new YamlMap(entries, this.source, start, this.at);
  }

  #afterColon(key: YamlScalar, depth: number): YamlNode {
    const colon = this.at++;
    const next = this.text.charCodeAt(this.at);
    if (next !== 0x20 && next !== 0x0a) throw bail;
    this.#skip();
    const code = this.text.charCodeAt(this.at);
    const isEmpty = code === 0x2c || code === 0x5d || code === 0x7d;
    const value = isEmpty ? new YamlScalar(null, this.source, colon, colon) : this.#node(depth);
    value.site = key;
    return value;
  }

  #node(depth: number): YamlNode {
    const code = this.text.charCodeAt(this.at);
    if (code === 0x5b || code === 0x7b) return this.#collection(depth + 1);
    const start = this.at;
    if (code === 0x22 || code === 0x27) {
      let lineEnd = this.text.indexOf("\n", start);
      if (lineEnd < 0) lineEnd = this.text.length;
      this.at = quotedEnd(this.text, start, lineEnd);
      return quoted(this.text, this.source, start, this.at);
    }
    return this.#plain(start);
  }

  #plain(start: number): YamlNode {
    const { text } = this;
    let at = start;
    for (; at < text.length; at++) {
      const code = text.charCodeAt(at);
      if (
        code === 0x2c || code === 0x5b || code === 0x5d || code === 0x7b || code === 0x7d ||
        code === 0x0a
      ) break;
      if (code === 0x23) throw bail;
      if (code !== 0x3a) continue;
      const next = text.charCodeAt(at + 1);
      if (next === 0x20 || next === 0x0a) break;
      if (next === 0x2c || next === 0x5d || next === 0x7d || next === 0x5b || next === 0x7b) {
        throw bail;
      }
    }
    this.at = at;
    let end = at;
    while (end > start && text.charCodeAt(end - 1) === 0x20) end--;
    const content = text.slice(start, end);
    if (content === "" || !isPlainStart(content)) throw bail;
    if (text.charCodeAt(at) === 0x0a) {
      // Text on the next line would go on with this scalar.
      this.#skip();
      const code = text.charCodeAt(this.at);
      if (code !== 0x2c && code !== 0x5d && code !== 0x7d) throw bail;
    }
    return new YamlScalar(readPlain(content), this.source, start, end);
  }

  #take(code: number): boolean {
    if (this.text.charCodeAt(this.at) !== code) return false;
    this.at++;
    return true;
  }

  /** An empty line may stand anywhere, and a closing bracket below the key. */
  #mayStand(start: number): boolean {
    const code = this.text.charCodeAt(start);
    const isClosing = code === 0x5d || code === 0x7d;
    const isOutermost = this.#open === 1;
    return code === 0x0a || isClosing && isOutermost && start - this.at - 1 === this.indent;
  }

  /** Skips blanks and newlines; a line that goes on must be indented further than the key. */
  #skip(): void {
    for (;;) {
      const code = this.text.charCodeAt(this.at);
      if (code === 0x20) this.at++;
      else if (code === 0x0a) {
        let start = this.at + 1;
        while (this.text.charCodeAt(start) === 0x20) start++;
        if (start - this.at - 1 <= this.indent && !this.#mayStand(start)) throw bail;
        this.at = start;
      } else if (code === 0x23 || Number.isNaN(code)) throw bail;
      else return;
    }
  }
}
