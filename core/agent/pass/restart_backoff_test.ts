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

Deno.test("failed() leaves an item alone for its own delay after each end", () => {
  const backoff = new RestartBackoff();
  const pace = { delayMs: 5_000 };
  assert.equal(backoff.failed("web-0", 1, 0, pace)?.waitMs, 5_000);
  assert.equal(backoff.failed("web-0", 1, 5_000, pace), undefined);
  backoff.restarted("web-0", 5_000);
  assert.equal(backoff.failed("web-0", 1, 30_000, pace)?.waitMs, 5_000);
  assert.equal(backoff.failed("web-0", 1, 35_000, pace), undefined);
});

Deno.test("failed() gives up what was started as often as its policy allows, until a new generation", () => {
  const backoff = new RestartBackoff();
  const limit = { policy: "calm", starts: 3, withinMs: 60_000, isCounted: false };
  const pace = { delayMs: 0, limit };
  let starts = 1;
  let nowMs = 0;
  for (; nowMs < 20_000; nowMs += 500) {
    const held = backoff.failed("web-0", 1, nowMs, pace);
    if (held && held.waitMs === undefined) break;
    if (held) continue;
    backoff.restarted("web-0", nowMs);
    starts++;
  }
  assert.equal(starts, 3);
  const late = backoff.failed("web-0", 1, nowMs + 3_600_000, pace);
  assert.deepEqual(late, { why: 'policy "calm" allows 3 starts within 1m' });
  assert.equal(backoff.failed("web-0", 2, nowMs + 3_600_000, pace), undefined);
});

Deno.test("failed() counts only starts within the time of the policy", () => {
  const backoff = new RestartBackoff();
  const limit = { policy: "calm", starts: 2, withinMs: 10_000, isCounted: false };
  for (let nowMs = 0; nowMs < 200_000; nowMs += 20_000) {
    const held = backoff.failed("web-0", 1, nowMs, { limit });
    assert.notEqual(held && held.waitMs === undefined, true);
    backoff.restarted("web-0", nowMs + 1_000);
  }
});

Deno.test("failed() takes a service manager's word that it has given up", () => {
  const limit = { policy: "calm", starts: 9, withinMs: 10_000, isCounted: true };
  const held = new RestartBackoff().failed("web-0", 1, 0, { limit });
  assert.deepEqual(held, { why: 'policy "calm" allows 9 starts within 10s' });
});

Deno.test("failed() forgives by itself what ran well for a minute, though it was said to be ready once", () => {
  const backoff = new RestartBackoff();
  let nowMs = 0;
  for (let fall = 0; fall < 10; fall++) {
    nowMs += backoff.failed("web-0", 1, nowMs)?.waitMs ?? 0;
    assert.equal(backoff.failed("web-0", 1, nowMs), undefined);
    assert.equal(backoff.restarted("web-0", nowMs), 1, "each time as if it were the first");
    backoff.ready("web-0", nowMs);
    nowMs += 61_000;
  }
});

Deno.test("keepOnly() forgets what the service no longer has", () => {
  const backoff = new RestartBackoff();
  for (const id of ["web-0", "web-1"]) {
    backoff.failed(id, 1, 0);
    for (let round = 0; round < 5; round++) backoff.restarted(id, 0);
  }
  backoff.keepOnly(new Set(["web-0"]));
  assert.equal(backoff.failed("web-0", 1, 0)?.waitMs, 32_000);
  assert.equal(backoff.failed("web-1", 1, 0)?.waitMs, 1_000);
});
