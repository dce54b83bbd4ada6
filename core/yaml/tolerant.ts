import { Composer, type CST, type DocumentOptions, Lexer, Parser, type YAMLParseError } from "yaml";
import type { ParseOptions, SchemaOptions } from "yaml";

/** What is looked at of a document. */
export interface ParsedDocument {
  readonly errors: readonly YAMLParseError[];
  readonly contents: unknown;
}

type ReadOptions = ParseOptions & DocumentOptions & SchemaOptions;

/**
 * Returns the document of a text whose quoted scalars go on at the left margin; nothing where it is broken otherwise.
 *
 * YAML wants the lines of a quoted scalar to be indented (YAML 1.2.2, section 7.3.1). Most readers take them anyway, and
 * templates in the wild rely on it, so that a text with a quote that seems to lack its end is looked at once more.
 */
export function parseTolerantly(
  text: string,
  options: ReadOptions,
): ParsedDocument | undefined {
  const parser = new Parser();
  Object.assign(parser, { lexer: tolerantLexer() });
  const [document, ...more] = new Composer(options).compose(parser.parse(text));
  if (!document || more.length > 0 || document.errors.length > 0) return undefined;
  return document;
}

/**
 * Returns the document of a text in which keys that are lists or maps stand one below the other (`[ a, b ]: c`).
 *
 * That is YAML (1.2.2, section 8.2.2), and substitution mappings need it. The library's parser (2.9.1) takes the line's
 * indentation for an entry of its own before such a key, and its composer then refuses the key: here it becomes a part of
 * the key again.
 */
export function parseCollectionKeys(
  text: string,
  options: ReadOptions,
): ParsedDocument | undefined {
  const tokens = [...new Parser().parse(text)];
  for (const token of tokens) {
    if (token.type === "document" && token.value) joinIndentations(token.value);
  }
  const [document] = new Composer(options).compose(tokens);
  return document;
}

function joinIndentations(token: CST.Token): void {
  if (token.type === "block-map") token.items = joined(token.items);
  if (!("items" in token)) return;
  for (const { key, value } of token.items) {
    if (key) joinIndentations(key);
    if (value) joinIndentations(value);
  }
}

/** An entry that is nothing but blanks and comments belongs before the next one. */
function joined(items: CST.BlockMap["items"]): CST.BlockMap["items"] {
  const kept: CST.BlockMap["items"] = [];
  for (const item of items) {
    const last = kept.at(-1);
    if (last && !last.key && !last.sep && !last.value) {
      kept[kept.length - 1] = { ...item, start: [...last.start, ...item.start] } as typeof item;
    } else kept.push(item);
  }
  return kept;
}

/** What is replaced in the library's lexer, which its types do not show. */
interface LexerParts {
  readonly buffer: string;
  /** Reads a quoted scalar; asks `continueScalar` for each of its lines. */
  parseQuotedScalar(): Generator<string, unknown, unknown>;
  /** Returns the offset of a line's content; -1 where the line does not continue the scalar. */
  continueScalar(offset: number): number;
}

/** Returns the library's lexer with every line taken as one that continues a quoted scalar. */
function tolerantLexer(): Lexer {
  const lexer = new Lexer() as unknown as LexerParts;
  const quoted = lexer.parseQuotedScalar.bind(lexer);
  const strict = lexer.continueScalar.bind(lexer);
  let isQuoted = false;
  lexer.continueScalar = (offset) => {
    if (!isQuoted) return strict(offset);
    return offset < lexer.buffer.length ? offset : -1;
  };
  lexer.parseQuotedScalar = function* () {
    isQuoted = true;
    const result = yield* quoted();
    isQuoted = false;
    return result;
  };
  return lexer as unknown as Lexer;
}
