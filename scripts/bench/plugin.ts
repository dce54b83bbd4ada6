import { Worker } from "node:worker_threads";
import { ExtismRuntime } from "../../core/platform/extism/mod.ts";
import type { HostFunction, PluginModule } from "../../core/ports/mod.ts";
import { type BenchRow, timeMs } from "../bench_row.ts";
import { buildPlugins, compilePlugin, kitSources } from "../build_plugins.ts";

const callsPerSample = 100;
const limits = { deadlineMs: 10_000, memoryBytesMax: 64 * 1024 * 1024, outputBytesMax: 1 << 20 };
const floor = "message to a thread and back";

/** What plugins cost: each call gets a fresh instance from the cached module. */
export const rows: readonly BenchRow[] = [
  {
    name: "plugin: warm call",
    unit: "ms",
    floor,
    target: { atMost: 0.3 },
    prepare: async () => {
      const bench = await Bench.start(await guest(""));
      return { ...bench.besidesFloor(), sample: () => bench.callMs(new Uint8Array()) };
    },
  },
  {
    name: "plugin: instance of a real plugin that answers one item",
    unit: "ms",
    floor,
    target: { atMost: 2 },
    prepare: async () => {
      await buildPlugins();
      const path = new URL("../../build/plugins/tcp/plugin.wasm", import.meta.url);
      const bench = await Bench.start(await moduleOf("tcp", await Deno.readFile(path)));
      const input = new TextEncoder().encode(JSON.stringify(request));
      return { ...bench.besidesFloor(), sample: () => bench.callMs(input) };
    },
  },
  {
    name: "plugin: host call",
    unit: "ms",
    rounds: 5,
    floor,
    prepare: async () => {
      const [quiet, asking] = [
        await Bench.start(await guest("")),
        await Bench.start(
          await guest(`for (let i = 0; i < ${callsPerSample}; i++) log("info", "hello");`),
        ),
      ];
      const besides = quiet.besidesFloor();
      return {
        floor: besides.floor,
        close: async () => {
          await besides.close();
          await asking.close();
        },
        sample: async () => {
          const withoutMs = await quiet.callMs(new Uint8Array());
          return (await asking.callMs(new Uint8Array()) - withoutMs) / callsPerSample;
        },
      };
    },
  },
];

/** A runtime with one module, and a bare thread that only answers messages. */
class Bench {
  readonly #runtime = new ExtismRuntime({ threadsMax: 1 });
  readonly #echo = new Worker(
    `const { parentPort } = require("node:worker_threads");
     parentPort.on("message", (message) => parentPort.postMessage(message));`,
    { eval: true },
  );

  private constructor(readonly module: PluginModule) {}

  static async start(module: PluginModule): Promise<Bench> {
    const bench = new Bench(module);
    await bench.#roundTrip();
    return bench;
  }

  /** Returns how long one call takes, of many in a row. */
  callMs(input: Uint8Array): Promise<number> {
    const host: HostFunction = () => Promise.resolve(new TextEncoder().encode("{}"));
    return eachMs(() => this.#runtime.call(this.module, input, host, limits));
  }

  besidesFloor() {
    return { floor: () => eachMs(() => this.#roundTrip()), close: () => this.close() };
  }

  async close(): Promise<void> {
    await this.#runtime.close();
    await this.#echo.terminate();
  }

  #roundTrip(): Promise<void> {
    return new Promise((resolve) => {
      this.#echo.once("message", () => resolve());
      this.#echo.postMessage(new Uint8Array(64));
    });
  }
}

async function eachMs(work: () => Promise<unknown>): Promise<number> {
  const totalMs = await timeMs(async () => {
    for (let index = 0; index < callsPerSample; index++) await work();
  });
  return totalMs / callsPerSample;
}

/** Compiles a plugin whose call does nothing but this. */
async function guest(statement: string): Promise<PluginModule> {
  const entry = "plugins-wasm/bench/plugin.ts";
  const source = `import { log } from "../../plugin-pdk/assemblyscript/mod";
    export function call(): i32 { ${statement} return 0; }`;
  return await moduleOf("bench", await compilePlugin(entry, kitSources().set(entry, source)));
}

async function moduleOf(name: string, wasm: Uint8Array): Promise<PluginModule> {
  const hash = await crypto.subtle.digest("SHA-256", wasm as Uint8Array<ArrayBuffer>);
  const digest = `sha256:${new Uint8Array(hash).toHex()}`;
  return { name, digest, load: () => Promise.resolve(wasm) };
}

const request = {
  contract: 1,
  verb: "place",
  round: 0,
  host: {
    id: "h1",
    mode: "system",
    systemd: "system",
    address: "10.0.0.1",
    paths: { units: "/u", unitsLinked: false, data: "/d", runtime: "/r", logs: "/l" },
    facts: {},
  },
  items: [{
    id: "http-0",
    kind: "instance",
    name: "khutulun.shop.http-0",
    namespace: "default",
    service: "shop",
    epoch: 1,
    revision: 1,
    want: "running",
    types: ["org.khutulun:1.0::Port"],
    properties: { from: 20_000, to: 29_999, protocol: "tcp", address: "" },
    attributes: {},
    claims: { port: "23456" },
    capabilities: {},
    artifacts: {},
    relations: [],
    owned: [],
  }],
};
