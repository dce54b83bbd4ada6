import assert from "node:assert/strict";
import { deployAndFollow, helloRef, helloRequest } from "../../tests/support/simulated_service.ts";
import { SimulatedCluster } from "../../tests/support/simulated_cluster.ts";

const three = [{
  name: "copies",
  types: ["org.khutulun:1.0::Redundancy"],
  properties: { min: 3, max: 3 },
  targets: ["web"],
}];

/** Where instances are and how they are, as one host tells it. */
async function told(cluster: SimulatedCluster, by: string): Promise<string[]> {
  const views = await cluster.clock.run(cluster.agent(by).useCases.instances({}));
  return views.filter(({ id }) => /^(web|client)/.test(id))
    .map(({ id, host, want, phase }) => `${id} ${host} ${want} ${phase}`);
}

Deno.test("a service deployed on one host runs on all, and every host tells the same of it", async () => {
  const cluster = await SimulatedCluster.started(3);
  const { end } = await cluster.clock.run(
    deployAndFollow(cluster.agent("bravo"), { policies: three }),
  );
  assert.equal(end?.kind, "settled", JSON.stringify(end));
  assert.deepEqual(cluster.running("web").sort(), ["alpha", "bravo", "charlie"]);
  assert.equal(cluster.running("client").length, 1);
  const all = await told(cluster, "alpha");
  assert.equal(all.length, 4);
  assert.ok(all.every((each) => each.endsWith("running ready")), all.join());
  assert.deepEqual(await told(cluster, "charlie"), all);
  await cluster.close();
});

Deno.test("another host acts on a new generation at once, by a hint", async () => {
  const cluster = await SimulatedCluster.started(3);
  const answer = await cluster.clock.run(
    cluster.agent("alpha").useCases.deploy(helloRequest({ policies: three, isAlone: true })),
  );
  assert.deepEqual(answer.problems, []);
  await cluster.clock.advance(3_000);
  assert.deepEqual(cluster.running("web").sort(), ["alpha", "bravo", "charlie"]);
  await cluster.close();
});

Deno.test("plan() gives the same steps from any host, and says which host cannot be asked", async () => {
  const cluster = await SimulatedCluster.started(3);
  const plan = (name: string) =>
    cluster.clock.run(cluster.agent(name).useCases.plan(helloRequest({ policies: three })));
  const plans = [await plan("alpha"), await plan("bravo"), await plan("charlie")];
  assert.deepEqual(plans[0].problems, []);
  assert.equal(plans[0].hosts.length, 3);
  for (const each of plans) assert.deepEqual(each.hosts, plans[0].hosts);
  assert.deepEqual(new Set(plans.map(({ saved }) => saved.digest)).size, 1);
  cluster.network.cut("10.0.0.3");
  const cut = await plan("alpha");
  assert.deepEqual(cut.problems.map(({ code, where }) => `${code} ${where?.host}`), [
    "AGENT_HOST_UNKNOWN charlie",
  ]);
  await cluster.close();
});

Deno.test("delete() from any host removes everything everywhere", async () => {
  const cluster = await SimulatedCluster.started(3);
  await cluster.clock.run(deployAndFollow(cluster.agent("alpha"), { policies: three }));
  await cluster.clock.run(cluster.agent("charlie").useCases.delete(helloRef, {}));
  await cluster.clock.advance(10_000);
  assert.deepEqual(cluster.running("web"), []);
  for (const name of ["alpha", "bravo", "charlie"]) {
    assert.deepEqual(await cluster.clock.run(cluster.agent(name).useCases.services()), []);
    const { claims } = (await cluster.clock.run(cluster.agent("alpha").useCases.hosts()))
      .find(({ id }) => id === name)!;
    assert.deepEqual(claims, [], name);
  }
  await cluster.close();
});

Deno.test("a host dies: what it ran starts elsewhere, and why() tells the story; it returns and stops it", async () => {
  const cluster = await SimulatedCluster.started(3);
  await cluster.clock.run(deployAndFollow(cluster.agent("alpha"), {}));
  const [dead] = cluster.running("web");
  const [first, second] = ["alpha", "bravo", "charlie"].filter((each) => each !== dead);
  await cluster.powerOff(dead);
  const diedMs = cluster.clock.monotonicMs();
  for (let second = 0; second < 60 && cluster.running("web").length === 0; second++) {
    await cluster.clock.advance(1_000);
  }
  const [now] = cluster.running("web");
  assert.ok([first, second].includes(now), `it runs on ${now}`);
  assert.ok(cluster.clock.monotonicMs() - diedMs < 30_000, "within half a minute");
  await cluster.clock.advance(20_000);
  assert.equal(cluster.running("web").length, 1);
  assert.equal(cluster.running("client").length, 1);
  const after = await told(cluster, first);
  assert.ok(after.includes(`web-0 ${now} running ready`), after.join());
  const story = await cluster.clock.run(
    cluster.agent(first).useCases.why("hello/web-0", "default"),
  );
  const messages = story.events.map(({ message }) => message).join("\n");
  assert.match(messages, new RegExp(`web-0 moves to host "${now}": host "${dead}" is dead`));
  const [service] = await cluster.clock.run(cluster.agent(second).useCases.services());
  assert.equal(service.phase, "ready");
  const why = (name: string) =>
    cluster.clock.run(cluster.agent(name).useCases.why("hello", "default"));
  const left = await why(second);
  assert.match(left.lines[0], /is as it should be/);
  assert.ok(
    left.lines.includes(
      `web-0 was on host "${dead}", which does not live: when it returns it removes that first`,
    ),
    left.lines.join("\n"),
  );
  assert.match(left.fix ?? "", new RegExp(`host lost ${dead} --confirm`));
  const tookOver = left.events.find(({ type }) => type === "failed-over")!;
  assert.match(
    tookOver.message,
    new RegExp(`by host "(${first}|${second})", for host "${dead}" is dead`),
  );

  await cluster.boot(dead);
  await cluster.clock.advance(60_000);
  const returned = await why(first);
  assert.equal(returned.lines.length, 1);
  assert.ok(
    returned.events.some(({ message }) => message.startsWith(`web-0 is gone from host "${dead}"`)),
  );
  assert.deepEqual(cluster.running("web"), [now]);
  assert.deepEqual(await told(cluster, dead), await told(cluster, first));
  const claims = (await cluster.clock.run(cluster.agent(first).useCases.hosts()))
    .map(({ id, claims }) => `${id} ${claims.length}`);
  assert.ok(claims.includes(`${dead} 0`), claims.join());
  await cluster.close();
});

