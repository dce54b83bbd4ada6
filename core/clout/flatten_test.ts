import { deepEqual, equal } from "node:assert/strict";
import { flatten } from "./flatten.ts";
import type { Clout, Edge, Substitution, Vertex } from "./model.ts";

const none = new Map();

function vertex(id: string, parts: Partial<Vertex> = {}): Vertex {
  const name = id.split(".").at(-1)!.replace(/\[.*/, "");
  return {
    id,
    name,
    index: 0,
    count: 1,
    types: ["T"],
    metadata: none,
    properties: none,
    attributes: none,
    capabilities: none,
    artifacts: none,
    interfaces: none,
    edges: [],
    ...parts,
  };
}

function edge(name: string, target: string, capability: string): Edge {
  const values = { properties: none, attributes: none, interfaces: none, allocation: none };
  return { name, index: 0, types: ["R"], metadata: none, target, capability, ...values };
}

function graph(vertexes: readonly Vertex[], facts: Partial<Clout["service"]> = {}): Clout {
  const service = {
    metadata: none,
    inputs: none,
    outputs: none,
    groups: [],
    policies: [],
    ...facts,
  };
  return { service, vertexes: new Map(vertexes.map((each) => [each.id, each])) };
}

function standIn(
  service: Clout,
  capabilities: Record<string, [string, string]> = {},
): Substitution {
  const ends = Object.entries(capabilities).map(([name, [vertex, capability]]) =>
    [name, { vertex, capability }] as const
  );
  return { template: "inner.yaml", service, capabilities: new Map(ends) };
}

Deno.test("flatten() leaves a graph without substitutions as it is", () => {
  const clout = graph([vertex("web")]);
  equal(flatten(clout), clout);
});

Deno.test("flatten() puts inner nodes among the others, and leads edges to what capabilities are mapped to", () => {
  const deep = graph([vertex("db.store.disk")]);
  const inner = graph([
    vertex("db.store", { substitution: standIn(deep, { host: ["db.store.disk", "room"] }) }),
    vertex("db.server", {
      edges: [edge("use", "db.store", "host"), edge("out", "net", "feature")],
    }),
  ]);
  const flat = flatten(graph([
    vertex("net"),
    vertex("db", { substitution: standIn(inner, { data: ["db.store", "host"] }) }),
    vertex("web", { edges: [edge("data", "db", "data"), edge("other", "db", "unmapped")] }),
  ]));
  const shown = [...flat.vertexes.values()].map(({ id, name, edges }) => [
    id,
    name,
    ...edges.map(({ target, capability }) => `${target}.${capability}`),
  ]);
  deepEqual(shown, [
    ["net", "net"],
    ["db", "db"],
    ["db.store", "db.store"],
    ["db.store.disk", "db.store.disk"],
    ["db.server", "db.server", "db.store.disk.room", "net.feature"],
    ["web", "web", "db.store.disk.room", "db.unmapped"],
  ]);
  equal(flat.vertexes.get("db")!.substitution?.service, undefined);
  equal(flat.vertexes.get("db")!.substitution?.template, "inner.yaml");
});

Deno.test("flatten() keeps names apart, and policies for a substituted node are for those that stand in", () => {
  const types = ["P"];
  const inner = (index: number) =>
    standIn(graph([vertex(`db[${index}].disk`)], {
      groups: [{ name: "all", types, properties: none, members: ["disk"] }],
      policies: [{ name: "near", types, properties: none, targets: ["disk", "all"] }],
    }));
  const { service, vertexes } = flatten(graph(
    [0, 1].map((index) => vertex(`db[${index}]`, { index, count: 2, substitution: inner(index) })),
    { policies: [{ name: "apart", types, properties: none, targets: ["db"] }] },
  ));
  deepEqual([...vertexes.values()].map(({ name }) => name), ["db", "db-0.disk", "db", "db-1.disk"]);
  deepEqual(service.groups.map(({ name, members }) => [name, ...members]), [
    ["db-0.all", "db-0.disk"],
    ["db-1.all", "db-1.disk"],
  ]);
  deepEqual(service.policies.map(({ name, targets }) => [name, ...targets]), [
    ["db-0.near", "db-0.disk", "db-0.all"],
    ["db-1.near", "db-1.disk", "db-1.all"],
    ["apart", "db-0.disk", "db-1.disk"],
  ]);
});
