import assert from "node:assert/strict";
import type { JsonObject } from "../base/mod.ts";
import { deployAndFollow, helloRef } from "../../tests/support/simulated_service.ts";
import { SimulatedCluster } from "../../tests/support/simulated_cluster.ts";

const policies: JsonObject[] = [
  {
    name: "apart",
    types: ["org.khutulun:1.0::Separation"],
    properties: { mode: "strict" },
    targets: ["web", "client"],
  },
  {
    name: "answers",
    types: ["org.khutulun:1.0::HealthCheck"],
    properties: { port: "http" },
    targets: ["web"],
  },
];

/** Two hosts. The web server listens five seconds after its start, and the client takes as long to end. */
async function twoHosts(): Promise<SimulatedCluster> {
  const cluster: SimulatedCluster = await SimulatedCluster.started(2, {}, (argv, env) => {
    if (argv[0] === "client") return { endsAfterTermMs: 5_000 };
    if (argv[0] !== "web") return {};
    const bornMs = cluster.clock.nowMs();
    return {
      get listens() {
        return cluster.clock.nowMs() - bornMs >= 5_000 ? [`tcp/${env.PORT}`] : [];
      },
    };
  });
  return cluster;
}

/** Lets time pass until nothing is left to be seen, and returns what ran at each change. */
async function watch(cluster: SimulatedCluster, seconds: number): Promise<string[]> {
  const seen: string[] = [];
  for (let tick = 0; tick < seconds * 10; tick++) {
    const now = ["web", "client"].filter((name) => cluster.running(name).length > 0).join("+");
    if (seen.at(-1) !== now) seen.push(now);
    await cluster.clock.advance(100);
  }
  return seen;
}

Deno.test("what depends on an instance of another host starts after it and stops before it", async () => {
  const cluster = await twoHosts();
  const deployed = deployAndFollow(cluster.agent("alpha"), { policies });
  assert.deepEqual(await watch(cluster, 60), ["", "web", "web+client"]);
  assert.equal((await cluster.clock.run(deployed)).end?.kind, "settled");
  assert.notEqual(cluster.running("web")[0], cluster.running("client")[0]);
  const deleted = cluster.agent("bravo").useCases.delete(helloRef, {});
  assert.deepEqual(await watch(cluster, 60), ["web+client", "web", ""]);
  await cluster.clock.run(deleted);
  assert.deepEqual(await cluster.clock.run(cluster.agent("alpha").useCases.services()), []);
  await cluster.close();
});

Deno.test("nobody waits with a stop for what ran on a host that is dead", async () => {
  const cluster = await twoHosts();
  await cluster.clock.run(deployAndFollow(cluster.agent("alpha"), { policies }));
  const [clientHost] = cluster.running("client");
  const [webHost] = cluster.running("web");
  await cluster.powerOff(clientHost);
  await cluster.clock.advance(60_000);
  await cluster.clock.run(cluster.agent(webHost).useCases.delete(helloRef, {}));
  await cluster.clock.advance(30_000);
  assert.deepEqual(cluster.running("web"), []);
  await cluster.boot(clientHost);
  await cluster.clock.advance(60_000);
  assert.deepEqual(await cluster.clock.run(cluster.agent(webHost).useCases.services()), []);
  await cluster.close();
});
