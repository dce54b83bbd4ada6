import assert from "node:assert/strict";
import { type Clout, jsonToClout } from "../../clout/mod.ts";
import type { Instance } from "../../plan/mod.ts";
import { wire } from "./wiring.ts";

const clout: Clout = jsonToClout({
  format: 1,
  vertexes: [
    { id: "db", name: "db", index: 0, count: 1, types: ["t"] },
    {
      id: "web",
      name: "web",
      index: 0,
      count: 1,
      types: ["t"],
      edges: [{ name: "data", index: 0, types: ["e"], target: "db", capability: "feature" }],
    },
  ],
});

function instance(id: string, host: string, want: Instance["want"] = "running"): Instance {
  const [vertex, index] = id.split("-");
  return {
    id,
    vertex,
    index: Number(index),
    host,
    epoch: 1,
    want,
    revision: 1,
    plugin: "p",
    pluginDigest: "d",
    claims: [],
  };
}

function targets(...instances: Instance[]): string[] {
  return [...wire(clout, instances).byId.values()].map(({ id, target }) => `${id} → ${target.id}`);
}

Deno.test("wire() leads to the target on the same host", () => {
  assert.deepEqual(
    targets(instance("web-0", "b"), instance("db-0", "a"), instance("db-1", "b")),
    ["web-0.data.0 → db-1"],
  );
});

Deno.test("wire() shares targets in turn where none is near", () => {
  const sources = [0, 1, 2].map((index) => instance(`web-${index}`, "a"));
  assert.deepEqual(
    targets(...sources, instance("db-0", "b"), instance("db-1", "c")),
    ["web-0.data.0 → db-0", "web-1.data.0 → db-1", "web-2.data.0 → db-0"],
  );
});

Deno.test("wire() leads to what is to go only where there is nothing else", () => {
  assert.deepEqual(
    targets(instance("web-0", "a"), instance("db-0", "a", "absent"), instance("db-1", "b")),
    ["web-0.data.0 → db-1"],
  );
  assert.deepEqual(
    targets(instance("web-0", "a"), instance("db-0", "a", "absent")),
    ["web-0.data.0 → db-0"],
  );
});
