import assert from "node:assert/strict";
import { VirtualClock } from "../../sim/mod.ts";
import { Heart } from "./heart.ts";

Deno.test("Heart beats once at a time, each beat another, and tells the fence when it began", async () => {
  const clock = new VirtualClock();
  const written: number[] = [];
  const told: number[] = [];
  let atOnce = 0;
  const beat = async (_host: string, sequence: number) => {
    assert.equal(++atOnce, 1);
    await clock.sleep(100);
    atOnce--;
    if (sequence === 2) throw new Error("away");
    written.push(sequence);
  };
  const acknowledged = (beganMs: number) => Promise.resolve(void told.push(beganMs));
  const heart = new Heart({ clock, store: { beat } }, { acknowledged }, "alpha");
  const beats = Promise.allSettled([heart.beat(), heart.beat(), heart.beat()]);
  const ends = (await clock.run(beats)).map(({ status }) => status);
  assert.deepEqual(ends, ["fulfilled", "rejected", "fulfilled"]);
  assert.deepEqual(written, [1, 3]);
  assert.deepEqual(told, [0, 200]);
  assert.equal(heart.problem, undefined);
});

Deno.test("Heart keeps why its last beat was not written", async () => {
  const clock = new VirtualClock();
  let isFull = true;
  const beat = () => isFull ? Promise.reject(new Error("no room")) : Promise.resolve();
  const heart = new Heart({ clock, store: { beat } }, {
    acknowledged: () => Promise.resolve(),
  }, "alpha");
  await assert.rejects(heart.beat());
  assert.match(JSON.stringify(heart.problem), /no room/);
  isFull = false;
  await heart.beat();
  await Promise.resolve();
  assert.equal(heart.problem, undefined);
});
