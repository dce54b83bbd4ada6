import { isScalar, type Node, visit } from "yaml";
import type { ParsedDocument } from "./tolerant.ts";

/** A mistake of YAML syntax as the library found it. */
interface LibraryFault {
  readonly code: string;
  readonly message: string;
  readonly pos: readonly [number, number];
}

/** What is said of a mistake of syntax, and where. */
export interface SyntaxFault {
  readonly start: number;
  readonly end: number;
  readonly why: string;
  readonly fix: string;
}

const reasons: Readonly<Record<string, string>> = {
  MULTIPLE_DOCS: 'A second document begins here: "---" stands between documents',
};

const fixes: Readonly<Record<string, string>> = {
  MULTIPLE_DOCS: "Remove the line, or put each document into a file of its own",
  TAB_AS_INDENT: "Indent with blanks",
  BAD_INDENT:
    "Begin the line at the column of its neighbours, and close brackets that are opened above",
  MISSING_CHAR: "Add it; text with a colon, a hash or a bracket in it needs quotes",
  BLOCK_AS_IMPLICIT_KEY: "Begin a new line after the first colon, or put the text into quotes",
  MULTILINE_IMPLICIT_KEY: "Write each key on one line, with a colon and a blank after it",
  UNEXPECTED_TOKEN: "Check the quotes, brackets and indentation here and on the line above",
};

/** Returns what to say of a mistake. A quote that is never closed is shown where it is opened, not at the text's end. */
export function syntaxFault(document: ParsedDocument, fault: LibraryFault): SyntaxFault {
  const why = reasons[fault.code] ?? sentence(fault.message);
  const fix = fixes[fault.code] ?? "Check the quotes, brackets and indentation here";
  const [start, end] = fault.pos;
  const opened = /closing ["']/i.test(fault.message) ? lastQuoted(document) : undefined;
  return opened === undefined
    ? { start, end, why, fix }
    : { start: opened, end: opened + 1, why, fix: "Close the quote that is opened here" };
}

/** Where the last quoted text begins: one that is not closed takes all that follows. */
function lastQuoted(document: ParsedDocument): number | undefined {
  let found: number | undefined;
  visit(document.contents as Node, (_, node) => {
    if (!isScalar(node) || !node.type?.startsWith("QUOTE") || !node.range) return;
    found = Math.max(found ?? 0, node.range[0]);
  });
  return found;
}

/** Returns the library's words as ours begin and end. */
export function sentence(text: string): string {
  const trimmed = text.replace(/[.\s]+$/, "");
  return trimmed.charAt(0).toUpperCase() + trimmed.slice(1);
}
