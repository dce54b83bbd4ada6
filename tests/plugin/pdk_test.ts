import assert from "node:assert/strict";
import fc from "fast-check";
import { parse } from "yaml";
import { PluginInvoker } from "../../core/agent/plugins/mod.ts";
import { ExtismRuntime } from "../../core/platform/extism/mod.ts";
import {
  FakeMachine,
  FakeProcesses,
  MemoryFiles,
  RecordingLogger,
  VirtualClock,
} from "../../core/sim/mod.ts";
import { item, request } from "../support/plugin_requests.ts";
import { compileGuest, loadedPlugin, MemoryPlugins } from "../support/plugins.ts";

const readme = await Deno.readTextFile(
  new URL("../../plugin-pdk/assemblyscript/README.md", import.meta.url),
);

/** Returns the first block of a language. */
function block(language: string): string {
  return readme.split("```" + language + "\n")[1].split("```")[0];
}

Deno.test("the plugin of the kit's README writes, leaves alone and removes a note", async () => {
  const wasm = await compileGuest(block("ts").replace("./pdk/", "../kit/"));
  const machine = new FakeMachine({ clock: new VirtualClock() });
  const runtime = new ExtismRuntime();
  const files = new MemoryFiles(machine.disk);
  const source = new MemoryPlugins([await loadedPlugin(parse(block("yaml")), wasm)]);
  const logger = new RecordingLogger();
  const invoker = new PluginInvoker(files, new FakeProcesses(machine), runtime, logger, source);
  const note = item({ id: "memo-0", properties: { text: "Grüße, “world” \\ 🦊\n" } });
  const path = "/var/lib/khutulun/data/khutulun.shop.memo-0.txt";
  try {
    const call = (verb: "reconcile" | "remove") =>
      invoker.call({ name: "note" }, request(verb, [note]));
    const first = await call("reconcile");
    assert.deepEqual(first.steps, [{
      key: `write ${path}`,
      item: "memo-0",
      why: "write the note memo-0",
      needs: [],
      owns: [`file:${path}`],
      timeoutMs: 30_000,
      do: { write: { path, mode: "0644", text: note.properties.text } },
    }]);
    machine.disk.makeDirectory("/var/lib/khutulun/data", 0o755, true);
    await files.writeNew(path, note.properties.text as string);
    const second = await call("reconcile");
    assert.deepEqual(second.steps, []);
    assert.deepEqual(second.response.items, [
      { id: "memo-0", phase: "ready", attributes: { path }, owned: [`file:${path}`] },
    ]);
    const last = await call("remove");
    assert.deepEqual(last.steps.map((step) => step.do), [{ remove: { path } }]);
  } finally {
    await runtime.close();
  }
});

const echoText = `import { parseJson } from "../kit/json_parser";
import { readInput, writeOutput } from "../kit/kernel";
export function call(): i32 {
  writeOutput(parseJson(readInput()).toString());
  return 0;
}`;

Deno.test("parseJson() and toString() give back any JSON as it was", async () => {
  const { module } = await loadedPlugin({ name: "echo" }, await compileGuest(echoText));
  const runtime = new ExtismRuntime();
  const limits = { deadlineMs: 10_000, memoryBytesMax: 1 << 24, outputBytesMax: 1 << 20 };
  const echo = async (text: string) => {
    const input = new TextEncoder().encode(text);
    const output = await runtime.call(module, input, failing, limits);
    return new TextDecoder().decode(output);
  };
  const failing = (_name: string, input: Uint8Array) =>
    Promise.reject(new Error(new TextDecoder().decode(input)));
  try {
    const values = fc.jsonValue({ stringUnit: "binary", noUnicodeString: false } as object);
    await fc.assert(
      fc.asyncProperty(values, async (value) => {
        const text = JSON.stringify(value, undefined, 1);
        assert.deepEqual(JSON.parse(await echo(text)), JSON.parse(text));
      }),
      { numRuns: 100 },
    );
    for (const text of ["", "{", "[1,]", '"a', "nul", '{"a" 1}', "1 2", '"\\x"', "[".repeat(200)]) {
      await assert.rejects(echo(text), /cannot read JSON/, text);
    }
  } finally {
    await runtime.close();
  }
});
