import assert from "node:assert/strict";
import { VirtualClock } from "../sim/mod.ts";
import { lookUntilFound } from "./look_until_found.ts";

/** Looks at a journal that takes a line in at that time. Returns what was found, when, and how often it was looked at. */
async function check(atMs: number, patienceMs: number) {
  const clock = new VirtualClock();
  let looks = 0;
  const look = () => {
    looks++;
    return Promise.resolve(clock.monotonicMs() >= atMs ? ["cannot read the recipe"] : []);
  };
  const found = await clock.run(lookUntilFound(look, clock, patienceMs));
  return [found.length, clock.monotonicMs(), looks];
}

Deno.test("lookUntilFound() looks once where it finds something at once", async () => {
  assert.deepEqual(await check(0, 1_000), [1, 0, 1]);
});

Deno.test("lookUntilFound() finds what comes late, with growing pauses", async () => {
  assert.deepEqual(await check(300, 1_000), [1, 350, 4]);
});

Deno.test("lookUntilFound() gives up at the end of its patience, after a last look", async () => {
  assert.deepEqual(await check(Infinity, 1_000), [0, 1_000, 6]);
});

Deno.test("lookUntilFound() looks but once without patience", async () => {
  assert.deepEqual(await check(Infinity, 0), [0, 0, 1]);
});
