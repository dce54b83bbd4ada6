/** Three real agents on one machine: what a small cluster does for a person, from joining to the last deletion. */
import assert from "node:assert/strict";
import { LoopbackCluster } from "../support/loopback_cluster.ts";
import { testWith } from "../support/needs.ts";

testWith(["unsupervised"], "three hosts are one cluster", async (context) => {
  await LoopbackCluster.with(async (cluster) => {
    const one = await cluster.template("one");
    await context.step("seed, join and join: every host knows all three", async () => {
      for (const name of ["alpha", "bravo", "charlie"] as const) {
        await cluster.until(`${name} sees all alive`, async () => {
          const hosts = await cluster.of(name).ask("host", "list");
          return hosts.filter(({ liveness }: { liveness: string }) => liveness === "alive")
            .length === 3;
        });
      }
    });
    await context.step("a service is scattered over the hosts", async () => {
      const stdout = await cluster.must("alpha", "service", "deploy", "shop", one);
      assert.match(stdout, /"shop" is ready/);
      assert.deepEqual(cluster.hosts(), ["alpha", "bravo", "charlie"]);
      const instances = await cluster.of("charlie").ask("instance", "list");
      assert.deepEqual(instances.map(({ phase }: { phase: string }) => phase), [
        "ready",
        "ready",
        "ready",
      ]);
    });
    await context.step("a command runs on whichever host the instance is", async () => {
      const said: string[] = [];
      for (const id of ["web-0", "web-1", "web-2"]) {
        const words = ["service", "exec", "shop", id, "--", "sh", "-c", "echo $TEST_HOST"];
        said.push((await cluster.must("bravo", ...words)).trim());
      }
      assert.deepEqual(said.sort(), ["alpha", "bravo", "charlie"]);
    });
    await context.step("an update rolls, with one away at a time", async () => {
      const two = await cluster.template("two");
      const fewest = await cluster.fewestDuring(async () => {
        await cluster.must("charlie", "service", "update", "shop", two);
      });
      assert.ok(fewest >= 2, `${fewest} ran at one moment`);
      assert.deepEqual(cluster.workloads().map(({ version }) => version), ["two", "two", "two"]);
      assert.deepEqual(cluster.hosts(), ["alpha", "bravo", "charlie"]);
    });
    await context.step("a drained host is free, and nothing was away meanwhile", async () => {
      const fewest = await cluster.fewestDuring(async () => {
        await cluster.must("alpha", "host", "drain", "charlie");
      });
      assert.ok(fewest >= 3, `${fewest} ran at one moment`);
      const hosts = cluster.hosts();
      assert.deepEqual([hosts.length, hosts.includes("charlie")], [3, false]);
      await cluster.must("alpha", "host", "uncordon", "charlie");
    });
    await context.step(
      "what ran on a host that is killed runs elsewhere, and why tells",
      async () => {
        await cluster.kill("bravo");
        await cluster.until("three run without bravo", () => {
          const hosts = cluster.hosts();
          return hosts.length === 3 && !hosts.includes("bravo");
        });
        await cluster.until("the service is ready", async () => {
          const [{ phase }] = await cluster.of("charlie").ask("service", "list");
          return phase === "ready";
        });
        assert.match(await cluster.must("alpha", "cluster", "status"), /Host "bravo" is dead/);
      },
    );
    await context.step("the host comes back with nothing on it", async () => {
      await cluster.boot("bravo");
      await cluster.until("bravo is alive", async () => {
        const hosts = await cluster.of("alpha").ask("host", "list");
        return hosts.every(({ liveness }: { liveness: string }) => liveness === "alive");
      });
      assert.deepEqual([cluster.hosts().length, cluster.hosts().includes("bravo")], [3, false]);
    });
    await context.step("deleted from any host, nothing is left", async () => {
      const stdout = await cluster.must("bravo", "service", "delete", "shop");
      assert.match(stdout, /"shop" is gone/);
      assert.deepEqual(cluster.workloads(), []);
    });
  });
});
