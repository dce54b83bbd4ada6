import assert from "node:assert/strict";
import { PluginInvoker } from "../../core/agent/plugins/mod.ts";
import { ExtismRuntime } from "../../core/platform/extism/mod.ts";
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
