/**
 * What a terminal obeys instead of showing it: control characters but for tabs and line breaks, and those that turn the
 * direction of writing.
 */
// deno-lint-ignore no-control-regex -- these are what has to be written otherwise
const unseen = /[\x00-\x08\x0b-\x1f\x7f-\x9f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069]/g;

/** Returns a text with what a terminal would obey written out: `\x1b[2J` as four characters and `[2J`. */
export function visibleText(text: string): string {
  return text.replaceAll(unseen, writtenOut);
}

/** Returns a text as one line, with what a terminal would obey written out. */
export function visibleLine(text: string): string {
  return visibleText(text.replaceAll(/\s*[\r\n\u2028\u2029]\s*/g, " "));
}

function writtenOut(character: string): string {
  const code = character.charCodeAt(0);
  return code < 0x100
    ? `\\x${code.toString(16).padStart(2, "0")}`
    : `\\u${code.toString(16).padStart(4, "0")}`;
}
