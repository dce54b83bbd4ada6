import assert from "node:assert/strict";
import type { JsonObject } from "../../base/mod.ts";
import type { VirtualClock } from "../../sim/mod.ts";
import { follow, helloRef, helloRequest } from "../../../tests/support/simulated_service.ts";
import { SimulatedCluster } from "../../../tests/support/simulated_cluster.ts";

const typed = (name: string) => `org.khutulun:1.0::${name}`;

function policy(name: string, properties: JsonObject = {}): JsonObject {
  return { name: name.toLowerCase(), types: [typed(name)], properties, targets: ["web"] };
}

/** Three hosts with a web server on each, which listens a second after its start. */
async function shop(): Promise<SimulatedCluster> {
  const time: { clock?: VirtualClock } = {};
  const cluster = await SimulatedCluster.started(3, {}, (argv, env) => {
    if (argv[0] !== "web" || env.GREETING === "bad") return {};
    const bornMs = time.clock!.nowMs();
    return {
      get listens() {
        return time.clock!.nowMs() - bornMs >= 1_000 ? [`tcp/${env.PORT}`] : [];
      },
    };
  });
  time.clock = cluster.clock;
  const policies = [
    policy("Redundancy", { min: 2, max: 3 }),
    policy("HealthCheck", { port: "http" }),
    policy("Update"),
  ];
  const { useCases } = cluster.agent("alpha");
  const request = helloRequest({ policies, isAlone: true });
  const end = await cluster.clock.run((async () => {
    const { generation } = await useCases.deploy(request);
    return await follow(useCases, generation);
  })());
  assert.equal(end?.kind, "settled", JSON.stringify(end));
  assert.deepEqual(cluster.running("web").sort(), ["alpha", "bravo", "charlie"]);
  return cluster;
}

/** How many web servers answer. */
function answering({ hosts }: SimulatedCluster): number {
  return hosts.reduce((sum, { host }) => sum + host.machine.listeners().length, 0);
}

function greetings({ hosts }: SimulatedCluster): string[] {
  return hosts.flatMap(({ host }) => host.machine.running().map(({ env }) => env.GREETING));
}

/** Lets time pass until something is so, and returns the fewest web servers that answered meanwhile. */
async function fewestUntil(
  cluster: SimulatedCluster,
  isSo: () => boolean | Promise<boolean>,
): Promise<number> {
  let least = Infinity;
  for (let step = 0; !await isSo(); step++) {
    assert(step < 6_000, "it becomes so within ten minutes");
    await cluster.clock.advance(100);
    least = Math.min(least, answering(cluster));
  }
  return least;
}

Deno.test("an update rolls over the hosts, never below the minimum, whichever is asked", async () => {
  const cluster = await shop();
  const { template } = helloRequest({
    greeting: "hi",
    isAlone: true,
    policies: [policy("Redundancy", { min: 2, max: 3 }), policy("HealthCheck", { port: "http" })],
  });
  const { useCases } = cluster.agent("charlie");
  await cluster.clock.run(useCases.deploy({ ref: helloRef, template, update: {} }));
  const least = await fewestUntil(
    cluster,
    () => greetings(cluster).every((each) => each === "hi") && answering(cluster) === 3,
  );
  assert.equal(least, 2);
  await cluster.close();
});

Deno.test("an update that fails on one host is taken back on all", async () => {
  const cluster = await shop();
  const { template } = helloRequest({
    greeting: "bad",
    isAlone: true,
    policies: [policy("Redundancy", { min: 2, max: 3 }), policy("HealthCheck", { port: "http" })],
  });
  const { useCases } = cluster.agent("bravo");
  await cluster.clock.run(useCases.deploy({ ref: helloRef, template, update: {} }));
  let wasBad = false;
  const least = await fewestUntil(cluster, async () => {
    wasBad ||= greetings(cluster).includes("bad");
    const [{ phase }] = await cluster.clock.run(useCases.services());
    return wasBad && phase === "ready" && greetings(cluster).every((each) => each === "hello");
  });
  assert.equal(least, 2);
  assert.match((await cluster.clock.run(useCases.why("hello", "default"))).lines[0], /taken back/);
  await cluster.close();
});

Deno.test("a drain moves what is on the host, each copy serving until its successor is ready", async () => {
  const cluster = await shop();
  const { useCases } = cluster.agent("alpha");
  const before = cluster.of("alpha").host.machine.running();
  const { services } = await cluster.clock.run(useCases.changeHost("bravo", { drained: true }));
  assert.deepEqual(services.map(({ changed, problems }) => [changed, problems]), [[true, []]]);
  const least = await fewestUntil(
    cluster,
    async () => (await cluster.clock.run(useCases.host("bravo"))).placed.length === 0,
  );
  assert.equal(least, 3);
  assert.deepEqual(cluster.of("bravo").host.machine.running(), []);
  assert.equal(cluster.running("web").length, 3);
  assert(before.every((each) => cluster.of("alpha").host.machine.isRunning(each)));
  await cluster.close();
});

Deno.test("a host that is given up loses its work at once, and is removed", async () => {
  const cluster = await shop();
  await cluster.powerOff("bravo");
  const { useCases } = cluster.agent("alpha");
  const answer = await cluster.clock.run(useCases.loseHost("bravo"));
  assert.equal(answer.services[0].changed, true);
  await fewestUntil(cluster, () => answering(cluster) === 3);
  assert.equal((await cluster.clock.run(useCases.host("bravo"))).placed.length, 0);
  await cluster.clock.run(useCases.removeHost("bravo"));
  const hosts = await cluster.clock.run(cluster.agent("charlie").useCases.hosts());
  assert.deepEqual(hosts.map(({ id }) => id), ["alpha", "charlie"]);
  await cluster.close();
});
