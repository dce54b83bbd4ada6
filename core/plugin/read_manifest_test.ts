import assert from "node:assert/strict";
import { readManifest } from "./read_manifest.ts";

const minimal = { name: "tcp", version: "0.1.0", contract: 1 };

function problemsOf(value: unknown): [string, string][] {
  return readManifest(value, "plugin.yaml").problems.map((
    each,
  ) => [each.code, each.where?.path ?? ""]);
}

Deno.test("readManifest() denies by default", () => {
  const { value, problems } = readManifest(minimal, "plugin.yaml");
  assert.deepEqual(problems, []);
  assert.deepEqual([value!.commands, value!.reads, value!.writes, value!.calls, value!.reaches], [
    ...Array(5).fill([]),
  ]);
  assert.deepEqual(value!.limits, { deadlineMs: 10_000, memoryBytesMax: 64 * 1024 * 1024 });
});

Deno.test("readManifest() reads commands, edges and limits", () => {
  const { value } = readManifest({
    ...minimal,
    realises: { nodes: ["p::Port"], edges: [{ type: "p::Connection", side: "source" }] },
    commands: [{ observe: ["ss", "-Hltn"] }, { change: ["touch", "*"] }],
    limits: { deadline: "1.5 s", memory: "16 MiB" },
  }, "plugin.yaml");
  assert.deepEqual(value!.realises.edges, [{ type: "p::Connection", side: "source" }]);
  assert.deepEqual(value!.commands[1], { kind: "change", words: ["touch", "*"] });
  assert.deepEqual(value!.limits, { deadlineMs: 1_500, memoryBytesMax: 16 * 1024 * 1024 });
});

Deno.test("readManifest() reports every problem with its path", () => {
  const wrong = {
    name: "T C P",
    version: 1,
    contract: 1,
    realises: { edges: [{ type: "x", side: "left" }] },
    commands: [{ observe: [] }],
    reads: ["etc"],
    writes: "all",
    limits: { memory: "much" },
  };
  assert.deepEqual(problemsOf(wrong), [
    ["PLUGIN_MANIFEST", "name"],
    ["PLUGIN_MANIFEST", "version"],
    ["PLUGIN_MANIFEST", "realises.edges[0].side"],
    ["PLUGIN_MANIFEST", "commands[0].observe"],
    ["PLUGIN_MANIFEST", "reads[0]"],
    ["PLUGIN_MANIFEST", "writes"],
    ["PLUGIN_MANIFEST", "limits.memory"],
  ]);
  assert.deepEqual(problemsOf([]), [["PLUGIN_MANIFEST", ""]]);
});

Deno.test("readManifest() refuses misspelt keys and another contract", () => {
  assert.deepEqual(problemsOf({ ...minimal, comands: [] }), [["PLUGIN_MANIFEST", "comands"]]);
  assert.deepEqual(problemsOf({ ...minimal, contract: 2 }), [["PLUGIN_CONTRACT", ""]]);
});
