/**
 * Measures the rows of `scripts/bench/*.ts` and prints a table: medians, the floor beside them, and where each target stands.
 *
 *     deno task bench [--json] [--short] [FILTER…]
 *
 * Each FILTER is a part of a row's name. `--short` is for a quick look: few samples, and smaller cases where a row has any. A missed target is printed, not punished: the exit code is 1 only where a
 * row could not be measured.
 */
import type { BenchRow, BenchTarget } from "./bench_row.ts";
import { formatTable } from "./table.ts";

const roundsDefault = 15;
const roundsShort = 3;

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

/** Measures one row. Never throws: a row that breaks is a result. */
export async function measureRow(row: BenchRow, isShort = false): Promise<BenchResult> {
  const { name, unit } = row;
  const lacking = await row.lacking?.();
  if (lacking) return { name, unit, verdict: "skipped", reason: lacking };
  try {
    const { samples, floors, floorName } = await takeSamples(row, isShort);
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
    };
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    return { name, unit, verdict: "failed", reason };
  }
}

async function takeSamples(
  row: BenchRow,
  isShort: boolean,
): Promise<{ samples: number[]; floors: number[]; floorName?: string }> {
  const bench = await row.prepare(isShort);
  const rounds = Math.min(row.rounds ?? roundsDefault, isShort ? roundsShort : Infinity);
  const samples: number[] = [];
  const floors: number[] = [];
  try {
    if (rounds > 1) { // the first of each pays for caches
      await bench.sample();
      await bench.floor?.();
    }
    for (let round = 0; round < rounds; round++) {
      if (bench.floor) floors.push(await bench.floor());
      samples.push(await bench.sample());
    }
  } finally {
    await bench.close?.();
  }
  return { samples, floors, floorName: bench.floorName ?? row.floor };
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
    each.reason ? `${each.verdict}: ${each.reason}` : each.verdict,
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

if (import.meta.main) {
  const filters = Deno.args.filter((arg) => !arg.startsWith("--"));
  const results: BenchResult[] = [];
  for (const { rows, close } of await loadModules()) {
    for (const row of rows) {
      if (filters.length > 0 && !filters.some((filter) => row.name.includes(filter))) continue;
      console.error(`measuring ${row.name} …`);
      results.push(await measureRow(row, Deno.args.includes("--short")));
    }
    await close?.();
  }
  if (Deno.args.includes("--json")) console.log(JSON.stringify(results, undefined, 2));
  else console.log(formatResults(results));
  if (results.some((each) => each.verdict === "failed")) Deno.exit(1);
}
