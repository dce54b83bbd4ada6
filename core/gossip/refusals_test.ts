import assert from "node:assert/strict";
import { type Problem, problem } from "../base/mod.ts";
import { RefusalTally } from "./refusals.ts";

const refused = (code: Problem["code"], host: string, why = "no key fits") =>
  problem(code, { what: "Cannot accept a gossip message", why, where: { host } });

Deno.test("RefusalTally tells the first of each code at once, and what follows once a minute", () => {
  const tally = new RefusalTally();
  assert.deepEqual(tally.note(refused("GOSSIP_REFUSED", "10.0.0.9:1"), 0), {
    code: "GOSSIP_REFUSED",
    why: "no key fits",
    count: 1,
    peers: ["10.0.0.9"],
  });
  assert.equal(tally.dueMs, undefined);
  assert.equal(tally.note(refused("GOSSIP_OTHER_CLUSTER", "::1:7"), 10)?.peers[0], "::1");
  for (let i = 0; i < 1_000; i++) {
    assert.equal(
      tally.note(refused("GOSSIP_REFUSED", `10.0.0.${i % 200}:${i}`), 20 + i),
      undefined,
    );
  }
  assert.equal(tally.dueMs, 60_000);
  assert.deepEqual(tally.take(59_999), []);
  const [later] = tally.take(60_000);
  assert.deepEqual([later.code, later.count, later.peers.length], ["GOSSIP_REFUSED", 1_000, 8]);
  assert.deepEqual(tally.take(200_000), []);
  assert.equal(tally.note(refused("GOSSIP_REFUSED", "10.0.0.9:1"), 200_000)?.count, 1);
  assert.deepEqual([...tally.totals], [["GOSSIP_REFUSED", 1_002], ["GOSSIP_OTHER_CLUSTER", 1]]);
});

Deno.test("RefusalTally leaves out what only could not be reached", () => {
  const tally = new RefusalTally();
  assert.equal(tally.note(refused("GOSSIP_UNREACHABLE", "10.0.0.9:1"), 0), undefined);
  assert.equal(tally.totals.size, 0);
});
