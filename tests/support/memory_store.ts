import { ProblemError } from "../../core/base/mod.ts";
import {
  type FaultRule,
  Faults,
  type FaultsOptions,
  MemoryDisk,
  MemoryFiles,
  MemoryLocks,
  SeededRandom,
  VirtualClock,
} from "../../core/sim/mod.ts";
import { createCluster, type StoreOptions } from "../../core/store/mod.ts";

/** A disk in memory with what uses it: each life of a writer is `life()`, with its own faults. */
export class MemoryState {
  readonly clock = new VirtualClock();
  readonly disk = new MemoryDisk(() => this.clock.nowMs());
  #lives = 0;

  /** Makes the cluster that the tests start from, all of it on the disk for good. */
  static async seeded(): Promise<MemoryState> {
    const state = new MemoryState();
    const { options } = state.life();
    await state.clock.run(createCluster(options, { name: "test", mode: "user", id: "c1" }));
    state.disk.syncAll();
    return state;
  }

  life(
    faulty: Omit<FaultsOptions, "clock"> = {},
    writer = { host: "a", boot: "b1" },
  ): { options: StoreOptions; faults: Faults } {
    const faults = new Faults({ ...faulty, clock: this.clock });
    const files = new MemoryFiles(this.disk, faults);
    const locks = new MemoryLocks(files, faults);
    const random = new SeededRandom(`life ${++this.#lives}`);
    return { options: { clock: this.clock, random, files, locks, root: "/state", writer }, faults };
  }

  /** Names of files that only a write under way should have. */
  temporaryFiles(): string[] {
    return Object.keys(this.disk.texts()).filter((path) => /\/\.[^/]*\.tmp(\/|$)/.test(path));
  }
}

export type WalkEnd = "acknowledged" | "stopped" | "failed";

/** How one life of a walk went. */
export interface WalkStep {
  readonly state: MemoryState;
  readonly end: WalkEnd;
  /** What it was stopped or failed by, for messages. */
  readonly where: string;
  readonly error?: unknown;
}

/**
 * Kills `work` at every one of its effects, before it, in the middle and after it, with and without a power loss, and gives
 * each outcome to `check`. `prepare` makes the state anew each time.
 */
export async function walkCrashes(
  prepare: () => Promise<MemoryState>,
  work: (options: StoreOptions) => Promise<unknown>,
  check: (step: WalkStep) => Promise<void>,
): Promise<number> {
  let count = 0;
  for (let effect = 1; effect < 1_000; effect++) {
    let isPast = false;
    for (const moment of ["before", "torn", "after"] as const) {
      for (const losesPower of [false, true]) {
        const state = await prepare();
        const { options, faults } = state.life({ stopAt: { effect, moment } });
        let end: WalkEnd = "stopped";
        const done = work(options).then(() => void (end = "acknowledged"));
        await state.clock.run(Promise.race([done, faults.stopped()]));
        if (losesPower) state.disk.powerLoss();
        const loss = losesPower ? ", then the power failed" : "";
        await check({
          state,
          end,
          where: `${moment} effect ${effect}: ${faults.effects[effect - 1]}${loss}`,
        });
        isPast ||= !faults.isStopped;
        count++;
      }
    }
    if (isPast) return count;
  }
  throw new Error("the work has no end");
}

/** Lets every operation of `work` fail once with `fault`, and gives each outcome to `check`. */
export async function walkFailures(
  prepare: () => Promise<MemoryState>,
  fault: FaultRule["fault"],
  work: (options: StoreOptions) => Promise<unknown>,
  check: (step: WalkStep) => Promise<void>,
): Promise<number> {
  for (let skip = 0; skip < 1_000; skip++) {
    const state = await prepare();
    const rule = { skip, times: 1, fault };
    const { options, faults } = state.life({ rules: [rule] });
    let met = 0;
    const counted = countOperations(options, () => met++);
    let error: unknown;
    const end = await state.clock.run(
      work(counted).then(() => "acknowledged" as const, (thrown) => {
        error = thrown;
        return "failed" as const;
      }),
    );
    if (met <= skip) return skip;
    if (error !== undefined && !(error instanceof ProblemError)) throw error;
    await check({
      state,
      end,
      error,
      where: `${JSON.stringify(fault)} at operation ${
        skip + 1
      }, after ${faults.effects.length} effects`,
    });
  }
  throw new Error("the work has no end");
}

/** Counts the operations on files and locks, so that the walk knows where its end is. */
function countOperations(options: StoreOptions, count: () => void): StoreOptions {
  const wrap = <T extends object>(port: T): T =>
    new Proxy(port, {
      get(target, name) {
        const member = Reflect.get(target, name, target);
        if (typeof member !== "function") return member;
        return (...args: unknown[]) => {
          count();
          return member.apply(target, args);
        };
      },
    });
  return { ...options, files: wrap(options.files), locks: wrap(options.locks) };
}

/** Returns the code of the problem that `work` ends with, or `none`. */
export async function problemCodeOf(work: Promise<unknown>): Promise<string> {
  try {
    await work;
    return "none";
  } catch (error) {
    if (error instanceof ProblemError) return error.problem.code;
    throw error;
  }
}
