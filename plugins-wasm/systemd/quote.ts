/**
 * Writes words so that systemd reads them back as they are (systemd.syntax(7), systemd.service(5)).
 */

/** Returns one argument of `ExecStart`: `%` and `$` would stand for something there. */
export function quoteArgument(word: string): string {
  return quoteWord(doubled(doubled(word, "%"), "$"));
}

/** Returns one assignment of `Environment`: only `%` would stand for something there. */
export function quoteAssignment(name: string, value: string): string {
  return quoteWord(doubled(`${name}=${value}`, "%"));
}

/** Returns a value that is taken as it stands, up to the end of the line. */
export function plainValue(text: string): string {
  return doubled(text, "%");
}

function doubled(text: string, character: string): string {
  return text.split(character).join(character + character);
}

/** Puts quotes around a word where it needs them, with escapes inside. */
function quoteWord(word: string): string {
  if (isPlain(word)) return word;
  const parts: string[] = ['"'];
  for (let i = 0; i < word.length; i++) parts.push(escaped(word.charCodeAt(i)));
  parts.push('"');
  return parts.join("");
}

function escaped(code: i32): string {
  if (code == 0x22) return '\\"';
  if (code == 0x5c) return "\\\\";
  if (code == 0x0a) return "\\n";
  if (code == 0x09) return "\\t";
  if (code < 0x20 || code == 0x7f) return "\\x" + code.toString(16).padStart(2, "0");
  return String.fromCharCode(code);
}

/** Whether a word needs no quotes: no spaces, quotes, backslashes or control characters; not a lone `;`. */
function isPlain(word: string): bool {
  if (word.length == 0 || word == ";") return false;
  for (let i = 0; i < word.length; i++) {
    const code = word.charCodeAt(i);
    if (code <= 0x20 || code == 0x22 || code == 0x27 || code == 0x5c || code == 0x7f) return false;
  }
  return true;
}
