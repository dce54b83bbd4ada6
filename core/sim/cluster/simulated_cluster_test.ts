import assert from "node:assert/strict";
import { liveThroughCluster } from "../../../tests/support/cluster/cluster_story.ts";

Deno.test("a cluster comes through faults of every kind, and all is as asked afterwards", async () => {
  for (const seed of ["1", "2", "3"]) await liveThroughCluster({ seed, hosts: 5, minutes: 4 });
});

Deno.test("a story of a cluster is the same each time it is told", async () => {
  const story = { seed: "7", hosts: 5, minutes: 3 };
  assert.deepEqual(await liveThroughCluster(story), await liveThroughCluster(story));
});
