import assert from "node:assert/strict";
import { ProblemError } from "../../base/mod.ts";
import { deployHello, helloRef } from "../../../tests/support/simulated_service.ts";
import { SimulatedHost } from "../../../tests/support/simulated_host.ts";

async function codeOf(work: Promise<unknown>): Promise<string> {
  const error = await work.then(() => undefined, (error) => error);
  return error instanceof ProblemError ? error.problem.code : String(error);
}

/** Writes a host into the state that was there and is off now: no heartbeat goes on. */
async function addHost(host: SimulatedHost, id: string): Promise<void> {
  const { files } = host.ports().ports;
  await host.clock.run((async () => {
    const text = await files.readText("/state/hosts/alpha/host.yaml");
    await files.makeDirectory(`/state/hosts/${id}`, { parents: true });
    await files.writeNew(`/state/hosts/${id}/host.yaml`, text.replaceAll("alpha", id));
    await files.writeNew(`/state/hosts/${id}/heartbeat`, "b2 7 then\n");
  })());
}

Deno.test("changeHost() labels, cordons and opens a host again, and says when there is nothing to do", async () => {
  const host = await SimulatedHost.seeded();
  const life = await host.start();
  const { useCases } = life.agent;
  const change = (what: Parameters<typeof useCases.changeHost>[1]) =>
    host.clock.run(useCases.changeHost("alpha", what));
  assert.equal((await change({ labels: { zone: "a", rack: "1" } })).changed, true);
  assert.equal((await change({ labels: { zone: "a" } })).changed, false);
  assert.deepEqual((await change({ labels: { rack: null } })).host.labels, { zone: "a" });
  assert.equal((await change({ cordoned: true })).host.cordoned, true);
  const { answer } = await deployHello(host, life);
  assert.match(answer.problems[0].why!, /it is cordoned/i);
  assert.match(answer.problems[0].fix!, /khutulun host uncordon/);
  const opened = (await change({ cordoned: false })).host;
  assert.deepEqual([opened.cordoned, opened.labels], [false, { zone: "a" }]);
  assert.equal((await deployHello(host, life)).end?.kind, "settled");
  const shown = await host.clock.run(useCases.host("alpha"));
  assert.deepEqual(shown.placed.map(({ id }) => id), ["client-0", "http-0", "site-0", "web-0"]);
  assert.equal(await codeOf(host.clock.run(useCases.host("alpah"))), "AGENT_NO_SUCH_HOST");
  await life.stop();
});

Deno.test("changeHost() drains: what finds no other host stays, and says why", async () => {
  const host = await SimulatedHost.seeded();
  const life = await host.start();
  const { useCases } = life.agent;
  await deployHello(host, life);
  const before = host.machine.running();
  const answer = await host.clock.run(useCases.changeHost("alpha", { drained: true }));
  assert.deepEqual([answer.host.drained, answer.host.cordoned], [true, true]);
  assert.equal(answer.services[0].changed, false);
  assert.match(answer.services[0].problems[0].why!, /it is being drained/i);
  assert.deepEqual(host.machine.running(), before);
  assert.equal(await codeOf(host.clock.run(useCases.removeHost("alpha"))), "AGENT_HOST_USED");
  const { notes, phase } = await host.clock.run(useCases.cluster());
  assert.deepEqual([phase, notes], ["ready", [`Host "alpha" is drained`]]);
  await life.stop();
});

Deno.test("cluster() tells that the state is full, though all that runs is well", async () => {
  const host = await SimulatedHost.seeded();
  const life = await host.start({
    rules: [{ operations: ["append"], subject: /heartbeat/, skip: 1, fault: { fail: "ENOSPC" } }],
  });
  await host.clock.advance(10_000);
  const { notes, phase } = await host.clock.run(life.agent.useCases.cluster());
  assert.equal(phase, "degraded");
  assert.match(notes[0], /^Nothing can be changed: There is no room left/);
  await life.stop();
});

Deno.test("loseHost() gives up a host that is silent, frees its claims, and refuses one that lives", async () => {
  const host = await SimulatedHost.seeded();
  const first = await host.start();
  await deployHello(host, first);
  await first.stop();
  for (const process of host.machine.running()) host.machine.exit(process);
  await addHost(host, "beta");
  await host.clock.run(moveOnPaper(host, "beta"));
  const life = await host.start();
  const { useCases } = life.agent;
  const placed = async (id: string) => (await host.clock.run(useCases.host(id))).placed.length;
  assert.deepEqual([await placed("alpha"), await placed("beta")], [0, 4]);
  assert.equal(await codeOf(host.clock.run(useCases.removeHost("beta"))), "AGENT_HOST_USED");
  assert.equal(await codeOf(host.clock.run(useCases.loseHost("alpha"))), "AGENT_HOST_ALIVE");

  const { host: lost, services } = await host.clock.run(useCases.loseHost("beta"));
  assert.deepEqual([lost.lost, services[0].changed], [true, true]);
  assert.deepEqual([await placed("alpha"), await placed("beta")], [4, 0]);
  const claims = async () => (await host.clock.run(useCases.host("beta"))).claims;
  assert.deepEqual(await claims(), []);
  await host.clock.advance(5_000);
  assert.equal(host.machine.running().length, 2);
  assert.equal((await host.clock.run(useCases.service(helloRef))).phase, "ready");
  await host.clock.run(useCases.removeHost("beta"));
  assert.deepEqual((await host.clock.run(useCases.hosts())).map(({ id }) => id), ["alpha"]);
  assert.deepEqual(Object.keys(host.files()).filter((path) => path.includes("/beta/")), []);
  await life.stop();
});

/** Writes the next generation of the graph as if everything were on another host, which has the claims for it. */
async function moveOnPaper(host: SimulatedHost, to: string): Promise<void> {
  const { files } = host.ports().ports;
  const service = "/state/namespaces/default/service/hello";
  const text = (await files.readText(`${service}/clout.1`))
    .replaceAll("host: alpha\n      epoch", `host: ${to}\n      epoch`)
    .replace("generation: 1", "generation: 2");
  await files.writeNew(`${service}/clout.2`, text);
  const [claim] = await files.list("/state/hosts/alpha/claims/tcp");
  await files.makeDirectory(`/state/hosts/${to}/claims/tcp`, { parents: true });
  const holder = await files.readText(`/state/hosts/alpha/claims/tcp/${claim}`);
  await files.writeNew(`/state/hosts/${to}/claims/tcp/${claim}`, holder);
}
