import assert from "node:assert/strict";
import { mapAtOnce } from "./at_once.ts";

Deno.test("mapAtOnce() keeps the order and to its bound", async () => {
  let [now, most] = [0, 0];
  const results = await mapAtOnce([30, 0, 20, 10, 0], 2, async (value) => {
    most = Math.max(most, ++now);
    for (let turn = 0; turn < value; turn++) await Promise.resolve();
    now--;
    return value + 1;
  });
  assert.deepEqual(results, [31, 1, 21, 11, 1]);
  assert.equal(most, 2);
});

Deno.test("mapAtOnce() fails with the first that fails", async () => {
  await assert.rejects(
    mapAtOnce(
      [1, 2, 3],
      2,
      (each) => each === 2 ? Promise.reject(new Error("two")) : Promise.resolve(),
    ),
    /two/,
  );
});
