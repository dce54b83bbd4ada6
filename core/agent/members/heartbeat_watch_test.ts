import assert from "node:assert/strict";
import { HeartbeatWatch } from "./heartbeat_watch.ts";

Deno.test("HeartbeatWatch counts from the end of the first read to the beginning of the last", () => {
  const watch = new HeartbeatWatch();
  assert.equal(watch.stillMs("a"), undefined);
  watch.saw("a", "1", 100, 150);
  assert.equal(watch.stillMs("a"), 0);
  watch.saw("a", "1", 1_000, 9_000);
  assert.equal(watch.stillMs("a"), 850);
  watch.saw("a", "2", 9_500, 9_600);
  assert.equal(watch.stillMs("a"), 0);
});

Deno.test("HeartbeatWatch concludes nothing from a heartbeat that it could not read", () => {
  const watch = new HeartbeatWatch();
  watch.saw("a", "1", 0, 0);
  watch.saw("a", "1", 50_000, 50_000);
  watch.lost("a");
  assert.equal(watch.stillMs("a"), undefined);
  watch.saw("a", "1", 60_000, 60_000);
  assert.equal(watch.stillMs("a"), 0);
});

Deno.test("HeartbeatWatch takes a heartbeat that was never written for one that stands still", () => {
  const watch = new HeartbeatWatch();
  watch.saw("a", undefined, 0, 0);
  watch.saw("a", undefined, 40_000, 40_000);
  assert.equal(watch.stillMs("a"), 40_000);
  watch.lost("a");
  assert.equal(watch.stillMs("a"), undefined);
});
