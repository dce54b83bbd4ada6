import assert from "node:assert/strict";
import { silent } from "../../../tests/support/fake_agent.ts";
import { deployAndFollow } from "../../../tests/support/simulated_service.ts";
import { SimulatedCluster } from "../../../tests/support/simulated_cluster.ts";
import type { Processes } from "../../ports/mod.ts";
import { MemoryDisk, MemoryFiles, VirtualClock } from "../../sim/mod.ts";
import type { AgentOptions } from "../agent_ports.ts";
import { Fence } from "./fence.ts";

const exclusive = { properties: { exclusive: true } };
const only = { isAlone: true, ...exclusive };

/** Lets time pass second by second. Returns when the web server runs on another host; it never runs on two. */
async function whenTakenOver(cluster: SimulatedCluster, from: string): Promise<number> {
  const beginMs = cluster.clock.monotonicMs();
  for (let second = 0; second < 300; second++) {
    await cluster.clock.advance(1_000);
    const on = cluster.running("web");
    assert.ok(on.length <= 1, `it runs on ${on.join(" and ")}`);
    if (on.length === 1 && on[0] !== from) return cluster.clock.monotonicMs() - beginMs;
  }
  assert.fail("nobody takes it over");
}

Deno.test("an exclusive instance of a dead host is taken over only when that host must have stopped it", async () => {
  const cluster = await SimulatedCluster.started(3);
  await cluster.clock.run(deployAndFollow(cluster.agent("alpha"), only));
  const [first] = cluster.running("web");
  await cluster.powerOff(first);
  const tookMs = await whenTakenOver(cluster, first);
  assert.ok(tookMs >= 80_000, `after ${tookMs} ms`);
  await cluster.boot(first);
  await cluster.clock.advance(60_000);
  assert.equal(cluster.running("web").length, 1);
  assert.notEqual(cluster.running("web")[0], first);
  await cluster.close();
});

Deno.test("an agent that is killed leaves a guard, which stops what is exclusive before another takes it", async () => {
  const cluster = await SimulatedCluster.started(3);
  await cluster.clock.run(deployAndFollow(cluster.agent("alpha"), only));
  const [first] = cluster.running("web");
  await cluster.clock.advance(120_000);
  await cluster.killAgent(first);
  assert.deepEqual(cluster.running("web"), [first]);
  await whenTakenOver(cluster, first);
  await cluster.boot(first);
  await cluster.clock.advance(60_000);
  assert.equal(cluster.running("web").length, 1);
  await cluster.close();
});

Deno.test("a host that sees neither store nor network stops what is exclusive before another takes it", async () => {
  const cluster = await SimulatedCluster.started(3);
  await cluster.clock.run(deployAndFollow(cluster.agent("alpha"), only));
  const [first] = cluster.running("web");
  const away = cluster.of(first);
  away.isStoreAway = true;
  cluster.network.cut(away.address);
  await whenTakenOver(cluster, first);
  away.isStoreAway = false;
  cluster.network.mend(away.address);
  for (let second = 0; second < 60; second++) {
    await cluster.clock.advance(1_000);
    assert.ok(cluster.running("web").length <= 1);
  }
  await cluster.close();
});

Deno.test("a store that is away for all stops what is exclusive and nothing else, and both run again", async () => {
  const cluster = await SimulatedCluster.started(2);
  await cluster.clock.run(deployAndFollow(cluster.agent("alpha"), exclusive));
  const [first] = cluster.running("web");
  for (const each of cluster.hosts) each.isStoreAway = true;
  await cluster.clock.advance(25_000);
  assert.deepEqual(cluster.running("web"), [first]);
  await cluster.clock.advance(50_000);
  assert.deepEqual(cluster.running("web"), []);
  assert.equal(cluster.running("client").length, 1);
  for (const each of cluster.hosts) each.isStoreAway = false;
  await cluster.clock.advance(30_000);
  assert.deepEqual(cluster.running("web"), [first]);
  await cluster.close();
});

Deno.test("an exclusive instance that is deployed anew stays where it is, and is deleted like any other", async () => {
  const cluster = await SimulatedCluster.started(2);
  await cluster.clock.run(deployAndFollow(cluster.agent("alpha"), only));
  const [first] = cluster.running("web");
  const { end } = await cluster.clock.run(
    deployAndFollow(cluster.agent("bravo"), { ...only, greeting: "again" }),
  );
  assert.equal(end?.kind, "settled");
  assert.deepEqual(cluster.running("web"), [first]);
  await cluster.clock.run(
    cluster.agent("bravo").useCases.delete({ namespace: "default", service: "hello" }, {}),
  );
  await cluster.clock.advance(10_000);
  assert.deepEqual(cluster.running("web"), []);
  await cluster.close();
});

Deno.test("run() leaves the guard its time after a restart of the agent, and acts once its own is over", async () => {
  const clock = new VirtualClock();
  const files = new MemoryFiles(new MemoryDisk());
  const commands: string[] = [];
  const processes = {
    run: ({ argv }: { readonly argv: readonly string[] }) => {
      commands.push(argv.join(" "));
      return Promise.resolve({ exit: 0, stdout: "", stderr: "", truncated: false });
    },
  } as unknown as Processes;
  await files.makeDirectory("/run/khutulun/fence", { parents: true });
  await files.writeNew("/run/khutulun/fence/list", "shop db-0 \n");
  const fence = new Fence(
    { clock, files, processes, logger: silent },
    { systemd: "system", paths: { runtime: "/run/khutulun" } as AgentOptions["paths"] },
  );
  const ended = new AbortController();
  const running = fence.run(ended.signal);
  await clock.advance(40_000);
  assert.ok(!fence.isOpen, "nothing may be started before the first heartbeat");
  assert.deepEqual(commands, []);
  await clock.advance(10_000);
  assert.deepEqual(commands, ["systemctl stop khutulun-fence.service"]);
  ended.abort();
  await running;
});

Deno.test("run() takes up what the life before has left, also where its path has spaces", async () => {
  const clock = new VirtualClock();
  const files = new MemoryFiles(new MemoryDisk());
  const ended: number[] = [];
  const processes = {
    end: ({ pid }: { readonly pid: number }) => Promise.resolve(void ended.push(pid)),
  } as unknown as Processes;
  const path = "/my hosts/one/web-0.pid";
  await files.makeDirectory("/my hosts/one/fence", { parents: true });
  await files.writeNew(path, "812 4711 note\n");
  await files.writeNew("/my hosts/one/fence/list", `shop web-0 ${path}\n`);
  const fence = new Fence(
    { clock, files, processes, logger: silent },
    { systemd: "none", paths: { runtime: "/my hosts/one" } as AgentOptions["paths"] },
  );
  const over = new AbortController();
  const running = fence.run(over.signal);
  await clock.advance(50_000);
  assert.deepEqual(ended, [812]);
  over.abort();
  await running;
});
