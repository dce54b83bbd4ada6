import { liveThroughCluster } from "../support/cluster/cluster_story.ts";

/** Further seeds are told by `deno task sim --hosts 5`. */
Deno.test("twelve stories of five hosts with faults of every kind end well", async () => {
  for (let seed = 1; seed <= 12; seed++) {
    await liveThroughCluster({ seed: String(seed), hosts: 5, minutes: 10 });
  }
});
