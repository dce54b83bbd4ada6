import { readPlain } from "./core_schema.ts";
import { bail, depthMax, FlowReader, isPlainStart, quoted, quotedEnd } from "./quick_flow.ts";
import type { SourceText } from "./source_text.ts";
import { type YamlEntry, YamlList, YamlMap, type YamlNode, YamlScalar } from "./tree.ts";

/**
 * Returns the tree of a text that is written the way most are; nothing where it has anything unusual or wrong.
 *
 * It reads block maps and lists, flow collections, plain and quoted scalars on one line, block scalars, and comments: the
 * whole of nearly every template, several times faster than the library. Anchors, aliases, tags, complex keys, scalars over
 * several lines, tabs, duplicate keys, everything malformed: for all of these it answers nothing, and the library reads the
 * text and says what is wrong. Where it answers, the answer is the library's.
 */
export function readQuickly(source: SourceText): YamlNode | undefined {
  if (unusual.test(source.text)) return undefined;
  try {
    return new QuickReader(source).read();
  } catch (error) {
    if (error === bail || error instanceof RangeError) return undefined;
    throw error;
  }
}

// deno-lint-ignore no-control-regex
const unusual = /[\u0000-\u0009\u000b-\u001f\u007f\u0085\u2028\u2029\ufeff]|^(---|\.\.\.|%)/m;

interface Line {
  /** Where its content begins; moved to the right when a dash is taken off. */
  start: number;
  indent: number;
  /** Where it ends, newline left out. */
  readonly end: number;
}

class QuickReader {
  readonly #text: string;
  #line: Line | undefined;
  /** Where the line after `#line` begins. */
  #next = 0;

  constructor(readonly source: SourceText) {
    this.#text = source.text;
  }

