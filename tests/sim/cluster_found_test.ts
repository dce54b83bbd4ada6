/** What stories of clusters have found, told again each by itself. */
import assert from "node:assert/strict";
import type { HostChange } from "../../core/agent/mod.ts";
import { type ClusterHost, SimulatedCluster } from "../../core/sim/cluster/mod.ts";
import { ProcessWatch } from "../support/cluster/cluster_checkers.ts";
import { clusterParts, embedded, refOf, wholeRequest } from "../support/cluster/cluster_service.ts";
import { partition } from "../../core/sim/gossip/mod.ts";
import { disagreements } from "../support/cluster/membership_checkers.ts";

async function clusterOf(hosts: number): Promise<SimulatedCluster> {
  const options = { seed: 1, hosts, parts: clusterParts, embedded };
  const cluster = await SimulatedCluster.formed(options);
  await cluster.start();
  await cluster.clock.advance(5_000);
  return cluster;
}

function useCases(cluster: SimulatedCluster, host: number) {
  return cluster.hosts[host].life!.agent!.useCases;
}

function claimsIn(cluster: SimulatedCluster): string[] {
  return Object.keys(cluster.shared.texts("/hosts")).filter((path) =>
    /\/claims\/tcp\/\d+$/.test(path)
  );
}

Deno.test("a claim that a deploy left is freed on a host that never had anything of its service", async () => {
  const cluster = await clusterOf(2);
  await cluster.clock.run(
    useCases(cluster, 0).deploy(wholeRequest("alpha", { version: "v1", count: 1 })),
  );
  await cluster.clock.advance(10_000);
  const [held] = claimsIn(cluster);
  const [, host, port] = held.match(/^\/hosts\/(\w+)\/claims\/tcp\/(\d+)$/)!;
  const other = host === "h1" ? "h2" : "h1";
  const left = cluster.shared.text(held)!.replaceAll("http-0", "http-7");
  cluster.shared.makeDirectory(`/hosts/${other}/claims/tcp`, 0o755, true);
  cluster.shared.writeNew(
    `/hosts/${other}/claims/tcp/${port}`,
    new TextEncoder().encode(left),
    0o644,
  );
  await cluster.clock.advance(240_000);
  assert.deepEqual(claimsIn(cluster), [held]);
});

Deno.test("a service that is deleted between its first wish and its first graph has both in the end", async () => {
  const cluster = await clusterOf(2);
  const directory = "/namespaces/default/service/alpha";
  const lift = cluster.hosts[0].afflict({ subject: /\/state/, fault: { delayMs: 400 } });
  const deployed = useCases(cluster, 0).deploy(wholeRequest("alpha", { version: "v1", count: 2 }));
  for (let look = 0; look < 600 && !cluster.shared.find(`${directory}/service.1`); look++) {
    await cluster.clock.advance(100);
  }
  await cluster.clock.advance(4_000); // it has looked at the state once more, and takes its claims
  assert.equal(cluster.shared.find(`${directory}/clout.1`), undefined);
  await cluster.clock.run(useCases(cluster, 1).delete(refOf("alpha"), {}));
  const { generation } = await cluster.clock.run(deployed);
  lift();
  assert.ok(cluster.shared.find(`${directory}/clout.${generation}`));
  assert.ok(cluster.shared.find(`${directory}/service.1`), "the wish is there too");
  await cluster.clock.advance(60_000);
  const running = cluster.hosts.flatMap(({ machine }) => machine.running());
  assert.deepEqual(running.map(({ env }) => env.VERSION), ["v1", "v1"]);
});

Deno.test("a host with a stale listing frees no claim of a graph that it does not see yet", async () => {
  const cluster = await clusterOf(2);
  const deploy = (host: number, inputs: { readonly version: string; readonly count: number }) =>
    cluster.clock.run(useCases(cluster, host).deploy(wholeRequest("alpha", inputs)));
  await deploy(0, { version: "v1", count: 1 });
  await cluster.clock.advance(10_000);
  const lift = cluster.hosts[1].afflict({
    operations: ["list"],
    subject: /\/service\/alpha$/,
    fault: { staleListMs: 60_000 },
  });
  await cluster.clock.advance(1_000);
  await deploy(0, { version: "v1", count: 2 });
  // The same once more: it takes the same claims, meets a newer graph, and sees it the next time.
  await deploy(1, { version: "v1", count: 2 });
  lift();
  await cluster.clock.advance(30_000);
  assert.equal(claimsIn(cluster).length, 2);
  const running = cluster.hosts.flatMap(({ machine }) => machine.running());
  assert.equal(running.length, 2);
});

