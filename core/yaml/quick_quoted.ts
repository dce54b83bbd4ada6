const escapes: Readonly<Record<string, string>> = {
  "0": "\0",
  a: "\x07",
  b: "\b",
  e: "\x1b",
  f: "\f",
  n: "\n",
  r: "\r",
  t: "\t",
  v: "\v",
  N: "\u0085",
  _: "\u00a0",
  L: "\u2028",
  P: "\u2029",
  " ": " ",
  '"': '"',
  "/": "/",
  "\\": "\\",
};

/** Returns what a double-quoted scalar of one line says; nothing where an escape is unknown. */
export function readDoubleQuoted(inner: string): string | undefined {
  if (!inner.includes("\\")) return inner;
  let isGood = true;
  const text = inner.replaceAll(
    /\\(x[0-9a-fA-F]{2}|u[0-9a-fA-F]{4}|[\s\S])/g,
    (_, code: string) => {
      if (code.length > 1) return String.fromCharCode(parseInt(code.slice(1), 16));
      if (code in escapes) return escapes[code];
      isGood = false;
      return "";
    },
  );
  return isGood ? text : undefined;
}

/** Returns what a single-quoted scalar of one line says. */
export function readSingleQuoted(inner: string): string {
  return inner.replaceAll("''", "'");
}
