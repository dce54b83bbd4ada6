/** The checkers of the cluster's stories: each finds what it is there for, and nothing in a cluster that is well. */
import assert from "node:assert/strict";
import { encodePacketMessage, labelBytes, sealPacket } from "../../core/gossip/codec/mod.ts";
import { SimulatedCluster } from "../../core/sim/cluster/mod.ts";
import { ProcessWatch, settlementFindings } from "../support/cluster/cluster_checkers.ts";
import { clusterParts, embedded, wholeRequest } from "../support/cluster/cluster_service.ts";
import { disagreements, IncarnationWatch } from "../support/cluster/membership_checkers.ts";
import { StateWitness } from "../support/cluster/state_witness.ts";

/** A cluster of two that runs one service, with all that watches it. */
async function watched() {
  const cluster = await SimulatedCluster.formed({
    seed: 1,
    hosts: 2,
    parts: clusterParts,
    embedded,
  });
  const witness = new StateWitness(cluster.shared, () => cluster.clock.monotonicMs());
  const processes = new ProcessWatch(cluster);
  const incarnations = new IncarnationWatch(cluster, cluster.id);
  await cluster.start();
  await cluster.clock.advance(5_000);
  const { useCases } = cluster.hosts[0].life!.agent!;
  const request = wholeRequest("alpha", { version: "v1", count: 2 });
  await cluster.clock.run(useCases.deploy(request));
  await cluster.clock.advance(20_000);
  return { cluster, witness, processes, incarnations };
}

Deno.test("nothing is found in a cluster that is well", async () => {
  const { cluster, witness, processes, incarnations } = await watched();
  assert.deepEqual(settlementFindings(cluster, witness), []);
  assert.deepEqual(disagreements(cluster), []);
  assert.deepEqual([...processes.findings, ...witness.findings, ...incarnations.findings], []);
  assert.ok(incarnations.seen > 0);
});

Deno.test("settlementFindings() names what runs unwanted, what does not run, and claims too many or too few", async () => {
  const { cluster, witness } = await watched();
  const found = () => settlementFindings(cluster, witness).join("\n");
  const [{ machine }] = cluster.hosts;
  const stray = machine.start({
    argv: ["web"],
    env: { VERSION: "v0" },
    unit: "khutulun.alpha.web-9",
  });
  assert.match(found(), /khutulun.alpha.web-9 \(v0\) runs on h1 and nobody wants it/);
  machine.exit(stray);
  assert.equal(found(), "");

  const [path, text] = Object.entries(cluster.shared.texts("/hosts"))
    .find(([path]) => /\/claims\/tcp\/\d+$/.test(path))!;
  cluster.shared.remove(path);
  assert.match(found(), /tcp\/\d+ of alpha\/http-\d is not claimed/);
  const write = (at: string, content: string) =>
    cluster.shared.writeNew(at, new TextEncoder().encode(content), 0o644);
  write(path, text.replace("alpha", "bravo"));
  assert.match(found(), /is held by bravo\/http-\d and belongs to alpha/);
  cluster.shared.remove(path);
  write(path, text);
  assert.equal(found(), "");

  const process = machine.running().find(({ env }) => env.SERVICE === "alpha")!;
  cluster.hosts[0].stop();
  machine.exit(process);
  assert.match(found(), /alpha\/web-\d \(epoch 1\) on h1 does not run/);
});

Deno.test("ProcessWatch names what is started twice, on one host or on two", async () => {
  const { cluster, processes } = await watched();
  const [one, other] = cluster.hosts;
  const web = { argv: ["web"], env: { SERVICE: "only-one" }, unit: "khutulun.only-one.web-0" };
  one.machine.start(web);
  other.clock.freeze();
  other.machine.start(web);
  assert.match(processes.findings.join(), /exclusive .* on h2 is started while it runs on h1/);
  one.machine.start({ ...web, env: {} });
  assert.match(processes.findings.join(), /web-0 on h1 is started while it runs/);
  const port = one.machine.listeners()[0].socket.slice("tcp/".length);
  one.machine.start({ argv: ["web"], env: { PORT: port }, unit: "other" });
  assert.match(processes.findings.join(), /other on h1 takes tcp\/\d+ which khutulun.alpha/);
});

Deno.test("ProcessWatch lets what stood still go on shortly, and not for long", async () => {
  const { cluster, processes } = await watched();
  const [one, other] = cluster.hosts;
  const web = { argv: ["web"], env: { SERVICE: "only-one" }, unit: "khutulun.only-one.web-0" };
  one.machine.start(web);
  one.clock.freeze();
  other.machine.start(web);
  await cluster.clock.advance(120_000);
  assert.deepEqual(processes.findings, []);
  one.clock.thaw();
  await cluster.clock.advance(5_000);
  assert.deepEqual(processes.findings, []);
  await cluster.clock.advance(30_000);
  assert.match(processes.findings.join(), /goes on on h1 while it runs on h2 for 15 s/);
});

Deno.test("IncarnationWatch names who goes back to an earlier incarnation", async () => {
  const { cluster, incarnations } = await watched();
  const [from, to] = cluster.hosts;
  const say = (incarnation: number) => {
    const alive = {
      type: "alive",
      incarnation,
      node: from.name,
      addr: new Uint8Array([10, 0, 0, 1]),
      port: 7946,
      meta: new Uint8Array(),
      vsn: new Uint8Array([1, 5, 2, 0, 0, 0]),
    } as const;
    const label = labelBytes(cluster.id.slice(0, 16));
    cluster.network.onPacket!(from, to, sealPacket(encodePacketMessage(alive), { label }));
  };
  say(9);
  assert.deepEqual(incarnations.findings, []);
  say(8);
  assert.match(incarnations.findings.join(), /h1 goes back from incarnation 9 to 8/);
});

Deno.test("disagreements() names who believes what is not so", async () => {
  const { cluster } = await watched();
  cluster.hosts[1].powerOff();
  assert.match(disagreements(cluster).join(), /h1 believes h2, which has no power, alive/);
});
