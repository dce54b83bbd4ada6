/**
 * What a task of `deno.json` takes, as a value: whoever reads arguments by it answers `--help`, and refuses what the task
 * does not know before it does any work.
 */
import { parseArgs } from "node:util";
import { nearest } from "../core/base/mod.ts";

const exitUsage = 2;

/** What a task takes. */
export interface Usage<Options extends OptionsUsage = OptionsUsage> {
  /** How it is begun: `deno task bench`. */
  readonly task: string;
  /** What it does; lines as they are to be printed. */
  readonly about: string;
  readonly options?: Options;
  /** Arguments that are no options; without it none is taken. */
  readonly words?: { readonly name: string; readonly about: string; readonly max?: number };
  /** Other ways to begin it, each with what it does. */
  readonly forms?: readonly (readonly [form: string, about: string])[];
}

export type OptionsUsage = Readonly<Record<string, OptionUsage>>;

/** An option. It is a flag unless it has a `value`. */
export interface OptionUsage {
  readonly about: string;
  /** How help names its value: `N`. */
  readonly value?: string;
  /** The value is a whole number, from the first of these to the second. */
  readonly whole?: readonly [min: number, max: number];
  /** It means something beside this option only. */
  readonly beside?: string;
  /** It means nothing beside these. */
  readonly notBeside?: readonly string[];
}

/** What was given. An option that was not is absent; a flag is `false` then. */
export interface Arguments<Options extends OptionsUsage> {
  readonly values: { readonly [Name in keyof Options]: ValueOf<Options[Name]> };
  readonly words: readonly string[];
}

type ValueOf<Option extends OptionUsage> = Option extends { readonly whole: readonly number[] }
  ? number | undefined
  : Option extends { readonly value: string } ? string | undefined
  : boolean;

/** Returns what the arguments say, or ends the process: with 0 and the help where that is asked for, or with 2 and why. */
export function readArguments<const Options extends OptionsUsage>(
  usage: Usage<Options>,
  args: readonly string[] = Deno.args,
): Arguments<Options> {
  const read = parseArguments(usage, args);
  if ("values" in read) return read;
  if ("wrong" in read) return refuse(usage, read.wrong);
  console.log(read.help);
  Deno.exit(0);
}

/** Says in one line why a task does not begin, and ends the process. */
export function refuse({ task }: Pick<Usage, "task">, why: string): never {
  console.error(`${task}: ${why}; see ${task} --help`);
  Deno.exit(exitUsage);
}

/** Reads arguments; says what is wrong with the first of them that is, or helps where that is asked for. */
export function parseArguments<const Options extends OptionsUsage>(
  usage: Usage<Options>,
  args: readonly string[],
): Arguments<Options> | { readonly help: string } | { readonly wrong: string } {
  const options: OptionsUsage = usage.options ?? {};
  const { tokens } = parseArgs({
    args: [...args],
    options: {
      ...Object.fromEntries(
        Object.entries(options).map(([name, { value }]) => [
          name,
          { type: value === undefined ? "boolean" as const : "string" as const },
        ]),
      ),
      help: { type: "boolean", short: "h" },
    },
    strict: false, // its own refusals are several sentences long, and know no near misses
    allowPositionals: true,
    tokens: true,
  });
  const values: Record<string, unknown> = {};
  for (const [name, { value }] of Object.entries(options)) {
    values[name] = value === undefined ? false : undefined;
  }
  const words: string[] = [];
  let wrong: string | undefined;
  for (const token of tokens) {
    if (token.kind === "positional") words.push(token.value);
    if (token.kind !== "option") continue;
    if (token.name === "help") return { help: helpOf(usage) };
    const option = Object.hasOwn(options, token.name) ? options[token.name] : undefined;
    wrong ??= option ? whyNotValue(token, option) : unknownOption(token.rawName, options);
    values[token.name] = option?.whole ? Number(token.value) : token.value ?? true;
  }
  wrong ??= whyNotTogether(options, values) ?? whyNotWords(usage, words);
  if (wrong !== undefined) return { wrong };
  return { values: values as Arguments<Options>["values"], words };
}

/** Returns what is printed for `--help`. */
function helpOf({ task, about, options = {}, words, forms = [] }: Usage): string {
  const taken = Object.entries(options);
  const given = ([name, { value }]: [string, OptionUsage]) =>
    value === undefined ? `--${name}` : `--${name} ${value}`;
  const usage = [task, ...taken.map((each) => `[${given(each)}]`)];
  if (words) usage.push(`[${words.name}${words.max === 1 ? "" : "…"}]`);
  const rows = taken.map((each) => [given(each), each[1].about]);
  if (words) rows.push([words.name, words.about]);
  rows.push(["--help", "prints this"]);
  const others = forms.map(([form, does]) => [`${task} ${form}`, does]);
  return [
    `Usage: ${usage.join(" ")}`,
    about,
    columns(rows),
    ...others.length > 0 ? [`Or:\n${columns(others)}`] : [],
  ].join("\n\n");
}

function columns(rows: readonly (readonly string[])[]): string {
  const width = Math.max(...rows.map(([first]) => first.length));
  return rows.map(([first, second]) => `  ${first.padEnd(width)}  ${second}`).join("\n");
}

function unknownOption(given: string, options: OptionsUsage): string {
  const near = nearest(given.replace(/^-+/, ""), [...Object.keys(options), "help"]);
  const hint = near === undefined ? "" : ` (did you mean "--${near}"?)`;
  return `there is no option "${given}"${hint}`;
}

function whyNotValue(
  { rawName, value }: { readonly rawName: string; readonly value?: string },
  option: OptionUsage,
): string | undefined {
  if (option.value === undefined) {
    return value === undefined ? undefined : `option "${rawName}" takes no value`;
  }
  if (value === undefined || value === "") return `option "${rawName}" wants ${option.value}`;
  if (option.whole === undefined) return undefined;
  const [min, max] = option.whole;
  const isWithin = /^\d+$/.test(value) && Number(value) >= min && Number(value) <= max;
  if (isWithin) return undefined;
  const range = max === Infinity ? `of at least ${min}` : `from ${min} to ${max}`;
  return `option "${rawName}" wants a whole number ${range}, not "${value}"`;
}

function whyNotTogether(
  options: OptionsUsage,
  values: Readonly<Record<string, unknown>>,
): string | undefined {
  const isGiven = (name: string) => values[name] !== undefined && values[name] !== false;
  for (const [name, { beside, notBeside = [] }] of Object.entries(options)) {
    if (!isGiven(name)) continue;
    if (beside !== undefined && !isGiven(beside)) {
      return `option "--${name}" goes with "--${beside}" only`;
    }
    const other = notBeside.find(isGiven);
    if (other !== undefined) return `option "--${name}" does not go with "--${other}"`;
  }
  return undefined;
}

function whyNotWords({ words }: Usage, given: readonly string[]): string | undefined {
  const max = words ? words.max ?? Infinity : 0;
  return given.length <= max ? undefined : `it does not know what "${given[max]}" is for`;
}
