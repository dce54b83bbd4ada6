import { type BenchResult, formatResults, lineOf, measureRow } from "./bench_result.ts";
import type { BenchRow } from "./bench_row.ts";
import { undoAll, within } from "./bench_undos.ts";
import { readArguments, refuse, type Usage } from "./read_arguments.ts";

const undoMsMax = 3 * 60_000;
const exitInterrupted = 130;
const againMsMin = 1_000;

/** A file of `scripts/bench/`. */
export interface BenchModule {
  readonly rows: readonly BenchRow[];
  /** Ends what the rows share. */
  readonly close?: () => Promise<void>;
}

/** Loads every file of `scripts/bench/`. */
export async function loadModules(): Promise<BenchModule[]> {
  const folder = new URL("./bench/", import.meta.url);
  const names = [...Deno.readDirSync(folder)].map((entry) => entry.name)
    .filter((name) => name.endsWith(".ts") && !name.endsWith("_test.ts")).sort();
  const modules: BenchModule[] = [];
  for (const name of names) modules.push(await import(new URL(name, folder).href));
  return modules;
}

/** What to measure, as the arguments of a benchmark say. */
export interface BenchWishes {
  /** Parts of names of rows; all but those that are to be asked for where there is none. */
  readonly filters: readonly string[];
  /** A quick look will do. */
  readonly isShort: boolean;
  readonly isJson: boolean;
}

/** Reads the arguments of a task that measures, and loads what it can measure; refuses a filter that names no row. */
export async function readWishes(
  about: Pick<Usage, "task" | "about">,
  args?: readonly string[],
): Promise<{ readonly wishes: BenchWishes; readonly modules: readonly BenchModule[] }> {
  const { values, words } = readArguments({
    ...about,
    options: {
      json: { about: "prints what was measured as JSON" },
      short: { about: "has a quick look: few samples, and smaller cases where a row has any" },
    },
    words: { name: "FILTER", about: "a part of a row's name" },
  }, args);
  const modules = await loadModules();
  const rows = modules.flatMap((each) => each.rows);
  const unknown = unknownFilter(words, rows);
  if (unknown !== undefined) refuse(about, whyNoRow(unknown, rows));
  return { wishes: { filters: words, isShort: values.short, isJson: values.json }, modules };
}

/** Returns the first filter that is in no row's name, or nothing. */
export function unknownFilter(
  filters: readonly string[],
  rows: readonly Pick<BenchRow, "name">[],
): string | undefined {
  return filters.find((filter) => !rows.some((row) => isNamed(row, [filter])));
}

/** Rows are named by what they are of, then by what is measured: `store: write`. */
function whyNoRow(filter: string, rows: readonly Pick<BenchRow, "name">[]): string {
  const begins = new Set(rows.map(({ name }) => name.split(":")[0]));
  return `no row has "${filter}" in its name (there is ${[...begins].sort().join(", ")})`;
}

/** Returns whether a row has one of the filters in its name, or there is none. */
export function isNamed({ name }: Pick<BenchRow, "name">, filters: readonly string[]): boolean {
  return filters.length === 0 || filters.some((filter) => name.includes(filter));
}

/** Returns why a row that takes minutes is not measured: nobody asked for it by that part of its name. */
export function whyNotAsked(
  { askedBy }: Pick<BenchRow, "askedBy">,
  filters: readonly string[],
): string | undefined {
  if (askedBy === undefined || filters.some((filter) => filter.includes(askedBy))) return undefined;
  return `it takes minutes: ask for it with deno task bench "${askedBy}"`;
}

/** Measures rows one after the other, and says on standard error which. */
export class BenchRun {
  readonly #results: BenchResult[] = [];
  readonly #wishes: BenchWishes;
  readonly #startMs = performance.now();
  readonly #strays: unknown[] = [];
  #isEnding = false;
  #endingSinceMs = 0;

  constructor(wishes: BenchWishes) {
    this.#wishes = wishes;
  }

  /** Takes over what was measured elsewhere. */
  add(results: readonly BenchResult[]): void {
    this.#results.push(...results);
  }

  /** Prints what was measured, and ends the process; after a signal that ends it otherwise, it never comes to that. */
  async end(): Promise<never> {
    if (this.#isEnding) await new Promise(() => {});
    this.#print();
    // A row that was given up may still be at work.
    Deno.exit(this.#results.some(({ verdict }) => verdict === "failed") ? 1 : 0);
  }

  #print(): void {
    const results = this.#results;
    const minutes = ((performance.now() - this.#startMs) / 60_000).toFixed(1);
    const load = Deno.loadavg()[0].toFixed(1);
    console.error(`${results.length} rows in ${minutes} minutes, load ${load}`);
    const { isJson } = this.#wishes;
    console.log(isJson ? JSON.stringify(results, undefined, 2) : formatResults(results));
  }

  /** Measures those of a module that are wanted, and ends what they share. */
  async measure({ rows, close }: BenchModule): Promise<void> {
    const { filters, isShort } = this.#wishes;
    for (const row of rows.filter((each) => isNamed(each, filters))) {
      if (this.#isEnding) return;
      const reason = whyNotAsked(row, filters);
      if (reason) {
        this.#results.push({ name: row.name, unit: row.unit, verdict: "skipped", reason });
        continue;
      }
      console.error(`measuring ${row.name} …`);
      const startMs = performance.now();
      const result = this.#withStrays(await measureRow(row, isShort));
      if (this.#isEnding) return;
      const seconds = ((performance.now() - startMs) / 1_000).toFixed(1);
      console.error(
        `  ${[`${seconds} s`, result.verdict, result.reason].filter(Boolean).join(", ")}`,
      );
      this.#results.push(result);
      // What it left behind may disturb the next; those that share it start it anew.
      if (result.verdict === "failed") await tidy(undoAll().then(() => close?.()));
    }
    await tidy(close?.());
  }

  /** Has errors that nobody caught fail the row that they come from, and signals end the run in good order. */
  watch(): void {
    globalThis.addEventListener("unhandledrejection", (event) => {
      event.preventDefault();
      this.#strays.push(event.reason);
    });
    globalThis.addEventListener("error", (event) => {
      event.preventDefault();
      this.#strays.push(event.error);
    });
    for (const signal of ["SIGINT", "SIGTERM"] as const) {
      Deno.addSignalListener(signal, () => this.#end());
    }
  }

  async #end(): Promise<void> {
    if (this.#isEnding) {
      // Asked for twice: not waited for. One Ctrl+C may come as two, by the terminal and by the task runner.
      if (performance.now() - this.#endingSinceMs > againMsMin) Deno.exit(exitInterrupted);
      return;
    }
    this.#isEnding = true;
    this.#endingSinceMs = performance.now();
    console.error("ending what was started …");
    await tidy(undoAll());
    if (this.#results.length > 0) this.#print(); // minutes of work
    Deno.exit(exitInterrupted);
  }

  #withStrays(result: BenchResult): BenchResult {
    const strays = this.#strays.splice(0);
    if (strays.length === 0 || result.verdict === "failed") return result;
    const { name, unit } = result;
    return { name, unit, verdict: "failed", reason: `not caught: ${lineOf(strays[0])}` };
  }
}

async function tidy(work: Promise<unknown> | undefined): Promise<void> {
  try {
    await within(undoMsMax, "ending what was started", Promise.resolve(work));
  } catch (error) {
    console.error(lineOf(error));
  }
}
