import assert from "node:assert/strict";
import { type JsonObject, type Problem, ProblemError } from "../../base/mod.ts";
import type { DeployAnswer } from "../use_cases.ts";
import { follow, helloRef, helloRequest } from "../../../tests/support/simulated_service.ts";
import { SimulatedCluster } from "../../../tests/support/simulated_cluster.ts";

function policy(type: string, properties: JsonObject): JsonObject {
  return {
    name: type.toLowerCase(),
    types: [`org.khutulun:1.0::${type}`],
    properties,
    targets: ["web"],
  };
}

/** Web servers on labelled hosts alone, no two on one host; the client may be anywhere. */
function request(count: number, parts: Parameters<typeof helloRequest>[0] = {}) {
  return helloRequest({
    policies: [
      policy("Redundancy", { min: count }),
      policy("Scattering", { mode: "strict" }),
      policy("Placement", { labels: { web: ["*"] } }),
    ],
    ...parts,
  });
}

/** Three hosts, two of them with a web server, one of these (`busy`) with the client too; the third takes nothing. */
async function shop(parts: Parameters<typeof helloRequest>[0] = {}) {
  const cluster = await SimulatedCluster.started(3);
  const { useCases } = cluster.agent("charlie");
  for (const name of ["alpha", "bravo"]) {
    await cluster.clock.run(useCases.changeHost(name, { labels: { web: "yes" } }));
  }
  await cluster.clock.run(useCases.changeHost("charlie", { cordoned: true }));
  const { changed, end } = await done(cluster, () => useCases.deploy(request(2, parts)));
  assert.deepEqual([changed, end?.kind], [true, "settled"]);
  assert.deepEqual(cluster.running("web").sort(), ["alpha", "bravo"]);
  const places = await placesOf(cluster);
  const busy = places["client-0"];
  const stuck = places["web-0"] === busy ? "web-0" : "web-1";
  return { cluster, useCases, busy, other: busy === "alpha" ? "bravo" : "alpha", stuck };
}

/** Does something to the service and waits until that has come to its end. */
async function done(cluster: SimulatedCluster, change: () => Promise<DeployAnswer>) {
  return await cluster.clock.run((async () => {
    const answer = await change();
    return { ...answer, end: await follow(cluster.agent("charlie").useCases, answer.generation) };
  })());
}

async function until(cluster: SimulatedCluster, isSo: () => boolean | Promise<boolean>) {
  for (let step = 0; !await isSo(); step++) {
    assert(step < 600, "it becomes so within ten minutes");
    await cluster.clock.advance(1_000);
  }
}

function codes({ problems }: Pick<DeployAnswer, "problems">): string[] {
  return problems.filter(({ code }) => code !== "AGENT_HOST_UNKNOWN")
    .map(({ code, severity, where }) => `${code} ${severity} ${where?.subject} ${where?.host}`);
}

async function problemOf(cluster: SimulatedCluster, refused: Promise<unknown>): Promise<Problem> {
  const error = await cluster.clock.run(refused.then(() => undefined, (error) => error));
  assert.ok(error instanceof ProblemError);
  return error.problem;
}

async function placesOf(cluster: SimulatedCluster): Promise<Record<string, string>> {
  const instances = await cluster.clock.run(cluster.agent("charlie").useCases.instances({}));
  return Object.fromEntries(
    instances.filter(({ want }) => want !== "absent").map(({ id, host }) => [id, host]),
  );
}

/** Kills a host, and waits until another one has done about it what it could. */
async function lose(cluster: SimulatedCluster, name: string): Promise<void> {
  await cluster.powerOff(name);
  const { useCases } = cluster.agent("charlie");
  await until(cluster, async () => {
    const hosts = await cluster.clock.run(useCases.hosts());
    return hosts.find(({ id }) => id === name)?.liveness === "dead";
  });
  await cluster.clock.advance(30_000);
}

Deno.test("a drain moves what it can, says of the rest why it stays, and moves that too once a host takes it", async () => {
  const { cluster, useCases, busy, other, stuck } = await shop();
  const processes = cluster.of(busy).host.machine.running().filter(({ argv }) => argv[0] === "web");
  const { services } = await cluster.clock.run(useCases.changeHost(busy, { drained: true }));
  assert.deepEqual(services.map(({ changed }) => changed), [true]);
  assert.deepEqual(codes(services[0]), [`PLAN_STAYS error ${stuck} ${busy}`]);
  assert.match(services[0].problems[0].why!, /"charlie": it is cordoned/);
  assert.match(services[0].problems[0].why!, new RegExp(`"${busy}": it is being drained`));
  await until(cluster, () => cluster.running("client").join() === other);
  assert.deepEqual((await placesOf(cluster))[stuck], busy);
  assert.ok(processes.every((each) => cluster.of(busy).host.machine.isRunning(each)));
  const told = await cluster.clock.run(useCases.why(`hello/${stuck}`, "default"));
  assert.ok(
    told.lines.some((line) => /^Cannot move .* away from host/.test(line)),
    told.lines.join(),
  );
  assert.match((await problemOf(cluster, useCases.removeHost(busy))).why!, /no other host takes/);

  await cluster.clock.run(
    useCases.changeHost("charlie", { cordoned: false, labels: { web: "yes" } }),
  );
  await until(cluster, async () => {
    const { placed } = await cluster.clock.run(useCases.host(busy));
    return placed.length === 0;
  });
  assert.deepEqual(cluster.running("web").sort(), [other, "charlie"].sort());
  await cluster.close();
});

