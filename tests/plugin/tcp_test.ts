import assert from "node:assert/strict";
import { PluginInvoker } from "../../core/agent/plugins/mod.ts";
import { ExtismRuntime } from "../../core/platform/extism/mod.ts";
import type { ProblemError } from "../../core/base/mod.ts";
import type { Item } from "../../core/plugin/mod.ts";
import {
  type FakeCommand,
  FakeMachine,
  FakeProcesses,
  MemoryFiles,
  RecordingLogger,
  VirtualClock,
} from "../../core/sim/mod.ts";
import { item, relation, request } from "../support/plugin_requests.ts";
import { builtPlugins } from "../support/plugins.ts";

const port = (parts: Partial<Item> = {}) =>
  item({ id: "http-0", types: ["org.khutulun:1.0::Port"], claims: { port: "9001" }, ...parts });

async function withTcp(
  run: (invoker: PluginInvoker, machine: FakeMachine) => Promise<void>,
  ss: FakeCommand = () => ({}),
): Promise<void> {
  const machine = new FakeMachine({ clock: new VirtualClock() });
  const runtime = new ExtismRuntime();
  const invoker = new PluginInvoker(
    new MemoryFiles(machine.disk),
    new FakeProcesses(machine, undefined, { ss }),
    runtime,
    new RecordingLogger(),
    await builtPlugins(),
  );
  try {
    await run(invoker, machine);
  } finally {
    await runtime.close();
  }
}

const listening = (line: string): FakeCommand => () => ({ stdout: `${line}\n` });

Deno.test("tcp observe names who holds a port that is not the user's", async () => {
  await withTcp(async (invoker) => {
    const { response } = await invoker.call({ name: "tcp" }, request("reconcile", [port()]));
    assert.deepEqual(response.items, [{
      id: "http-0",
      phase: "failed",
      why: "Port 9001 is held by nginx (pid 7)",
      attributes: { port: 9001, address: "10.0.0.1" },
      owned: ["claim:tcp/9001"],
    }]);
  }, listening(`tcp LISTEN 0 5 0.0.0.0:9001 0.0.0.0:* users:(("nginx",pid=7,fd=3))`));
});

Deno.test("tcp observe lets a port's own user listen, by its unit's control group", async () => {
  await withTcp(async (invoker, machine) => {
    machine.disk.makeDirectory("/proc/7", 0o755, true);
    const cgroup = "0::/system.slice/khutulun.shop.web-0.service\n";
    machine.disk.writeNew("/proc/7/cgroup", new TextEncoder().encode(cgroup), 0o444);
    const user = (unit: string) =>
      port({ relations: [relation({ side: "target", other: { attributes: { unit } } })] });
    const phases = async (unit: string) =>
      (await invoker.call({ name: "tcp" }, request("observe", [user(unit)]))).response.items
        .map((each) => each.phase);
    assert.deepEqual(await phases("khutulun.shop.web-0.service"), ["ready"]);
    assert.deepEqual(await phases("khutulun.shop.api-0.service"), ["failed"]);
  }, listening(`tcp LISTEN 0 5 [::]:9001 [::]:* users:(("python3",pid=7,fd=3))`));
});

Deno.test("tcp place tells a connection the port that the target reserved", async () => {
  await withTcp(async (invoker) => {
    const reserved = relation({
      types: ["org.khutulun:1.0::Reserves"],
      other: { id: "http-0", attributes: { port: 9001, address: "10.0.0.1" } },
    });
    const edge = (properties: Item["properties"]) =>
      item({
        id: "client-0.server.0",
        kind: "edge",
        side: "source",
        properties,
        relations: [relation({ other: { id: "web-0", relations: [reserved] } })],
      });
    const place = async (properties: Item["properties"]) =>
      (await invoker.call({ name: "tcp" }, request("place", [edge(properties)]))).response.items[0];
    const attributes = { port: 9001, address: "10.0.0.1" };
    assert.deepEqual(await place({}), { id: "client-0.server.0", phase: "ready", attributes });
    assert.deepEqual((await place({ port_name: "http" })).attributes, attributes);
    assert.equal((await place({ port_name: "admin" })).why, `web-0 reserves no port "admin"`);
  });
});

Deno.test("tcp place answers the claim that a port wants, and its attributes once it is claimed", async () => {
  await withTcp(async (invoker) => {
    const { response, steps } = await invoker.call(
      { name: "tcp" },
      request("place", [
        port({ id: "a-0", claims: {}, properties: { port: 8080 } }),
        port({ id: "b-0", claims: {}, properties: { from: 30000, to: 30010, protocol: "udp" } }),
        port({ id: "c-0", claims: { port: "20000" }, properties: { address: "127.0.0.1" } }),
      ]),
    );
    assert.deepEqual(steps, []);
    assert.deepEqual(response.items, [
      { id: "a-0", claims: [{ name: "port", kind: "tcp", want: { key: "8080" } }] },
      { id: "b-0", claims: [{ name: "port", kind: "udp", want: { range: [30000, 30010] } }] },
      {
        id: "c-0",
        claims: [{ name: "port", kind: "tcp", want: { range: [20000, 29999] } }],
        attributes: { port: 20000, address: "127.0.0.1" },
      },
    ]);
  });
});