Deno.test("a host whose agent stood still for long stops what moved away meanwhile", async () => {
  const cluster = await SimulatedCluster.started(3);
  await cluster.clock.run(deployAndFollow(cluster.agent("alpha"), { isAlone: true }));
  const [before] = cluster.running("web");
  await cluster.stopAgent(before);
  await cluster.clock.advance(60_000);
  assert.equal(cluster.running("web").length, 2, "it runs on where nobody can be asked");
  await cluster.boot(before);
  await cluster.clock.advance(20_000);
  assert.equal(cluster.running("web").length, 1);
  assert.notEqual(cluster.running("web")[0], before);
  await cluster.close();
});

Deno.test("a host that returns stops what moved away before it starts anything", async () => {
  const cluster = await SimulatedCluster.started(
    3,
    {},
    (argv) => argv[0] === "web" ? { endsAfterTermMs: 8_000 } : {},
  );
  await cluster.clock.run(deployAndFollow(cluster.agent("alpha"), {}));
  const [home] = cluster.running("web");
  const pinned = {
    name: "home",
    types: ["org.khutulun:1.0::Placement"],
    properties: { hosts: [home] },
    targets: ["client"],
  };
  await cluster.clock.run(deployAndFollow(cluster.agent("alpha"), { policies: [pinned] }));
  await cluster.clock.advance(20_000);
  assert.deepEqual(cluster.running("client"), [home]);
  const { machine } = cluster.of(home).host;
  const running = (program: string) =>
    machine.running().filter(({ argv }) => argv[0] === program).length;
  await cluster.killAgent(home);
  await cluster.clock.advance(60_000);
  assert.equal(cluster.running("web").length, 2, "it runs on where nobody can be asked");
  for (const each of machine.running()) if (each.argv[0] === "client") machine.exit(each, 1);
  await cluster.boot(home);
  for (let tick = 0; tick < 600; tick++) {
    await cluster.clock.advance(100);
    assert.ok(running("web") === 0 || running("client") === 0, `after ${tick * 100} ms`);
  }
  assert.deepEqual([running("web"), running("client")], [0, 1]);
  await cluster.close();
});

Deno.test("a network that is cut while the store is there moves nothing", async () => {
  const cluster = await SimulatedCluster.started(3);
  await cluster.clock.run(deployAndFollow(cluster.agent("alpha"), { policies: three }));
  const before = await told(cluster, "alpha");
  for (const { address } of cluster.hosts) cluster.network.cut(address);
  await cluster.clock.advance(600_000);
  assert.deepEqual(await told(cluster, "alpha"), before);
  assert.deepEqual(await told(cluster, "charlie"), before);
  for (const { address } of cluster.hosts) cluster.network.mend(address);
  await cluster.clock.advance(60_000);
  assert.deepEqual(await told(cluster, "bravo"), before);
  await cluster.close();
});

Deno.test("a store that is away for all stops and moves nothing, and is taken up again", async () => {
  const cluster = await SimulatedCluster.started(3);
  await cluster.clock.run(deployAndFollow(cluster.agent("alpha"), { policies: three }));
  const before = await told(cluster, "alpha");
  const started = cluster.hosts.map(({ host }) => host.machine.started.length);
  for (const each of cluster.hosts) each.isStoreAway = true;
  await cluster.clock.advance(120_000);
  for (const each of cluster.hosts) each.isStoreAway = false;
  await cluster.clock.advance(60_000);
  assert.deepEqual(await told(cluster, "alpha"), before);
  assert.deepEqual(cluster.hosts.map(({ host }) => host.machine.started.length), started);
  await cluster.close();
});

Deno.test("the last host that lives is still the cluster", async () => {
  const cluster = await SimulatedCluster.started(3);
  await cluster.clock.run(deployAndFollow(cluster.agent("alpha"), { policies: three }));
  await cluster.powerOff("alpha");
  await cluster.powerOff("bravo");
  await cluster.clock.advance(90_000);
  assert.deepEqual(cluster.running("web"), ["charlie", "charlie", "charlie"]);
  const { end } = await cluster.clock.run(
    deployAndFollow(cluster.agent("charlie"), { policies: three, greeting: "again" }),
  );
  assert.equal(end?.kind, "settled");
  await cluster.close();
});
