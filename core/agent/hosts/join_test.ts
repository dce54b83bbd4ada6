import assert from "node:assert/strict";
import { ProblemError } from "../../base/mod.ts";
import { MemoryDisk } from "../../sim/mod.ts";
import { helloRequest } from "../../../tests/support/simulated_service.ts";
import { SimulatedCluster } from "../../../tests/support/simulated_cluster.ts";
import { SimulatedHost } from "../../../tests/support/simulated_host.ts";
import { type AgentOptions, type AgentPorts, joinCluster } from "../mod.ts";

interface Attempt {
  readonly options?: Partial<AgentOptions>;
  readonly cluster?: string;
  /** Changes the text of `cluster.yaml` before. */
  readonly edit?: (text: string) => string;
  readonly stateFiles?: (files: AgentPorts["stateFiles"]) => AgentPorts["stateFiles"];
  /** Lets the agent of the cluster's host run meanwhile. */
  readonly isAlive?: boolean;
}

/** Lets a host `bravo` try to join the cluster of a host `alpha`, and returns how it ended: a code and why. */
async function attempt(parts: Attempt): Promise<string> {
  const cluster = await SimulatedCluster.started(1);
  const { shared, clock } = cluster;
  if (!parts.isAlive) await cluster.stopAgent("alpha");
  const host = new SimulatedHost({}, {}, { name: "bravo", address: "10.0.0.9", clock });
  host.surroundings = { shared, transports: () => cluster.network.transports() };
  if (parts.edit) {
    const path = Object.keys(shared.texts()).find((each) => each.endsWith("/cluster.yaml"))!;
    const text = shared.texts()[path];
    shared.remove(path);
    shared.writeNew(path, new TextEncoder().encode(parts.edit(text)), 0o644);
  }
  const { ports } = host.ports();
  const stateFiles = parts.stateFiles?.(ports.stateFiles) ?? ports.stateFiles;
  const joined = joinCluster(
    { ...ports, stateFiles },
    { ...host.options, ...parts.options },
    { address: "10.0.0.9", ...(parts.cluster && { cluster: parts.cluster }) },
  );
  const end = await clock.run(joined.then(() => "joined", (error) => {
    if (!(error instanceof ProblemError)) throw error;
    const { code, why = "", fix } = error.problem;
    assert.ok(fix, `${code} says what to do`);
    return `${code}: ${why}`;
  }));
  const wrote = Object.keys(host.machine.disk.texts()).some((each) => each.endsWith("agent.yaml"));
  assert.equal(wrote, end === "joined", "who is refused leaves nothing behind");
  if (parts.isAlive) await cluster.close();
  return end;
}

Deno.test("joinCluster() lets a host in, and refuses each mistake with one problem that leaves nothing behind", async () => {
  assert.equal(await attempt({}), "joined");
  assert.match(await attempt({ cluster: "f".repeat(32) }), /^STATE_OTHER_CLUSTER: Its id is /);
  const newer = (text: string) => text.replace("format: 1", "format: 99");
  assert.match(await attempt({ edit: newer }), /^STATE_FORMAT_NEWER: /);
  assert.match(await attempt({ edit: () => "of: something else\n" }), /^STATE_/);
  assert.match(await attempt({ options: { mode: "user" } }), /^AGENT_WRONG_MODE: /);
  assert.match(
    await attempt({ options: { hostName: "alpha" }, isAlive: true }),
    /^AGENT_NAME_ALIVE: A host of that name is alive at 10\.0\.0\.1/,
  );
  assert.match(
    await attempt({ options: { state: "/elsewhere" } }),
    /^STATE_(MISSING|EMPTY): /,
  );
});

Deno.test("joinCluster() refuses a host whose files on the share are another user's", async () => {
  const squashed = (files: AgentPorts["stateFiles"]) =>
    new Proxy(files, {
      get(target, name) {
        const member = Reflect.get(target, name, target);
        if (typeof member !== "function") return member;
        if (name !== "stat") return member.bind(target);
        return async (path: string) => {
          const info = await target.stat(path);
          return info && path.includes(".join.") ? { ...info, uid: 65_534 } : info;
        };
      },
    });
  assert.match(
    await attempt({ stateFiles: squashed }),
    /^AGENT_OTHER_USER: What this host writes there belongs to user 65534/,
  );
});

Deno.test("joinCluster() refuses a host that belongs to another cluster", async () => {
  const host = await SimulatedHost.seeded();
  const other = new SimulatedHost({}, {}, { name: "other", clock: host.clock });
  const shared = new MemoryDisk(() => host.clock.nowMs());
  other.surroundings = { shared };
  await other.seed();
  host.surroundings = { shared };
  const { ports } = host.ports();
  const joined = joinCluster(ports, host.options, { address: "10.0.0.1" });
  await assert.rejects(
    host.clock.run(joined),
    (error) => (error as ProblemError).problem.code === "AGENT_ALREADY_JOINED",
  );
});

Deno.test("deploy() refuses with one problem for each instance, and the reason for each host, where no host may take it", async () => {
  const cluster = await SimulatedCluster.started(3);
  const { useCases } = cluster.agent("alpha");
  const deploy = (policies: Parameters<typeof helloRequest>[0]) =>
    cluster.clock.run(useCases.deploy(helloRequest({ isAlone: true, ...policies })));
  const nowhere = await deploy({
    policies: [{
      name: "there",
      types: ["org.khutulun:1.0::Placement"],
      properties: { labels: { disk: ["ssd"] } },
      targets: ["web"],
    }],
  });
  assert.equal(nowhere.changed, false);
  assert.deepEqual(nowhere.problems.map(({ code }) => code), ["PLAN_REFUSED"]);
  for (const name of ["alpha", "bravo", "charlie"]) {
    assert.ok(nowhere.problems[0].why!.includes(name), nowhere.problems[0].why);
  }
  assert.match(nowhere.problems[0].why!, /policy "there" wants label "disk" "ssd", it has none/);
  for (const name of ["alpha", "bravo", "charlie"]) {
    await cluster.clock.run(useCases.changeHost(name, { cordoned: true }));
  }
  const cordoned = await deploy({});
  assert.deepEqual(cordoned.problems.map(({ code }) => code), ["PLAN_REFUSED"]);
  assert.match(cordoned.problems[0].why!, /it is cordoned/);
  assert.equal((await cluster.clock.run(useCases.services())).length, 0);
  await cluster.close();
});