Deno.test("a host that gives up a deploy does not free the claims of another that deploys the same", async () => {
  const cluster = await clusterOf(2);
  const graph = /\/service\/alpha\/\.?clout\.1/;
  const deploy = (host: number) =>
    useCases(cluster, host).deploy(wholeRequest("alpha", { version: "v1", count: 1 }));
  const rules = [
    { host: 0, operations: ["writeNew"], subject: graph, fault: { delayMs: 3_000 } },
    { host: 0, operations: ["link"], subject: graph, fault: { fail: "EIO" } },
    { host: 1, operations: ["writeNew"], subject: graph, fault: { delayMs: 6_000 } },
  ] as const;
  const lifts = rules.map(({ host, ...rule }) => cluster.hosts[host].afflict(rule));
  const givenUp = deploy(0).catch(({ problem }) => problem.code);
  await cluster.clock.advance(1_000);
  assert.equal(claimsIn(cluster).length, 1, "the first one has taken its claim");
  const deployed = deploy(1);
  assert.equal(await cluster.clock.run(givenUp), "STATE_IO");
  assert.equal(cluster.shared.find("/namespaces/default/service/alpha/clout.1"), undefined);
  assert.equal((await cluster.clock.run(deployed)).generation, 1);
  for (const lift of lifts) lift();
  await cluster.clock.advance(240_000);
  const running = cluster.hosts.flatMap(({ machine }) => machine.running());
  assert.deepEqual(
    claimsIn(cluster).map((path) => path.split("/").at(-1)),
    running.map(({ env }) => env.PORT),
  );
});

Deno.test("a host that sees a new graph and only an old wish does not take the old one up again", async () => {
  const cluster = await clusterOf(3);
  const deploy = (host: number, inputs: { readonly version: string; readonly count: number }) =>
    cluster.clock.run(useCases(cluster, host).deploy(wholeRequest("alpha", inputs)));
  await deploy(0, { version: "v1", count: 3 });
  await cluster.clock.advance(10_000);
  const directory = "/namespaces/default/service/alpha";
  // The list of its wishes stays as it is, of its graphs it hears by name.
  cluster.hosts[1].afflict({
    operations: ["list"],
    subject: /\/service\/alpha$/,
    fault: { staleListMs: 600_000 },
  });
  await cluster.clock.advance(60_000);
  await deploy(0, { version: "v2", count: 3 });
  await cluster.clock.advance(10_000);
  await cluster.clock.run(useCases(cluster, 1).restart(refOf("alpha"), ["web-0"]));
  const names = cluster.shared.list(directory).filter((name) => /^clout\.\d+$/.test(name));
  const last = Math.max(...names.map((name) => Number(name.slice("clout.".length))));
  assert.match(cluster.shared.text(`${directory}/clout.${last}`)!, /serviceGeneration: 2/);
});

Deno.test("what a dead host ran is started elsewhere without waiting for an answer of that host", async () => {
  const cluster = await clusterOf(4);
  await cluster.clock.run(
    useCases(cluster, 0).deploy(wholeRequest("alpha", { version: "v1", count: 4 })),
  );
  await cluster.clock.advance(20_000);
  const running = () => cluster.hosts.flatMap(({ machine }) => machine.running()).length;
  assert.equal(running(), 4);
  const [first, , , victim] = cluster.hosts;
  victim.powerOff();
  const isDead = () => first.life!.agent!.membership.liveness(victim.name) === "dead";
  for (let look = 0; look < 600 && !isDead(); look++) await cluster.clock.advance(100);
  assert.ok(isDead());
  await cluster.clock.advance(2_500);
  assert.equal(running(), 4);
});

