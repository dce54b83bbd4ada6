import type { Surroundings, TextOutput } from "../surroundings.ts";

export type Style = "bold" | "dim" | "red" | "green" | "yellow" | "cyan";

const codes: Readonly<Record<Style, number>> = {
  bold: 1,
  dim: 2,
  red: 31,
  green: 32,
  yellow: 33,
  cyan: 36,
};

/** Puts a style on a text, or leaves it alone. */
export type Paint = (style: Style, text: string) => string;

/** Returns how to colour what goes to an output: only on a terminal, and never with NO_COLOR (no-color.org). */
export function painter(it: Surroundings, output: TextOutput): Paint {
  const isColoured = output.isTerminal && !it.env("NO_COLOR") && it.env("TERM") !== "dumb";
  return isColoured
    ? (style, text) => `\x1b[${codes[style]}m${text}\x1b[0m`
    : (_style, text) => text;
}

/** Returns the style of a phase, a status or a liveness; nothing for what is neither good nor bad. */
export function styleOf(word: string): Style | undefined {
  if (/^(ready|ok|alive|settled)$/.test(word)) return "green";
  if (/^(failed|dead|error)$/.test(word)) return "red";
  if (/^(pending|starting|degraded|suspect|warning|deleting|unknown)$/.test(word)) return "yellow";
  return undefined;
}
