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

/**
 * Returns a value that is taken as it stands, up to the end of the line: there is no escaping in it. So a control character,
 * a line break among them, is a blank, and a backslash at the end, which would join the next line to it, is not the end.
 */
export function plainValue(text: string): string {
  const line = doubled(blanked(text), "%");
  return line.endsWith("\\") ? `${line} ` : line;
}

/** Returns those of the names that units can have: with anything else in it, one would be something else in the file. */
export function unitNames(names: string[]): string[] {
  const good: string[] = [];
  for (let i = 0; i < names.length; i++) if (isUnitName(names[i])) good.push(names[i]);
  return good;
}

/** Letters, digits and `:-_.\@`, with a type at the end (systemd.unit(5)). */
function isUnitName(name: string): bool {
  for (let i = 0; i < name.length; i++) {
    const code = name.charCodeAt(i);
    const isAlphanumeric = (code >= 0x30 && code <= 0x39) || (code >= 0x41 && code <= 0x5a) ||
      (code >= 0x61 && code <= 0x7a);
    if (!isAlphanumeric && !":-_.\\@".includes(name.charAt(i))) return false;
  }
  const dot = name.lastIndexOf(".");
  return dot > 0 && dot < name.length - 1 && !name.endsWith("\\");
}

function blanked(text: string): string {
  let result = "";
  for (let i = 0; i < text.length; i++) {
    const code = text.charCodeAt(i);
    result += code < 0x20 || code == 0x7f ? " " : text.charAt(i);
  }
  return result;
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
