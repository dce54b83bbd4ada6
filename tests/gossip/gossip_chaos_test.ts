/** More seeds than the quick tests take; `scripts/gossip_chaos.ts` runs any number. */
import assert from "node:assert/strict";
import { runSeeds } from "../../scripts/gossip_chaos.ts";

Deno.test("chaos: 60 seeds of ten minutes of trouble each end in agreement", () => {
  const { failures, agreedMs } = runSeeds({ first: 10_000, seeds: 60, members: 5, minutes: 10 });
  assert.equal(failures.join("\n"), "");
  assert.equal(agreedMs.length, 60);
});

Deno.test("chaos: a larger cluster in trouble ends in agreement too", () => {
  const { failures } = runSeeds({ first: 1, seeds: 2, members: 24, minutes: 5 });
  assert.equal(failures.join("\n"), "");
});
