import { visibleText } from "../../base/mod.ts";
import type { TextOutput } from "../surroundings.ts";

/** Colours and the like: ours, and those that programs put into their logs. They move nothing. */
// deno-lint-ignore no-control-regex -- it begins with one
const dress = /(\x1b\[[\d;]{0,32}m)/;

/**
 * Returns an output that writes out what a terminal would obey, but for colours. Names, logs and reasons come from
 * templates, plugins and workloads, which have no say in what a terminal does: it could be told to show other lines.
 *
 * What is no terminal gets all as it is, as do bytes.
 */
export function guardedOutput(output: TextOutput): TextOutput {
  if (!output.isTerminal) return output;
  return {
    isTerminal: true,
    columns: () => output.columns(),
    writeBytes: (bytes) => output.writeBytes(bytes),
    write: (text) => output.write(shownText(text)),
  };
}

function shownText(text: string): string {
  return text.replaceAll("\r\n", "\n").split(dress)
    .map((part, at) => at % 2 === 1 ? part : visibleText(part)).join("");
}