const noSocketStatistics: FakeCommand = () => ({ exit: undefined, failure: "not-found" });

Deno.test("tcp observe reads the kernel's tables where there is no ss", async () => {
  await withTcp(async (invoker, machine) => {
    const write = (path: string, text: string) => {
      machine.disk.makeDirectory(path.slice(0, path.lastIndexOf("/")), 0o755, true);
      machine.disk.writeNew(path, new TextEncoder().encode(text), 0o444);
    };
    write(
      "/proc/net/tcp",
      "  sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid\n" +
        "   0: 0100007F:2329 00000000:0000 0A 00000000:00000000 00:00000000 00000000  1000 0 7\n" +
        "   1: 0100007F:232A 00000000:0000 01 00000000:00000000 00:00000000 00000000  1000 0 8\n",
    );
    const look = async (parts: Partial<Item>) =>
      (await invoker.call({ name: "tcp" }, request("observe", [port(parts)]))).response.items[0];
    assert.match((await look({})).why!, /^Port 9001 is held by a process of user 1000/);
    assert.equal((await look({ claims: { port: "9002" } })).phase, "ready", "a connection is none");
    assert.equal((await look({ properties: { address: "10.0.0.1" } })).phase, "ready");
    write("/run/khutulun/khutulun.shop.web-0.pid", "7 100 abc\n");
    const user = {
      side: "target",
      other: { attributes: { unit: "khutulun.shop.web-0" } },
    } as const;
    assert.equal((await look({ relations: [relation(user)] })).phase, "failed", "it has ended");
    write("/proc/7/stat", "7 (sh) S 1 7 7 0\n");
    assert.equal((await look({ relations: [relation(user)] })).phase, "ready");
  }, noSocketStatistics);
});

Deno.test("tcp observe lets the children of a supervised process listen, by their session", async () => {
  await withTcp(async (invoker, machine) => {
    const write = (path: string, text: string) => {
      machine.disk.makeDirectory(path.slice(0, path.lastIndexOf("/")), 0o755, true);
      machine.disk.writeNew(path, new TextEncoder().encode(text), 0o444);
    };
    write("/run/khutulun/khutulun.shop.web-0.pid", "70 100 abc\n");
    write("/run/khutulun/khutulun.shop.api-0.pid", "80 100 abc\n");
    write("/proc/71/stat", "71 (a (b) c) S 70 70 70 0\n");
    const phase = async (unit: string) => {
      const relations = [relation({ side: "target", other: { attributes: { unit } } })];
      const asked = request("observe", [port({ relations })]);
      return (await invoker.call({ name: "tcp" }, asked)).response.items[0].phase;
    };
    assert.equal(await phase("khutulun.shop.web-0"), "ready");
    assert.equal(await phase("khutulun.shop.api-0"), "failed");
  }, listening(`tcp LISTEN 0 5 0.0.0.0:9001 0.0.0.0:* users:(("a (b) c",pid=71,fd=3))`));
});

Deno.test("tcp plan equals apply: a port is its claim, and there is never a step", async () => {
  await withTcp(async (invoker) => {
    const each: Item["properties"][] = [
      {},
      { port: 9001 },
      { protocol: "udp" },
      { address: "10.0.0.1" },
    ];
    for (const properties of each) {
      for (const want of ["running", "stopped", "absent"] as const) {
        const verb = want === "absent" ? "remove" : "reconcile";
        const asked = request(verb, [port({ properties, want })]);
        const { response, steps } = await invoker.call({ name: "tcp" }, asked);
        assert.deepEqual(steps, []);
        assert.equal(response.items[0].phase, want === "absent" ? "absent" : "ready");
      }
    }
  });
});

Deno.test("tcp place refuses a port that is none", async () => {
  await withTcp(async (invoker) => {
    const wrong: [Item["properties"], RegExp][] = [
      [{ port: 70_000 }, /port must be in 1–65535, found 70000/],
      [{ from: 10, to: 5 }, /"from" \(10\) is beyond "to" \(5\)/],
      [{ protocol: "sctp" }, /protocol must be "tcp" or "udp", found "sctp"/],
      [{ port: "http" }, /properties\.port must be a number, found a text/],
    ];
    for (const [properties, why] of wrong) {
      await assert.rejects(
        invoker.call({ name: "tcp" }, request("place", [port({ properties })])),
        ({ problem }: ProblemError) => why.test(problem.why!),
        `${why}`,
      );
    }
  });
});
