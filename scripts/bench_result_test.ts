import assert from "node:assert/strict";
import { formatResults, measureRow, quantile } from "./bench_result.ts";
import type { BenchRow, BenchTarget } from "./bench_row.ts";
import { undoable, undoAll } from "./bench_undos.ts";

function rowOf(target: BenchTarget | undefined, sample: number, floor?: number): BenchRow {
  return {
    name: "room: thing",
    unit: "ms",
    floor: "nothing",
    rounds: 3,
    target,
    prepare: () =>
      Promise.resolve({
        sample: () => Promise.resolve(sample),
        floor: floor === undefined ? undefined : () => Promise.resolve(floor),
      }),
  };
}

Deno.test("measureRow() holds the median against each kind of target", async () => {
  const cases: [BenchTarget, number, number | undefined, string][] = [
    [{ atMost: 10 }, 10, undefined, "met"],
    [{ atMost: 10 }, 11, undefined, "missed"],
    [{ atLeast: 10 }, 9, undefined, "missed"],
    [{ overFloorAtMost: 5 }, 14, 10, "met"],
    [{ overFloorAtMost: 5 }, 16, 10, "missed"],
    [{ ratioAtMost: 1.5 }, 15, 10, "met"],
    [{ ratioAtMost: 1.5 }, 16, 10, "missed"],
    [{ ratioAtMost: 1.5 }, 16, undefined, "missed"],
  ];
  for (const [target, sample, floor, verdict] of cases) {
    assert.equal((await measureRow(rowOf(target, sample, floor))).verdict, verdict);
  }
});

Deno.test("measureRow() takes turns between row and floor, and closes what was prepared", async () => {
  const log: string[] = [];
  await measureRow({
    name: "room: thing",
    unit: "ms",
    rounds: 2,
    prepare: () =>
      Promise.resolve({
        sample: () => Promise.resolve(log.push("sample")),
        floor: () => Promise.resolve(log.push("floor")),
        close: () => Promise.resolve(void log.push("close")),
      }),
  });
  assert.deepEqual(log, ["sample", "floor", "floor", "sample", "floor", "sample", "close"]);
});

Deno.test("measureRow() says why a row was skipped or failed", async () => {
  const skipped = await measureRow({ ...rowOf(undefined, 1), lacking: () => "no systemd" });
  assert.deepEqual([skipped.verdict, skipped.reason], ["skipped", "no systemd"]);
  const failed = await measureRow({
    ...rowOf(undefined, 1),
    prepare: () => Promise.reject(new Error("disk full")),
  });
  assert.match(formatResults([skipped, failed]), /skipped: no systemd[^]*failed: disk full/);
  const bound = await measureRow({ ...rowOf(undefined, 1), remark: "an upper bound" });
  assert.match(formatResults([bound]), /1\.00 ms +1\.00 ms +an upper bound/);
});

Deno.test("measureRow() gives up a row that never ends, and undoAll() undoes what it had begun", async () => {
  let undone = 0;
  const undo = undoable(() => Promise.resolve(void undone++));
  const never = { ...rowOf(undefined, 1), prepare: () => new Promise<never>(() => {}) };
  const { verdict, reason } = await measureRow(never, false, 6);
  assert.deepEqual([verdict, reason], ["failed", "given up: not within 0.0001 minutes"]);
  assert.deepEqual(await undoAll(), []);
  await undo();
  assert.equal(undone, 1);
});

Deno.test("measureRow() says in one line why there is nothing to say of a row", async () => {
  const failed = await measureRow({
    ...rowOf(undefined, 1),
    lacking: () => Promise.reject(new Error("no such folder\nat a place")),
  });
  assert.deepEqual([failed.verdict, failed.reason], ["failed", "no such folder"]);
});

Deno.test("undoAll() goes on where one fails, and undoes what was started meanwhile", async () => {
  const log: string[] = [];
  undoable(() => Promise.reject(new Error("stuck")));
  undoable(() => {
    undoable(() => Promise.resolve(void log.push("second")));
    return Promise.resolve(void log.push("first"));
  });
  assert.deepEqual((await undoAll()).map(String), ["Error: stuck"]);
  assert.deepEqual(log, ["first", "second"]);
  assert.deepEqual(await undoAll(), []);
});

Deno.test("quantile() takes the mean of the middle two of an even count", () => {
  assert.equal(quantile([4, 1, 3, 2], 0.5), 2.5);
  assert.equal(quantile([7], 0.9), 7);
});
