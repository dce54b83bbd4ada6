/**
 * Measures the rows of `scripts/bench/*.ts` and prints a table: medians, the floor beside them, and where each target stands.
 *
 *     deno task bench [--json] [--short] [FILTER…]
 *
 * Each FILTER is a part of a row's name. `--short` is for a quick look: few samples, and smaller cases where a row has any. A missed target is printed, not punished: the exit code is 1 only where a
 * row could not be measured, which does not keep the others from it. SIGINT and SIGTERM end it with 130, once what was started is ended.
 */
import type { BenchRow, BenchTarget, PreparedBench } from "./bench_row.ts";
import { undoable, undoAll, within } from "./bench_undos.ts";
import { formatTable } from "./table.ts";

const roundsDefault = 15;
const roundsShort = 3;

const rowMsMax = 15 * 60_000;
const undoMsMax = 3 * 60_000;
const exitInterrupted = 130;
const againMsMin = 1_000;

/** What became of one row. */
export interface BenchResult {
  readonly name: string;
  readonly unit: BenchRow["unit"];
  readonly floorName?: string;
  readonly median?: number;
  readonly p90?: number;
  readonly floor?: number;
  readonly ratio?: number;
  readonly target?: string;
  readonly verdict: "met" | "missed" | "" | "skipped" | "failed";
  readonly reason?: string;
}

/** Measures one row. Never throws, and ends: a row that breaks or takes too long is a result. */
export async function measureRow(
  row: BenchRow,
  isShort = false,
  limitMs = rowMsMax,
): Promise<BenchResult> {
  const { name, unit } = row;
  try {
    const lacking = await row.lacking?.();
    if (lacking) return { name, unit, verdict: "skipped", reason: lacking };
    const { samples, floors, floorName } = await within(
      limitMs,
      "given up",
      takeSamples(row, isShort),
    );
    const median = quantile(samples, 0.5);
    const floor = floors.length > 0 ? quantile(floors, 0.5) : undefined;
    return {
      name,
      unit,
      floorName,
      median,
      p90: quantile(samples, 0.9),
      floor,
      ratio: floor ? median / floor : undefined,
      target: row.target && formatTarget(row.target, unit),
      verdict: row.target ? judge(row.target, median, floor) : "",
      reason: row.remark,
    };
  } catch (error) {
    return { name, unit, verdict: "failed", reason: lineOf(error) };
  }
}

interface Samples {
  readonly samples: number[];
  readonly floors: number[];
  readonly floorName?: string;
}

async function takeSamples(row: BenchRow, isShort: boolean): Promise<Samples> {
  const bench = await row.prepare(isShort);
  const close = undoable(async () => await bench.close?.());
  try {
    return await sampleAll(row, bench, isShort);
  } finally {
    await close();
  }
}

async function sampleAll(row: BenchRow, bench: PreparedBench, isShort: boolean): Promise<Samples> {
  const rounds = Math.min(row.rounds ?? roundsDefault, isShort ? roundsShort : Infinity);
  const samples: number[] = [];
  const floors: number[] = [];
  if (rounds > 1) { // the first of each pays for caches
    await bench.sample();
    await bench.floor?.();
  }
  for (let round = 0; round < rounds; round++) {
    if (bench.floor) floors.push(await bench.floor());
    samples.push(await bench.sample());
  }
  return { samples, floors, floorName: bench.floorName ?? row.floor };
}

function lineOf(error: unknown): string {
  return (error instanceof Error ? error.message : String(error)).split("\n", 1)[0];
}

/** Returns the value below which the share `q` of the values lies; of an even count's middle, the mean. */
export function quantile(values: readonly number[], q: number): number {
  const sorted = [...values].sort((a, b) => a - b);
  const position = (sorted.length - 1) * q;
  const below = Math.floor(position);
  const above = Math.ceil(position);
  return sorted[below] + (sorted[above] - sorted[below]) * (position - below);
}

