import assert from "node:assert/strict";
import { VirtualClock } from "../../sim/mod.ts";
import { type Look, type ReadinessOptions, waitFor } from "./readiness.ts";

const running: Look = { phase: "ready", attributes: {}, runs: true };

/** Options for items that are as `look` says; they were touched just now unless told. */
function optionsOf(
  clock: VirtualClock,
  look: () => Look,
  options: Partial<ReadinessOptions> = {},
): ReadinessOptions {
  return {
    clock,
    host: "a",
    look: (ids) => Promise.resolve(new Map(ids.map((id) => [id, look()]))),
    check: () => Promise.resolve(undefined),
    touchedAt: () => 0,
    lastLines: () => Promise.resolve(["port in use"]),
    changed: () => new Promise(() => {}),
    deadlineMs: () => 90_000,
    ...options,
  };
}

Deno.test("waitFor() takes a process for ready as soon as it has lasted, and not later", async () => {
  const clock = new VirtualClock();
  const options = optionsOf(clock, () => running, { touchedAt: () => 10 });
  const found = await clock.run(waitFor("start", ["web-0"], options, new AbortController().signal));
  assert.equal(found, undefined);
  assert.equal(clock.monotonicMs(), 310);
});

Deno.test("waitFor() waits not at all for what was not touched", async () => {
  const clock = new VirtualClock();
  const options = optionsOf(clock, () => running, { touchedAt: () => undefined });
  await clock.run(waitFor("start", ["web-0"], options, new AbortController().signal));
  assert.equal(clock.monotonicMs(), 0);
});

Deno.test("waitFor() says what a process wrote that ended before it had lasted", async () => {
  const clock = new VirtualClock();
  const options = optionsOf(
    clock,
    () => clock.monotonicMs() < 250 ? running : { ...running, phase: "failed", runs: false },
  );
  const found = await clock.run(waitFor("start", ["web-0"], options, new AbortController().signal));
  assert.equal(found?.code, "AGENT_PROCESS_DIED");
  assert.match(found!.why!, /port in use/);
});

Deno.test("waitFor() gives up at the deadline of what never becomes ready", async () => {
  const clock = new VirtualClock();
  const options = optionsOf(clock, () => ({ ...running, phase: "starting" }), {
    deadlineMs: () => 2_000,
  });
  const found = await clock.run(waitFor("start", ["web-0"], options, new AbortController().signal));
  assert.equal(found?.code, "AGENT_NOT_READY");
  assert.ok(clock.monotonicMs() < 3_000);
});