  read(): YamlNode | undefined {
    this.#advance();
    if (!this.#line) return undefined;
    const root = this.#block(0);
    if (this.#line) throw bail;
    return root;
  }

  /** Goes to the next line that holds something. */
  #advance(): void {
    const text = this.#text;
    let at = this.#next;
    while (at < text.length) {
      let end = text.indexOf("\n", at);
      if (end < 0) end = text.length;
      let start = at;
      while (start < end && text.charCodeAt(start) === 0x20) start++;
      this.#next = end + 1;
      if (start < end && text.charCodeAt(start) !== 0x23) {
        this.#line = { start, indent: start - at, end };
        return;
      }
      at = end + 1;
    }
    this.#next = at;
    this.#line = undefined;
  }

  #block(depth: number): YamlNode {
    if (depth > depthMax) throw bail;
    const line = this.#line!;
    if (this.#isDash(line)) return this.#list(line.indent, depth);
    return this.#map(line.indent, depth);
  }

  #isDash({ start, end }: Line): boolean {
    return this.#text.charCodeAt(start) === 0x2d &&
      (start + 1 === end || this.#text.charCodeAt(start + 1) === 0x20);
  }

  #list(indent: number, depth: number): YamlNode {
    const { start } = this.#line!;
    const items: YamlNode[] = [];
    let end = start;
    for (
      let line = this.#line;
      line && line.indent === indent && this.#isDash(line);
      line = this.#line
    ) {
      let at = line.start + 1;
      while (at < line.end && this.#text.charCodeAt(at) === 0x20) at++;
      const dashEnd = line.start + 1;
      const item = this.#item(line, at, indent, depth) ?? this.#nothing(dashEnd);
      items.push(item);
      end = item.end;
    }
    if (this.#line && this.#line.indent > indent) throw bail;
    return new YamlList(items, this.source, start, end);
  }

  /** Reads what stands after a dash; nothing where nothing does. */
  #item(line: Line, at: number, indent: number, depth: number): YamlNode | undefined {
    if (at === line.end || this.#text.charCodeAt(at) === 0x23) {
      this.#advance();
      return this.#line && this.#line.indent > indent ? this.#block(depth + 1) : undefined;
    }
    const isNested = this.#text.charCodeAt(at) === 0x2d &&
      (at + 1 === line.end || this.#text.charCodeAt(at + 1) === 0x20);
    if (isNested || this.#keyEnd(at, line.end) >= 0) {
      line.indent += at - line.start;
      line.start = at;
      return this.#block(depth + 1);
    }
    return this.#value(at, line, indent, depth);
  }

  #map(indent: number, depth: number): YamlNode {
    const { start } = this.#line!;
    const entries: YamlEntry[] = [];
    const names = new Set<unknown>();
    let end = start;
    for (let line = this.#line; line && line.indent === indent; line = this.#line) {
      if (this.#isDash(line)) throw bail;
      const colon = this.#keyEnd(line.start, line.end);
      if (colon < 0) throw bail;
      const key = this.#key(line.start, colon);
      if (names.has(key.value)) throw bail;
      names.add(key.value);
      const value = this.#entryValue(line, colon, indent, depth) ?? this.#nothing(key.end);
      value.site = key;
      entries.push({ key, value });
      end = Math.max(value.end, colon + 1);
    }
    if (this.#line && this.#line.indent > indent) throw bail;
    return new YamlMap(entries, this.source, start, end);
  }

  #entryValue(line: Line, colon: number, indent: number, depth: number): YamlNode | undefined {
    let at = colon + 1;
    while (at < line.end && this.#text.charCodeAt(at) === 0x20) at++;
    if (at < line.end && this.#text.charCodeAt(at) !== 0x23) {
      return this.#value(at, line, indent, depth);
    }
    if (at < line.end && at === colon + 1) throw bail;
    this.#advance();
    const next = this.#line;
    if (!next) return undefined;
    if (next.indent > indent) {
      if (this.#isDash(next) || this.#keyEnd(next.start, next.end) >= 0) {
        return this.#block(depth + 1);
      }
      throw bail;
    }
    return next.indent === indent && this.#isDash(next) ? this.#list(indent, depth + 1) : undefined;
  }

  /** Returns where the colon of a key stands; -1 where the content is no map's first line. */
  #keyEnd(start: number, end: number): number {
    const text = this.#text;
    const first = text.charCodeAt(start);
    let at = start;
    if (first === 0x22 || first === 0x27) {
      at = this.#quotedEnd(start, end);
      while (at < end && text.charCodeAt(at) === 0x20) at++;
      return at < end && text.charCodeAt(at) === 0x3a && this.#isBlankAt(at + 1, end) ? at : -1;
    }
    if (first === 0x5b || first === 0x7b) return -1;
    for (; at < end; at++) {
      const code = text.charCodeAt(at);
      if (code === 0x3a && this.#isBlankAt(at + 1, end)) return at;
      if (code === 0x23 && text.charCodeAt(at - 1) === 0x20) return -1;
    }
    return -1;
  }

  #isBlankAt(at: number, end: number): boolean {
    return at >= end || this.#text.charCodeAt(at) === 0x20;
  }

  #key(start: number, colon: number): YamlScalar {
    let end = colon;
    while (end > start && this.#text.charCodeAt(end - 1) === 0x20) end--;
    const first = this.#text.charCodeAt(start);
    if (first === 0x22 || first === 0x27) return this.#quoted(start, end);
    const key = this.#plain(start, end);
    if (key.value === "<<") throw bail;
    return key;
  }

  /** Reads a value that begins on the line of its key or dash, and goes on to the line after it. */
  #value(at: number, line: Line, indent: number, depth: number): YamlNode {
    switch (this.#text.charCodeAt(at)) {
      case 0x22:
      case 0x27: {
        const end = this.#quotedEnd(at, line.end);
        this.#expectEnd(end, line.end);
        const node = this.#quoted(at, end);
        this.#advance();
        return node;
      }
      case 0x5b:
      case 0x7b: {
        const flow = new FlowReader(this.#text, this.source, indent);
        const node = flow.read(at, depth);
        let end = this.#text.indexOf("\n", flow.at);
        if (end < 0) end = this.#text.length;
        this.#expectEnd(flow.at, end);
        this.#next = end + 1;
        this.#advance();
        return node;
      }
      case 0x7c:
      case 0x3e:
        return this.#blockScalar(at, line, indent);
    }
    const end = this.#plainEnd(at, line.end);
    const node = this.#plain(at, end);
    this.#advance();
    if (this.#line && this.#line.indent > indent) throw bail; // It may go on there.
    return node;
  }

  #plainEnd(start: number, lineEnd: number): number {
    const text = this.#text;
    // In a copy of the line: a search in the text would go on to its end.
    const comment = text.slice(start, lineEnd).indexOf(" #");
    let end = comment >= 0 ? start + comment : lineEnd;
    while (end > start && text.charCodeAt(end - 1) === 0x20) end--;
    return end;
  }

  #plain(start: number, end: number): YamlScalar {
    const text = this.#text.slice(start, end);
    if (!isPlainBlock(text)) throw bail;
    return new YamlScalar(readPlain(text), this.source, start, end);
  }

  #quotedEnd(start: number, lineEnd: number): number {
    return quotedEnd(this.#text, start, lineEnd);
  }

  #quoted(start: number, end: number): YamlScalar {
    return quoted(this.#text, this.source, start, end);
  }

  /** Only blanks and a comment may follow. */
  #expectEnd(at: number, end: number): void {
    let rest = at;
    while (rest < end && this.#text.charCodeAt(rest) === 0x20) rest++;
    if (rest < end && (this.#text.charCodeAt(rest) !== 0x23 || rest === at)) throw bail;
  }

  #nothing(at: number): YamlScalar {
    return new YamlScalar(null, this.source, at, at);
  }

  #blockScalar(at: number, line: Line, indent: number): YamlNode {
    const text = this.#text;
    const isFolded = text.charCodeAt(at) === 0x3e;
    const isStripped = text.charCodeAt(at + 1) === 0x2d;
    this.#expectEnd(at + (isStripped ? 2 : 1), line.end);
    const lines: string[] = [];
    let blockIndent = -1;
    let end = line.end;
    let next = line.end + 1;
    while (next < text.length) {
      let lineEnd = text.indexOf("\n", next);
      if (lineEnd < 0) lineEnd = text.length;
      let start = next;
      while (start < lineEnd && text.charCodeAt(start) === 0x20) start++;
      if (start === lineEnd) {
        if (start > next || blockIndent < 0) throw bail; // Blanks may count, or set the indent.
        lines.push("");
      } else {
        if (blockIndent < 0) blockIndent = start - next;
        if (start - next <= indent) break;
        if (start - next < blockIndent) throw bail;
        if (isFolded && start - next > blockIndent) throw bail; // Lines that stand out are not folded.
        lines.push(text.slice(next + blockIndent, lineEnd));
        end = lineEnd + 1;
      }
      next = lineEnd + 1;
    }
    if (blockIndent <= indent) throw bail;
    if (end > text.length) throw bail; // Without a last newline there is none to keep.
    while (lines.at(-1) === "") lines.pop();
    this.#next = Math.min(next, text.length);
    this.#advance();
    const content = (isFolded ? fold(lines) : lines.join("\n")) + (isStripped ? "" : "\n");
    return new YamlScalar(content, this.source, at, end);
  }
}

/** Joins lines by blanks, and keeps empty lines as newlines. */
function fold(lines: readonly string[]): string {
  let folded = lines[0];
  let empty = 0;
  for (const line of lines.slice(1)) {
    if (line === "") {
      empty++;
      continue;
    }
    folded += empty > 0 ? "\n".repeat(empty) : " ";
    folded += line;
    empty = 0;
  }
  return folded;
}

/** Whether a text is a plain scalar of a block, and nothing that looks like something else. */
function isPlainBlock(text: string): boolean {
  if (text === "" || !isPlainStart(text)) return false;
  return !text.endsWith(":") && !text.includes(": ") && !text.includes(" #");
}
