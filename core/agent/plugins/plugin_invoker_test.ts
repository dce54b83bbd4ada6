import assert from "node:assert/strict";
import type { JsonObject, ProblemCode, ProblemError } from "../../base/mod.ts";
import type { Item, Manifest } from "../../plugin/mod.ts";
import { item, request } from "../../../tests/support/plugin_requests.ts";
import {
  FakeMachine,
  FakeProcesses,
  MemoryFiles,
  ModelPlugins,
  type PluginModel,
  RecordingLogger,
  VirtualClock,
} from "../../sim/mod.ts";
import { type HostServices, PluginInvoker } from "./plugin_invoker.ts";
import type { PluginSource } from "./plugin_source.ts";

const home = "/var/lib/khutulun/data";

function manifest(name: string, parts: Partial<Manifest> = {}): Manifest {
  return {
    name,
    version: "1",
    contract: 1,
    realises: { nodes: [], edges: [] },
    commands: [],
    environment: [],
    reads: [],
    writes: [`{data}/{name}/*`],
    calls: ["inner"],
    reaches: [],
    limits: { deadlineMs: 1_000, memoryBytesMax: 1 << 20 },
    ...parts,
  };
}

interface World {
  readonly invoker: PluginInvoker;
  readonly logger: RecordingLogger;
  readonly resolved: [string, string | undefined][];
}

function world(
  models: Readonly<Record<string, PluginModel>>,
  parts: Partial<Manifest> = {},
  services: HostServices = {},
): World {
  const machine = new FakeMachine({ clock: new VirtualClock() });
  const logger = new RecordingLogger();
  const resolved: [string, string | undefined][] = [];
  const source: PluginSource = {
    resolve: (name, digest) => {
      resolved.push([name, digest]);
      const module = { name, digest: "sha256:0", load: () => Promise.resolve(new Uint8Array()) };
      return Promise.resolve({ manifest: manifest(name, parts), digest: "sha256:0", module });
    },
  };
  const invoker = new PluginInvoker(
    new MemoryFiles(machine.disk),
    new FakeProcesses(machine),
    new ModelPlugins(models),
    logger,
    source,
    services,
  );
  return { invoker, logger, resolved };
}

const done = (items: readonly Item[]) => ({ items: items.map(({ id }) => ({ id })) });
const web = item({ id: "web-0", properties: { size: 1 }, owned: ["file:/x"], revision: 3 });

async function refused(call: Promise<unknown>, code: ProblemCode, why: RegExp): Promise<void> {
  await assert.rejects(call, ({ problem }: ProblemError) => {
    assert.equal(problem.code, code);
    assert.match(problem.why ?? "", why);
    return true;
  });
}

Deno.test("call() returns the steps of all plugins in the order in which they were appended", async () => {
  const write = (key: string) => ({
    step: { key, item: "web-0", why: "write", owns: [`file:${home}/x`] as const },
    path: `${home}/khutulun.shop.web-0/${key}`,
    mode: "0644",
    text: key,
  });
  const { invoker } = world({
    outer: async ({ items }, host) => {
      await host("write_file", write("a"));
      const inner = { verb: "reconcile", items: [{ id: "web-0" }] } as const;
      await host("call_plugin", { plugin: "inner", request: inner });
      await host("write_file", write("c"));
      return done(items);
    },
    inner: async ({ items }, host) => {
      await host("write_file", write("b"));
      return done(items);
    },
  });
  const { steps } = await invoker.call({ name: "outer" }, request("reconcile", [web]));
  assert.deepEqual(steps.map((step) => step.key), ["a", "b", "c"]);
  assert.deepEqual(steps[1], {
    key: "b",
    item: "web-0",
    why: "write",
    needs: [],
    owns: [`file:${home}/x`],
    timeoutMs: 30_000,
    do: { write: { path: `${home}/khutulun.shop.web-0/b`, mode: "0644", text: "b" } },
  });
});