Deno.test("a host meets a cluster of many by a few of them", async () => {
  const cluster = await clusterOf(40);
  assert.ok(cluster.network.traffic.streams < 40 * 8, `${cluster.network.traffic.streams} streams`);
  await cluster.clock.advance(20_000);
  assert.deepEqual(disagreements(cluster), []);
});

Deno.test("a host with a stale listing does not say that another is drained already when it was opened since", async () => {
  const cluster = await clusterOf(3);
  const change = (host: number, wish: HostChange) =>
    cluster.clock.run(useCases(cluster, host).changeHost("h3", wish));
  await change(0, { drained: true });
  await cluster.clock.advance(10_000);
  await change(1, { cordoned: true }); // it is so already, and the other host has seen it
  const lift = cluster.hosts[1].afflict({
    operations: ["list"],
    subject: /\/hosts\/h3$/,
    fault: { staleListMs: 60_000 },
  });
  await cluster.clock.advance(1_000);
  await change(0, { cordoned: false, drained: false });
  await change(1, { drained: true });
  lift();
  const names = cluster.shared.list("/hosts/h3").filter((name) => /^wanted\.\d+$/.test(name));
  const last = Math.max(...names.map((name) => Number(name.slice("wanted.".length))));
  assert.match(cluster.shared.text(`/hosts/h3/wanted.${last}`)!, /drained: true/);
});

Deno.test("a deletion that was cut short is completed by who takes over for a dead host", async () => {
  const cluster = await clusterOf(3);
  await cluster.clock.run(
    useCases(cluster, 0).deploy(wholeRequest("alpha", { version: "v1", count: 3 })),
  );
  await cluster.clock.advance(10_000);
  const [, , asked] = cluster.hosts;
  const stop = { operations: ["link"], subject: /clout\.2$/, fault: { stop: "before" } } as const;
  asked.life!.faults.add(stop);
  void useCases(cluster, 2).delete(refOf("alpha"), {});
  await cluster.clock.advance(2_000);
  const directory = "/namespaces/default/service/alpha";
  assert.ok(cluster.shared.find(`${directory}/service.2`), "the wish was written");
  assert.equal(cluster.shared.find(`${directory}/clout.2`), undefined);
  asked.powerOff();
  await cluster.clock.advance(120_000);
  const graph =
    Object.entries(cluster.shared.texts(directory)).filter(([path]) => /\/clout\.\d+$/.test(path))
      .at(-1)?.[1] ?? "";
  assert.doesNotMatch(graph, /want: running/);
  assert.deepEqual(cluster.hosts.flatMap(({ machine }) => machine.running()), []);
});

Deno.test("a host with a stale listing does not say that a service is as asked already when another changed it since", async () => {
  const cluster = await clusterOf(2);
  const deploy = (host: number, version: string) =>
    cluster.clock.run(useCases(cluster, host).deploy(wholeRequest("alpha", { version, count: 1 })));
  await deploy(1, "v1");
  await cluster.clock.advance(10_000);
  const lift = cluster.hosts[1].afflict({
    operations: ["list"],
    subject: /\/service\/alpha$/,
    fault: { staleListMs: 60_000 },
  });
  // Nobody tells it of the other's change either.
  cluster.network.cut({ what: "all", stops: () => true });
  await deploy(0, "v2");
  const { generation, changed } = await deploy(1, "v1");
  lift();
  assert.deepEqual([generation, changed], [3, true]);
});

