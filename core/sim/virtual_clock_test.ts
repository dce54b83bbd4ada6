import assert from "node:assert/strict";
import { VirtualClock } from "./virtual_clock.ts";

Deno.test("run() passes a day in no time, timers in order of their instants", async () => {
  const clock = new VirtualClock();
  const seen: string[] = [];
  const after = async (ms: number, name: string) => {
    await clock.sleep(ms);
    seen.push(`${name}@${clock.monotonicMs()}`);
  };
  await clock.run(
    Promise.all([after(86_400_000, "day"), after(10, "a"), after(10, "b"), after(5, "c")]),
    100_000_000,
  );
  assert.deepEqual(seen, ["c@5", "a@10", "b@10", "day@86400000"]);
});

Deno.test("run() says when nothing is left that could finish the work", async () => {
  await assert.rejects(new VirtualClock().run(new Promise(() => {})), /deadlock/);
});

Deno.test("run() gives up after its limit of virtual time", async () => {
  const clock = new VirtualClock();
  const forever = (async () => {
    while (true) await clock.sleep(1_000);
  })();
  await assert.rejects(clock.run(forever, 10_000), /not done after 10000 ms/);
});

Deno.test("sleep() rejects with the signal's reason and leaves no timer", async () => {
  const clock = new VirtualClock();
  const abort = new AbortController();
  const slept = clock.sleep(1_000, abort.signal);
  clock.schedule(1, () => abort.abort(new Error("enough")));
  await assert.rejects(clock.run(slept), /enough/);
  await assert.rejects(clock.run(new Promise(() => {})), /deadlock/);
});

Deno.test("stepWall() moves wall time alone, skewed() shows another wall", () => {
  const clock = new VirtualClock({ startMs: 1_000 });
  clock.stepWall(-500);
  assert.deepEqual([clock.nowMs(), clock.monotonicMs()], [500, 0]);
  assert.equal(clock.skewed(60_000).nowMs(), 60_500);
});

Deno.test("advance() lets long chains of promises end between timers", async () => {
  const clock = new VirtualClock();
  let links = 0;
  clock.schedule(5, async () => {
    for (; links < 10_000; links++) await undefined;
  });
  clock.schedule(6, () => assert.equal(links, 10_000));
  await clock.advance(6);
});
