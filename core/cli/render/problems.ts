import { formatWhere, type Problem, type SourcePosition } from "../../base/mod.ts";
import type { Surroundings } from "../surroundings.ts";
import { type Paint, painter } from "./colour.ts";

const problemsMax = 50;
/** Of a larger file no line is shown: the place is said. */
const shownBytesMax = 8 * 1024 * 1024;

/** Prints problems on standard error: each with the line that it is about, why, and how to mend it. */
export async function printProblems(
  it: Surroundings,
  problems: readonly Problem[],
): Promise<void> {
  const paint = painter(it, it.stderr);
  const sources = new Map<string, string[] | undefined>();
  for (const problem of problems.slice(0, problemsMax)) {
    const file = problem.where?.position?.file;
    if (file && !sources.has(file)) sources.set(file, await readLines(it, file));
    it.stderr.write(formatProblem(problem, paint, sources.get(file ?? "")));
  }
  const rest = problems.length - problemsMax;
  if (rest > 0) it.stderr.write(`… and ${rest} more\n`);
}

/**
 * Returns a problem as text; `source` holds the lines of the file that it is in.
 *
 *     shop.yaml:14:7: TOSCA_PROPERTY_MISSING
 *       14 |   web:
 *          |   ^^^
 *       what: Cannot compile node template "web": property "port" has no value
 *       why:  Node type "Process" requires it
 *       fix:  Assign "port" in properties
 */
export function formatProblem(it: Problem, paint: Paint, source?: readonly string[]): string {
  const style = it.severity === "warning" ? "yellow" : "red";
  const head = it.where ? `${formatWhere(it.where)}: ` : "";
  const lines = [paint("bold", head) + paint(style, it.code)];
  if (it.severity === "warning") lines[0] += " (warning)";
  if (source && it.where?.position) lines.push(...excerpt(it.where.position, source, paint, style));
  lines.push(`  ${paint("dim", "what:")} ${indented(it.what)}`);
  if (it.why) lines.push(`  ${paint("dim", "why:")}  ${indented(it.why)}`);
  if (it.fix) lines.push(`  ${paint("dim", "fix:")}  ${indented(it.fix)}`);
  const text = lines.map((line) => `${line}\n`).join("");
  if (!it.cause) return text;
  const cause = formatProblem(it.cause, paint).trimEnd().split("\n");
  return text + cause.map((line) => `    ${line}\n`).join("");
}

function excerpt(
  position: SourcePosition,
  source: readonly string[],
  paint: Paint,
  style: "red" | "yellow",
): string[] {
  const line = source[position.line - 1];
  if (line === undefined || line.length > 400) return [];
  const number = String(position.line);
  const bar = paint("dim", "|");
  // Tabs stay tabs, so that the caret stands below its character whatever the tab width is.
  const before = line.slice(0, position.column - 1).replaceAll(/[^\t]/g, " ");
  return [
    `  ${paint("dim", number)} ${bar} ${line}`,
    `  ${" ".repeat(number.length)} ${bar} ${before}${paint(style, "^".repeat(length(position)))}`,
  ];

  function length({ column, endLine, endColumn }: SourcePosition): number {
    const end = endLine === undefined || endLine === position.line ? endColumn : line.length + 1;
    return Math.max(1, Math.min(end ?? column, line.length + 1) - column);
  }
}

function indented(text: string): string {
  return text.replaceAll("\n", "\n        ");
}

async function readLines(it: Surroundings, file: string): Promise<string[] | undefined> {
  try {
    if (((await it.files.stat(file))?.sizeBytes ?? 0) > shownBytesMax) return undefined;
    return new TextDecoder().decode(await it.files.read(file)).split(/\r?\n/);
  } catch {
    return undefined; // the place is said without its line
  }
}
