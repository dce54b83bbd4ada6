import assert from "node:assert/strict";
import { RestartBackoff } from "./restart_backoff.ts";

Deno.test("failed() waits twice as long after each restart, up to a minute", () => {
  const backoff = new RestartBackoff();
  const waits: number[] = [];
  let nowMs = 0;
  for (let round = 0; round < 8; round++) {
    const held = backoff.failed("web-0", 1, nowMs);
    waits.push(held?.waitMs ?? 0);
    nowMs += held?.waitMs ?? 0;
    assert.equal(backoff.failed("web-0", 1, nowMs), undefined);
    backoff.restarted("web-0", nowMs);
  }
  assert.deepEqual(waits, [1_000, 2_000, 4_000, 8_000, 16_000, 32_000, 60_000, 60_000]);
});

Deno.test("failed() starts over in a new generation", () => {
  const backoff = new RestartBackoff();
  backoff.failed("web-0", 1, 0);
  for (let round = 0; round < 5; round++) backoff.restarted("web-0", 0);
  assert.equal(backoff.failed("web-0", 2, 0)?.waitMs, 1_000);
});

Deno.test("ready() forgives what happened more than a minute of good running ago", () => {
  const backoff = new RestartBackoff();
  backoff.failed("web-0", 1, 0);
  for (let round = 0; round < 5; round++) backoff.restarted("web-0", 0);
  backoff.ready("web-0", 100_000);
  backoff.ready("web-0", 160_000);
  assert.equal(backoff.failed("web-0", 1, 200_000)?.waitMs, 1_000);
});
