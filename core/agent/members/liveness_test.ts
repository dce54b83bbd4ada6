import assert from "node:assert/strict";
import { judge, stillMsMin, unheardStillMsMin } from "./liveness.ts";

Deno.test("judge() calls a host dead only when gossip and its heartbeat agree", () => {
  const rows = [
    ["alive", undefined, "alive"],
    ["alive", 1e9, "alive"],
    ["left", undefined, "left"],
    ["suspect", 1e9, "suspect"],
    ["dead", undefined, "suspect"],
    ["dead", 0, "suspect"],
    ["dead", stillMsMin - 1, "suspect"],
    ["dead", stillMsMin, "dead"],
    [undefined, undefined, "suspect"],
    [undefined, stillMsMin, "suspect"],
    [undefined, unheardStillMsMin, "dead"],
  ] as const;
  for (const [gossip, stillMs, expected] of rows) {
    assert.equal(judge(gossip, stillMs), expected, `${gossip} ${stillMs}`);
  }
});
