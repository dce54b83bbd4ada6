/** A unit file as far as the model reads it: keys may repeat, an empty value clears what came before. */
export interface UnitFile {
  readonly unit: ReadonlyMap<string, readonly string[]>;
  readonly service: ReadonlyMap<string, readonly string[]>;
  readonly install: ReadonlyMap<string, readonly string[]>;
}

/** Reads a unit file (systemd.syntax(7)). */
export function parseUnit(text: string): UnitFile {
  const sections = new Map<string, Map<string, string[]>>();
  let section = new Map<string, string[]>();
  for (const line of text.replaceAll(/\\\n/g, " ").split("\n")) {
    const trimmed = line.trim();
    if (trimmed === "" || trimmed.startsWith("#") || trimmed.startsWith(";")) continue;
    const header = trimmed.match(/^\[(.+)\]$/);
    if (header) {
      section = sections.get(header[1]) ?? new Map();
      sections.set(header[1], section);
      continue;
    }
    const [, key, value] = trimmed.match(/^([^=]+?)\s*=\s*(.*)$/s) ?? [];
    if (key === undefined) continue;
    section.set(key, value === "" ? [] : [...section.get(key) ?? [], value]);
  }
  const sectionOf = (name: string) => sections.get(name) ?? new Map<string, string[]>();
  return {
    unit: sectionOf("Unit"),
    service: sectionOf("Service"),
    install: sectionOf("Install"),
  };
}

const escapes: Readonly<Record<string, string>> = {
  a: "\x07",
  b: "\b",
  f: "\f",
  n: "\n",
  r: "\r",
  t: "\t",
  v: "\v",
  "\\": "\\",
  '"': '"',
  "'": "'",
  s: " ",
};

/** Splits a command line or a list of assignments as systemd does: quotes, C escapes, `%%` and `$$`. */
export function splitCommand(line: string): string[] {
  const words: string[] = [];
  let word: string | undefined;
  let quote = "";
  for (let index = 0; index < line.length; index++) {
    const char = line[index];
    if (char === "\\") {
      const [text, length] = unescape(line.slice(index + 1));
      word = (word ?? "") + text;
      index += length;
    } else if (quote !== "" ? char === quote : word === undefined && /["']/.test(char)) {
      quote = quote === "" ? char : "";
      word ??= "";
    } else if (quote === "" && /\s/.test(char)) {
      if (word !== undefined) words.push(word);
      word = undefined;
    } else {
      if ((char === "%" || char === "$") && line[index + 1] === char) index++;
      word = (word ?? "") + char;
    }
  }
  if (word !== undefined) words.push(word);
  return words;
}

/** Returns what an escape stands for, and how many characters after the backslash it takes. */
function unescape(rest: string): [string, number] {
  const hex = rest.match(/^x([0-9a-fA-F]{2})/);
  if (hex) return [String.fromCharCode(parseInt(hex[1], 16)), 3];
  const unicode = rest.match(/^u([0-9a-fA-F]{4})/);
  if (unicode) return [String.fromCharCode(parseInt(unicode[1], 16)), 5];
  const octal = rest.match(/^[0-7]{3}/);
  if (octal) return [String.fromCharCode(parseInt(octal[0], 8)), 3];
  return [escapes[rest[0]] ?? `\\${rest[0] ?? ""}`, 1];
}
