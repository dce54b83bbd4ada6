import { Composer, type DocumentOptions, Lexer, type parseDocument, Parser } from "yaml";
import type { ParseOptions, SchemaOptions } from "yaml";

/**
 * Returns the document of a text whose quoted scalars go on at the left margin; nothing where it is broken otherwise.
 *
 * YAML wants the lines of a quoted scalar to be indented (YAML 1.2.2, section 7.3.1). Most readers take them anyway, and
 * templates in the wild rely on it, so that a text with a quote that seems to lack its end is looked at once more.
 */
export function parseTolerantly(
  text: string,
  options: ParseOptions & DocumentOptions & SchemaOptions,
): ReturnType<typeof parseDocument> | undefined {
  const parser = new Parser();
  Object.assign(parser, { lexer: tolerantLexer() });
  const [document, ...more] = new Composer(options).compose(parser.parse(text));
  if (!document || more.length > 0 || document.errors.length > 0) return undefined;
  return document as ReturnType<typeof parseDocument>;
}

/**
 * Returns the library's lexer with every line taken as one that continues a quoted scalar. What is replaced is not part of
 * its types: it is called for each line of a quoted scalar and answers with the offset of the line's content.
 */
function tolerantLexer(): Lexer {
  const lexer = new Lexer();
  const continueScalar = (offset: number) => {
    const { buffer } = lexer as unknown as { readonly buffer: string };
    return offset < buffer.length ? offset : -1;
  };
  return Object.assign(lexer, { continueScalar }) as Lexer;
}
