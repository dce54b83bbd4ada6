/**
 * What a benchmark is: each file of `scripts/bench/` exports `rows`, and `scripts/bench.ts` measures and prints them.
 *
 *     export const rows: readonly BenchRow[] = [{
 *       name: "store: write a document",
 *       unit: "ms",
 *       floor: "write + fsync + link",
 *       target: { ratioAtMost: 3 },
 *       prepare: async () => {
 *         const directory = await Deno.makeTempDir();
 *         return {
 *           sample: () => timeMs(() => writeDocument(directory)),
 *           floor: () => timeMs(() => writeRaw(directory)),
 *           close: () => Deno.remove(directory, { recursive: true }),
 *         };
 *       },
 *     }];
 */

/** What a row measures, and what it is held against. */
export interface BenchRow {
  /** `room: what is measured`, unique; filters match on it. */
  readonly name: string;
  /** Of one sample. With `/s` more is better, with the others less is. */
  readonly unit: "ms" | "MB" | "%" | "/s" | "packets/s" | "B/s" | "times";
  /** How many samples are taken, after one that is thrown away; 15 unless told. A long run that averages by itself says 1. */
  readonly rounds?: number;
  /** Names what the floor does, where `prepare` gives one. */
  readonly floor?: string;
  readonly target?: BenchTarget;
  /** What a reader has to know of the figure; printed in place of a verdict. */
  readonly remark?: string;
  /** What a filter has to have in it for the row to be measured, where that takes minutes. */
  readonly askedBy?: string;
  /** Returns why this cannot be measured here. */
  readonly lacking?: () => string | undefined | Promise<string | undefined>;
  /** Makes what the samples need, or less of it for a quick look. Called once, just before them. */
  prepare(isShort: boolean): Promise<PreparedBench>;
}

/** A row that is ready to be sampled. Samples of the row and of its floor take turns, so that both meet the same machine. */
export interface PreparedBench {
  sample(): Promise<number>;
  /** The least that any solution must pay, measured in the same run. */
  floor?(): Promise<number>;
  /** What the floor does, where that depends on the machine. */
  readonly floorName?: string;
  close?(): Promise<void>;
}

/** A bound on the median, on how far it is over the floor's, or on the ratio of the two. */
export type BenchTarget =
  | { readonly atMost: number }
  | { readonly atLeast: number }
  | { readonly overFloorAtMost: number }
  | { readonly ratioAtMost: number };

/** Returns how long `work` took, in milliseconds. */
export async function timeMs(work: () => unknown): Promise<number> {
  const start = performance.now();
  await work();
  return performance.now() - start;
}

/** Gives samples that were taken beforehand one after the other, from the first again after the last. */
export function inTurn(samples: readonly number[]): () => Promise<number> {
  let at = 0;
  return () => Promise.resolve(samples[at++ % samples.length]);
}