Deno.test("call() gives a called plugin the caller's own item, whatever the caller says it is", async () => {
  let seen: Item | undefined;
  const { invoker, resolved } = world({
    outer: async ({ items }, host) => {
      const given = {
        id: "web-0",
        name: "khutulun.bank.vault-0",
        owned: [],
        revision: 99,
        properties: { size: 2 },
      };
      const inner = { verb: "observe", items: [given], options: { a: 1 } } as const;
      await host("call_plugin", { plugin: "inner", request: inner });
      return done(items);
    },
    inner: ({ items }) => {
      seen = items[0];
      return done(items);
    },
  });
  const pinned = { inner: "sha256:1" };
  await invoker.call({ name: "outer", digest: "sha256:0" }, request("observe", [web]), { pinned });
  assert.deepEqual(seen, { ...web, properties: { size: 2 } });
  assert.deepEqual(resolved, [["outer", "sha256:0"], ["inner", "sha256:1"]]);
});

Deno.test("call() bounds how much and how often a plugin may say something", async () => {
  const { invoker, logger } = world({
    outer: async ({ items }, host) => {
      for (let count = 0; count < 60_000; count++) {
        await host("log", { level: "info", message: "x".repeat(count < 49_990 ? 1 : 10_000) });
      }
      return done(items);
    },
  });
  const call = invoker.call({ name: "outer" }, request("observe", [web]));
  await refused(call, "PLUGIN_LIMIT", /more than 50000 times/);
  assert.equal(logger.lines.at(-1)!.message.length, 4096);
});

Deno.test("call() checks the form of every host function's input", async () => {
  const inputs: [string, JsonObject, RegExp][] = [
    ["exec", { argv: [] }, /argv: must begin with a command/],
    ["exec", { argv: "true" }, /argv: must be a list, found the text "true"/],
    ["read_file", { path: 1 }, /path: must be a text/],
    ["read_file", { path: "/x", mode: 1 }, /mode: is not one of the keys/],
    ["write_file", { path: "/x", mode: "0644", text: "" }, /step: must be a map, found nothing/],
    ["log", { level: "loud", message: "" }, /level: must be one of debug/],
    ["call_plugin", { plugin: "inner", request: { verb: "dance", items: [] } }, /request\.verb/],
    ["lookup", { kind: "web" }, /kind: is not one of the keys service, node, type/],
  ];
  for (const [name, input, why] of inputs) {
    const { invoker } = world({
      outer: async ({ items }, host) => {
        await host(name as "log", input as never);
        return done(items);
      },
    });
    const call = invoker.call({ name: "outer" }, request("reconcile", [web]));
    await refused(call, "PLUGIN_HOST_CALL", why);
  }
});

Deno.test("call() lets a plugin reach what its manifest names, by HTTP", async () => {
  const asked: string[] = [];
  const services: HostServices = {
    http: ({ url }) => {
      asked.push(url);
      return Promise.resolve({ status: 200, body: "" });
    },
  };
  const get = (url: string, method = "GET") =>
    world(
      {
        outer: async ({ items }, host) => {
          await host("http", { method, url });
          return done(items);
        },
      },
      { reaches: ["api.example.org:443", "*:8080"] },
      services,
    ).invoker.call({ name: "outer" }, request("observe", [web]));
  await get("https://api.example.org/x");
  await get("http://10.0.0.7:8080/");
  await refused(get("http://10.0.0.7:8080/", "POST"), "PLUGIN_HOST_CALL", /only a step may/);
  await refused(get("http://api.example.org/"), "PLUGIN_PERMISSION", /reach "api.example.org:80"/);
  await refused(get("file:///etc/shadow"), "PLUGIN_PERMISSION", /reach/);
  await refused(get("https://api.example.org@evil.org/"), "PLUGIN_PERMISSION", /evil\.org:443/);
  assert.equal(asked.length, 2);
});

Deno.test("call() lets no variable into a command's environment that is not declared", async () => {
  const run = (env: Record<string, string>) =>
    world(
      {
        outer: async ({ items }, host) => {
          await host("exec", { argv: ["true"], env });
          return done(items);
        },
      },
      { commands: [{ kind: "observe", words: ["true"] }], environment: ["LANG"] },
    ).invoker.call({ name: "outer" }, request("observe", [web]));
  await run({ LANG: "C" });
  await refused(run({ LD_PRELOAD: "/x.so" }), "PLUGIN_PERMISSION", /set "LD_PRELOAD"/);
});
