import assert from "node:assert/strict";
import { SimulatedCluster } from "../../../tests/support/simulated_cluster.ts";

async function livenessOn(cluster: SimulatedCluster, name: string): Promise<string> {
  const hosts = await cluster.clock.run(cluster.agent(name).useCases.hosts());
  return hosts.map(({ id, liveness }) => `${id} ${liveness}`).join(", ");
}

Deno.test("hosts() tells the liveness of every host, from any host", async () => {
  const cluster = await SimulatedCluster.started(3);
  for (const name of ["alpha", "bravo", "charlie"]) {
    assert.equal(await livenessOn(cluster, name), "alpha alive, bravo alive, charlie alive");
  }
  await cluster.powerOff("bravo");
  await cluster.clock.advance(60_000);
  assert.equal(await livenessOn(cluster, "alpha"), "alpha alive, bravo dead, charlie alive");
  await cluster.boot("bravo");
  await cluster.clock.advance(30_000);
  assert.equal(await livenessOn(cluster, "charlie"), "alpha alive, bravo alive, charlie alive");
  await cluster.close();
});

Deno.test("a host that is cut off from the network is suspect, not dead, while it writes its heartbeat", async () => {
  const cluster = await SimulatedCluster.started(3);
  cluster.network.cut("10.0.0.2");
  await cluster.clock.advance(300_000);
  assert.equal(await livenessOn(cluster, "alpha"), "alpha alive, bravo suspect, charlie alive");
  assert.equal(await livenessOn(cluster, "bravo"), "alpha suspect, bravo alive, charlie suspect");
  cluster.network.mend("10.0.0.2");
  await cluster.clock.advance(60_000);
  assert.equal(await livenessOn(cluster, "alpha"), "alpha alive, bravo alive, charlie alive");
  await cluster.close();
});

Deno.test("a host that says goodbye has left", async () => {
  const cluster = await SimulatedCluster.started(2);
  await cluster.clock.run(cluster.agent("bravo").membership.leave());
  await cluster.clock.advance(1_000);
  assert.equal(await livenessOn(cluster, "alpha"), "alpha alive, bravo left");
  await cluster.close();
});

Deno.test("a host that was removed is forgotten once gossip has let go of it", async () => {
  const cluster = await SimulatedCluster.started(3);
  const { useCases, membership } = cluster.agent("alpha");
  await cluster.powerOff("bravo");
  await cluster.clock.advance(60_000);
  assert.equal(membership.liveness("bravo"), "dead");
  await cluster.clock.run(useCases.removeHost("bravo"));
  await cluster.clock.advance(600_000);
  for (const name of ["alpha", "charlie"]) {
    const ids = cluster.agent(name).membership.list().map(({ id }) => id);
    assert.deepEqual(ids, ["alpha", "charlie"], `as ${name} sees it`);
    assert.deepEqual(cluster.agent(name).membership.away(), []);
  }
  await cluster.close();
});
