import { Composer, type DocumentOptions, Lexer, Parser, type YAMLParseError } from "yaml";
import type { ParseOptions, SchemaOptions } from "yaml";

/** What is looked at of a document. */
export interface ParsedDocument {
  readonly errors: readonly YAMLParseError[];
  readonly contents: unknown;
}

/**
 * Returns the document of a text whose quoted scalars go on at the left margin; nothing where it is broken otherwise.
 *
 * YAML wants the lines of a quoted scalar to be indented (YAML 1.2.2, section 7.3.1). Most readers take them anyway, and
 * templates in the wild rely on it, so that a text with a quote that seems to lack its end is looked at once more.
 */
export function parseTolerantly(
  text: string,
  options: ParseOptions & DocumentOptions & SchemaOptions,
): ParsedDocument | undefined {
  const parser = new Parser();
  Object.assign(parser, { lexer: tolerantLexer() });
  const [document, ...more] = new Composer(options).compose(parser.parse(text));
  if (!document || more.length > 0 || document.errors.length > 0) return undefined;
  return document;
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
