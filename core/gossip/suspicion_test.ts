import assert from "node:assert/strict";
import { gossipProfiles } from "./settings.ts";
import { Suspicion, suspicionMinMs } from "./suspicion.ts";

const { lan } = gossipProfiles;

Deno.test("suspicionMinMs() is memberlist's for 16, 64 and 200 members", () => {
  const seconds = [16, 64, 200].map((members) => suspicionMinMs(lan, members) / 1_000);
  assert.deepEqual(seconds, [4.816, 7.224, 9.204]);
});

Deno.test("Suspicion lasts its longest alone and its shortest once confirmed often enough", () => {
  const suspicion = new Suspicion(lan, 16, "a", 1_000);
  assert.equal(suspicion.deadlineMs, 1_000 + 28_896);
  assert.equal(suspicion.confirm("a"), false, "the accuser does not count");
  assert.equal(suspicion.confirm("b"), true);
  assert.equal(suspicion.confirm("b"), false);
  const once = suspicion.deadlineMs;
  assert.ok(once < 29_896 && once > 5_816);
  assert.equal(suspicion.confirm("c"), true);
  assert.equal(suspicion.deadlineMs, 1_000 + 4_816);
  assert.equal(suspicion.confirm("d"), false, "enough is enough");
});

Deno.test("Suspicion lasts its shortest where nobody could confirm it", () => {
  assert.equal(new Suspicion(lan, 3, "a", 0).deadlineMs, 4_000);
});
