import type { BenchRow, BenchTarget, PreparedBench } from "./bench_row.ts";
import { undoable, within } from "./bench_undos.ts";
import { formatTable } from "./table.ts";

const roundsDefault = 15;
const roundsShort = 3;

const rowMsMax = 15 * 60_000;

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

/** Returns what an error says, in one line. */
export function lineOf(error: unknown): string {
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