function judge(target: BenchTarget, median: number, floor: number | undefined): "met" | "missed" {
  const met = "atMost" in target
    ? median <= target.atMost
    : "atLeast" in target
    ? median >= target.atLeast
    : floor === undefined
    ? false
    : "overFloorAtMost" in target
    ? median - floor <= target.overFloorAtMost
    : median <= floor * target.ratioAtMost;
  return met ? "met" : "missed";
}

function formatTarget(target: BenchTarget, unit: string): string {
  if ("atMost" in target) return `≤ ${formatValue(target.atMost, unit)}`;
  if ("atLeast" in target) return `≥ ${formatValue(target.atLeast, unit)}`;
  if ("overFloorAtMost" in target) return `≤ floor + ${formatValue(target.overFloorAtMost, unit)}`;
  return `≤ ${target.ratioAtMost} × floor`;
}

function formatValue(value: number | undefined, unit: string): string {
  if (value === undefined) return "";
  const digits = Math.abs(value) >= 100 ? 0 : Math.abs(value) >= 10 ? 1 : 2;
  return unit === "/s" ? `${value.toFixed(digits)}/s` : `${value.toFixed(digits)} ${unit}`;
}

/** Returns the results as a table for people. */
export function formatResults(results: readonly BenchResult[]): string {
  const header = ["what", "median", "p90", "floor", "ratio", "target", "stands"];
  const lines = results.map((each) => [
    each.name,
    formatValue(each.median, each.unit),
    formatValue(each.p90, each.unit),
    each.floor === undefined ? "" : `${formatValue(each.floor, each.unit)} (${each.floorName})`,
    each.ratio === undefined ? "" : `× ${each.ratio.toFixed(2)}`,
    each.target ?? "",
    [each.verdict, each.reason].filter(Boolean).join(": "),
  ]);
  return formatTable(header, lines);
}

interface BenchModule {
  readonly rows: readonly BenchRow[];
  /** Ends what the rows share. */
  readonly close?: () => Promise<void>;
}

async function loadModules(): Promise<BenchModule[]> {
  const folder = new URL("./bench/", import.meta.url);
  const names = [...Deno.readDirSync(folder)].map((entry) => entry.name)
    .filter((name) => name.endsWith(".ts") && !name.endsWith("_test.ts")).sort();
  const modules: BenchModule[] = [];
  for (const name of names) modules.push(await import(new URL(name, folder).href));
  return modules;
}

/** Measures rows one after the other, and says on standard error which. */
class BenchRun {
  readonly results: BenchResult[] = [];
  readonly #isShort: boolean;
  readonly #strays: unknown[] = [];
  #isEnding = false;
  #endingSinceMs = 0;

  constructor(isShort: boolean) {
    this.#isShort = isShort;
  }

  get hasFailed(): boolean {
    return this.results.some((each) => each.verdict === "failed");
  }

  /** Never comes to be after a signal: the process then ends otherwise. */
  get ended(): Promise<void> {
    return this.#isEnding ? new Promise(() => {}) : Promise.resolve();
  }

  /** Measures those of a module that are wanted, and ends what they share. */
  async measure({ rows, close }: BenchModule, isWanted: (row: BenchRow) => boolean): Promise<void> {
    for (const row of rows.filter(isWanted)) {
      if (this.#isEnding) return;
      console.error(`measuring ${row.name} …`);
      const result = this.#withStrays(await measureRow(row, this.#isShort));
      if (this.#isEnding) return;
      this.results.push(result);
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

if (import.meta.main) {
  const filters = Deno.args.filter((arg) => !arg.startsWith("--"));
  const isWanted = ({ name }: BenchRow) =>
    filters.length === 0 || filters.some((filter) => name.includes(filter));
  const run = new BenchRun(Deno.args.includes("--short"));
  const modules = await loadModules(); // before errors are rows' own: one of these is nobody's
  run.watch();
  for (const module of modules) await run.measure(module, isWanted);
  await run.ended;
  if (Deno.args.includes("--json")) console.log(JSON.stringify(run.results, undefined, 2));
  else console.log(formatResults(run.results));
  Deno.exit(run.hasFailed ? 1 : 0); // a row that was given up may still be at work
}