Deno.test("what waits for a dead host holds up no restart, update, scaling or rollback of its service", async () => {
  const { cluster, useCases, busy, other, stuck } = await shop();
  await lose(cluster, busy);
  assert.deepEqual(cluster.running("client"), [other], "what can move has moved");
  const [old] = cluster.of(other).host.machine.running().filter(({ argv }) => argv[0] === "web");

  const restarted = await done(cluster, () => useCases.restart(helloRef, []));
  assert.deepEqual(codes(restarted), [`PLAN_STAYS warning ${stuck} ${busy}`]);
  assert.deepEqual([restarted.changed, restarted.end?.kind], [true, "settled"]);
  assert.match(restarted.end!.message, new RegExp(`waits for a host .*${stuck}`));
  assert.ok(!cluster.of(other).host.machine.isRunning(old));

  const { template } = request(2, { greeting: "hi" });
  const updated = await done(
    cluster,
    () => useCases.deploy({ ref: helloRef, template, update: {} }),
  );
  assert.deepEqual([updated.changed, updated.end?.kind], [true, "settled"]);
  const greeting = () =>
    cluster.of(other).host.machine.running().find(({ argv }) => argv[0] === "web")?.env.GREETING;
  assert.equal(greeting(), "hi");

  const back = await done(cluster, () => useCases.rollback(helloRef, {}));
  assert.deepEqual([back.changed, back.end?.kind], [true, "settled"]);
  assert.equal(greeting(), "hello");

  const scaled = await done(
    cluster,
    () => useCases.deploy({ ref: helloRef, scale: { client: 2 } }),
  );
  assert.deepEqual([scaled.changed, scaled.end?.kind], [true, "settled"]);
  assert.equal(cluster.running("client").length, 2);
  // What is asked for and is not there yet has to fit.
  const refused = await cluster.clock.run(useCases.deploy(request(3)));
  assert.equal(refused.changed, false);
  assert.deepEqual(
    refused.problems.filter(({ severity }) => severity === "error").map(({ code }) => code),
    ["PLAN_REFUSED"],
  );
  await cluster.boot(busy);
  await until(
    cluster,
    async () => (await cluster.clock.run(useCases.services()))[0].phase === "ready",
  );
  assert.deepEqual(cluster.running("web").sort(), ["alpha", "bravo"]);
  const again = await cluster.clock.run(useCases.deploy({ ref: helloRef }));
  assert.deepEqual([again.changed, again.problems], [false, []], "that it is back is no change");
  await cluster.close();
});

Deno.test("host lost moves what it can; what no other host takes keeps its claims there, and the host can be removed all the same", async () => {
  const { cluster, useCases, busy, other, stuck } = await shop();
  await lose(cluster, busy);
  const lost = await cluster.clock.run(useCases.loseHost(busy));
  assert.deepEqual(codes(lost.services[0]), [`PLAN_STAYS error ${stuck} ${busy}`]);
  const { claims } = await cluster.clock.run(useCases.host(busy));
  assert.deepEqual(claims.length, 1, "a port, should it ever come back");

  const refused = await problemOf(cluster, useCases.removeHost(busy));
  assert.equal(refused.code, "AGENT_HOST_USED");
  assert.doesNotMatch(refused.fix!, /drain|lost/, "these were tried");
  assert.match(refused.fix!, /Add a host that takes them, .* khutulun service delete hello$/);

  await cluster.clock.run(
    useCases.changeHost("charlie", { cordoned: false, labels: { web: "yes" } }),
  );
  await until(cluster, () => cluster.running("web").length === 2);
  assert.deepEqual(cluster.running("web").sort(), [other, "charlie"].sort());
  await cluster.clock.run(useCases.removeHost(busy));
  assert.equal((await cluster.clock.run(useCases.hosts())).length, 2);
  await cluster.close();
});

Deno.test("a host that is given up can be removed once the service is deleted that no other host takes", async () => {
  const { cluster, useCases, busy } = await shop();
  await lose(cluster, busy);
  await cluster.clock.run(useCases.loseHost(busy));
  const deleted = await done(cluster, () => useCases.delete(helloRef, {}));
  assert.equal(deleted.end?.kind, "settled");
  await cluster.clock.run(useCases.removeHost(busy));
  await cluster.close();
});

Deno.test("host remove names a way out for each state of a host that still has something", async () => {
  const { cluster, useCases, busy } = await shop();
  const fixOf = async () => (await problemOf(cluster, useCases.removeHost(busy))).fix!;
  assert.match(await fixOf(), /host drain .* host lost/);
  await cluster.clock.run(useCases.changeHost(busy, { drained: true }));
  assert.match(await fixOf(), /service delete hello$/);
  await cluster.powerOff(busy);
  await cluster.clock.advance(60_000);
  assert.match(await fixOf(), new RegExp(`service delete hello --forget ${busy}$`));
  await done(cluster, () => useCases.delete(helloRef, { forget: [busy] }));
  await cluster.clock.run(useCases.removeHost(busy));
  await cluster.close();
});

Deno.test("an exclusive instance that no other host takes runs on none but its own, and never twice", async () => {
  const { cluster, useCases, busy, other } = await shop({ properties: { exclusive: true } });
  const wait = async (seconds: number) => {
    for (let second = 0; second < seconds; second++) {
      await cluster.clock.advance(1_000);
      assert(cluster.running("web").length <= 2, cluster.running("web").join());
    }
  };
  // Its agent is dead, and what it has started runs on until the guard stops it.
  await cluster.killAgent(busy);
  await wait(200);
  await cluster.clock.run(
    useCases.changeHost("charlie", { cordoned: false, labels: { web: "yes" } }),
  );
  await wait(200);
  assert.deepEqual(
    cluster.running("web").filter((each) => each !== busy).sort(),
    [
      other,
      "charlie",
    ].sort(),
  );
  await cluster.boot(busy);
  await wait(60);
  assert.deepEqual(cluster.running("web").sort(), [other, "charlie"].sort());
  await cluster.close();
});
