import assert from "node:assert/strict";
import { whoGivesWay } from "./who_gives_way.ts";

Deno.test("whoGivesWay() takes the oldest place of whoever holds the most", () => {
  const held = [[1, "10.0.0.2"], [2, "10.0.0.1"], [3, "10.0.0.1"], [4, "10.0.0.1"]] as const;
  assert.equal(whoGivesWay(held, "10.0.0.3"), 2);
  assert.equal(whoGivesWay(held, "10.0.0.2"), 2);
});

Deno.test("whoGivesWay() lets a newcomer wait that would hold as many as anybody", () => {
  const held = [[1, "10.0.0.1"], [2, "10.0.0.1"], [3, "10.0.0.2"]] as const;
  assert.equal(whoGivesWay(held, "10.0.0.1"), undefined);
  assert.equal(whoGivesWay(held, "10.0.0.2"), undefined);
  assert.equal(whoGivesWay([[1, "10.0.0.1"], [2, "10.0.0.2"]], "10.0.0.3"), undefined);
  assert.equal(whoGivesWay([], "10.0.0.3"), undefined);
});

Deno.test("whoGivesWay() takes 64 bits of IPv6 for one machine, and a mapped address for what it is", () => {
  const held = [[1, "fd00::1"], [2, "fd00:0:0:0:a::b"], [3, "fd00::ffff:2"]] as const;
  assert.equal(whoGivesWay(held, "fd00:0:0:1::1"), 1);
  assert.equal(whoGivesWay(held, "fd00::9"), undefined);
  const mapped = [[1, "::ffff:10.0.0.1"], [2, "10.0.0.1"], [3, "::ffff:10.0.0.1"]] as const;
  assert.equal(whoGivesWay(mapped, "10.0.0.2"), 1);
  assert.equal(whoGivesWay(mapped, "10.0.0.1"), undefined);
});