Deno.test("what is exclusive, asked for by a host that stood still for minutes, is not taken over while that host starts it", async () => {
  // Whoever believes the host to be dead looks at its heartbeat every few seconds: it thaws at some moment in between.
  for (let thawMs = 0; thawMs < 12_000; thawMs += 750) {
    const cluster = await clusterOf(3);
    const watch = new ProcessWatch(cluster);
    const [still, ...others] = cluster.hosts;
    for (const { name } of others) {
      await cluster.clock.run(useCases(cluster, 0).changeHost(name, { cordoned: true }));
    }
    // Nobody hears of it either: only its heartbeat can tell.
    cluster.network.cut({ what: "all", stops: (...hosts) => hosts.includes(still.name) });
    still.clock.freeze();
    const deployed = useCases(cluster, 0).deploy(
      wholeRequest("only-one", { version: "v1", count: 1 }),
    );
    await cluster.clock.advance(150_000 + thawMs);
    still.clock.thaw();
    await cluster.clock.run(deployed);
    for (const { name } of others) {
      await cluster.clock.run(useCases(cluster, 1).changeHost(name, { cordoned: false }));
    }
    await cluster.clock.advance(120_000);
    assert.deepEqual(watch.findings, [], `thawed ${thawMs} ms later`);
    const running = cluster.hosts.flatMap(({ machine }) => machine.running());
    assert.equal(running.filter(({ env }) => env.SERVICE === "only-one").length, 1);
    for (const host of cluster.hosts) host.stop();
  }
});

Deno.test("a look at a heartbeat tells the truth when it returns, whoever else looks at the same time", async () => {
  const cluster = await clusterOf(2);
  const [one, other] = cluster.hosts;
  other.powerOff();
  await cluster.clock.advance(120_000);
  const { membership } = one.life!.agent!;
  assert.ok(membership.stillMs(other.name) > 60_000);
  const path = `/hosts/${other.name}/heartbeat`;
  cluster.shared.remove(path);
  cluster.shared.writeNew(path, new TextEncoder().encode("it goes on\n"), 0o644);
  one.afflict({ subject: /\/heartbeat$/, fault: { delayMs: 400 } });
  const first = membership.look(other.name);
  await cluster.clock.advance(100);
  void membership.look(other.name);
  await cluster.clock.run(first);
  assert.equal(membership.stillMs(other.name), 0);
});

Deno.test("a deletion is completed where the last hosts acknowledge it at one moment and hear nothing of each other", async () => {
  const cluster = await clusterOf(3);
  await cluster.clock.run(
    useCases(cluster, 0).deploy(wholeRequest("alpha", { version: "v1", count: 3 })),
  );
  await cluster.clock.advance(20_000);
  const [first, ...others] = cluster.hosts;
  assert.deepEqual(cluster.hosts.map(({ machine }) => machine.running().length), [1, 1, 1]);
  for (const host of others) host.powerOff();
  await cluster.clock.run(useCases(cluster, 0).delete(refOf("alpha"), {}));
  await cluster.clock.advance(20_000);
  for (const { name } of cluster.hosts) cluster.network.cut(partition([name]));
  first.powerOff();
  // Both look at what the other has said, a while before they say something themselves.
  for (const host of others) {
    host.afflict({ operations: ["rename"], subject: /\/observed\//, fault: { delayMs: 1_000 } });
    host.powerOn();
  }
  await cluster.clock.advance(60_000);
  assert.ok(!cluster.shared.find("/namespaces/default/service/alpha"), "nobody has removed it");
});

Deno.test("a service that is removed and begun anew is started by a host that heard of its first life alone", async () => {
  const cluster = await clusterOf(2);
  const deploy = (at: number) =>
    cluster.clock.run(
      useCases(cluster, at).deploy(wholeRequest("alpha", { version: "v1", count: 1 })),
    );
  const isRunningOn = ({ machine }: ClusterHost) => machine.running().length > 0;
  assert.equal((await deploy(0)).generation, 1);
  await cluster.clock.advance(5_000);
  const at = cluster.hosts.findIndex(isRunningOn);
  const [here, other] = [cluster.hosts[at], cluster.hosts[1 - at]];
  const lift = cluster.network.cut(partition([other.name]));
  await cluster.clock.run(useCases(cluster, at).delete(refOf("alpha"), {}));
  await cluster.clock.run(useCases(cluster, at).changeHost(here.name, { cordoned: true }));
  await cluster.clock.advance(3_000);
  assert.ok(!cluster.shared.find("/namespaces/default/service/alpha"));
  lift();
  await cluster.clock.advance(2_000);
  assert.equal((await deploy(at)).generation, 1);
  await cluster.clock.advance(5_000);
  assert.deepEqual(cluster.hosts.filter(isRunningOn).map(({ name }) => name), [other.name]);
});
