/** Returns a word as a POSIX shell reads it back: bare where it can be, else in single quotes. */
export function shellWord(text: string): string {
  return /^[\w@%+=:,./-]+$/.test(text) ? text : `'${text.replaceAll("'", `'\\''`)}'`;
}

/** Returns an argument vector as a line that a shell reads back as the same. */
export function shellLine(argv: readonly string[]): string {
  return argv.map(shellWord).join(" ");
}
