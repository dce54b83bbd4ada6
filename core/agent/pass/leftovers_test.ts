import assert from "node:assert/strict";
import { resourceName } from "../../plan/mod.ts";
import { deployAndFollow, helloRef } from "../../../tests/support/simulated_service.ts";
import { SimulatedCluster } from "../../../tests/support/simulated_cluster.ts";

const three = [{
  name: "copies",
  types: ["org.khutulun:1.0::Redundancy"],
  properties: { min: 2, max: 3 },
  targets: ["web"],
}];

const onCharlie = [{
  name: "where",
  types: ["org.khutulun:1.0::Placement"],
  properties: { hosts: ["charlie"] },
  targets: ["web"],
}];

/** What the journal of a host says that it owns, of any service. */
async function owned(cluster: SimulatedCluster, name: string): Promise<string[]> {
  const { claims } = (await cluster.clock.run(cluster.agent("alpha").useCases.hosts()))
    .find(({ id }) => id === name)!;
  const report = await cluster.clock.run(cluster.agent(name).useCases.doctor());
  const ledger = report.filter(({ check }) => check === "ledger").map(({ status }) => status);
  return [...claims.map(String), ...ledger.filter((status) => status !== "ok")];
}

Deno.test("a host that was forgotten by a deletion removes what it still runs when its agent is back", async () => {
  const cluster = await SimulatedCluster.started(3);
  await cluster.clock.run(deployAndFollow(cluster.agent("alpha"), { policies: three }));
  assert.equal(cluster.running("web").length, 3);
  const { useCases } = cluster.agent("alpha");
  const there = await cluster.clock.run(useCases.instances({}));
  const { id } = there.find((each) => each.host === "charlie" && each.id.startsWith("web"))!;
  const { files } = cluster.of("charlie").host.ports().ports;
  const secrets = `/run/khutulun/secrets/${resourceName(helloRef, id)}`;
  await files.makeDirectory(secrets, { parents: true });
  await files.writeNew(`${secrets}/password`, "tiger");
  await cluster.killAgent("charlie");
  await cluster.clock.run(useCases.delete(helloRef, { forget: ["charlie"] }));
  await cluster.clock.advance(30_000);
  assert.deepEqual(await cluster.clock.run(useCases.services()), []);
  assert.deepEqual(cluster.running("web"), ["charlie"]);

  await cluster.boot("charlie");
  await cluster.clock.advance(40_000);
  assert.deepEqual(cluster.running("web"), ["charlie"], "a listing may be stale for a minute");
  await cluster.clock.advance(120_000);
  assert.deepEqual(cluster.running("web"), []);
  assert.deepEqual(cluster.running("client"), []);
  assert.deepEqual(await owned(cluster, "charlie"), []);
  assert.equal(await files.stat(secrets), undefined, "its secrets go with it");
  const events = await cluster.clock.run(useCases.events({}));
  assert.ok(
    events.some(({ type, message }) => type === "cleaned" && /charlie.*web-/.test(message)),
  );
  await cluster.close();
});

Deno.test("a host that was given up removes what the graph has placed elsewhere meanwhile, and nothing else", async () => {
  const cluster = await SimulatedCluster.started(3);
  await cluster.clock.run(deployAndFollow(cluster.agent("alpha"), {}));
  const [lost] = cluster.running("web");
  const other = ["alpha", "bravo", "charlie"].find((each) => each !== lost)!;
  await cluster.killAgent(lost);
  await cluster.clock.advance(30_000);
  await cluster.clock.run(cluster.agent(other).useCases.loseHost(lost));
  await cluster.clock.advance(30_000);
  assert.equal(cluster.running("web").length, 2, "the one that was given up still runs");
  await cluster.boot(lost);
  await cluster.clock.advance(60_000);
  const [now] = cluster.running("web");
  assert.notEqual(now, lost);
  assert.equal(cluster.running("web").length, 1);
  assert.equal(cluster.running("client").length, 1);
  await cluster.close();
});

Deno.test("a deletion waits for no host that is given up, before it or after", async () => {
  for (const order of ["delete, lose", "lose, delete"]) {
    const cluster = await SimulatedCluster.started(3);
    await cluster.clock.run(deployAndFollow(cluster.agent("alpha"), { policies: onCharlie }));
    assert.deepEqual(cluster.running("web"), ["charlie"]);
    await cluster.powerOff("charlie");
    await cluster.clock.advance(30_000);
    const { useCases } = cluster.agent("alpha");
    const steps = {
      delete: () => cluster.clock.run(useCases.delete(helloRef, {})),
      lose: () => cluster.clock.run(useCases.loseHost("charlie")),
    };
    const [first, second] = order.split(", ") as (keyof typeof steps)[];
    await steps[first]();
    await cluster.clock.advance(20_000);
    assert.equal((await cluster.clock.run(useCases.services())).length, 1, order);
    await steps[second]();
    await cluster.clock.advance(20_000);
    assert.deepEqual(await cluster.clock.run(useCases.services()), [], order);
    assert.deepEqual(cluster.running("web"), [], order);
    await cluster.close();
  }
});
