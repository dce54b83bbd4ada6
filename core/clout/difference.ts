import { type Json, type JsonObject, sameJson } from "../base/mod.ts";
import type { Clout, Edge, Vertex } from "./model.ts";
import { edgeKey } from "./query.ts";
import { jsonToClout, jsonToVertex } from "./read.ts";
import { cloutToJson, vertexToJson } from "./write.ts";

/**
 * What makes one graph into another.
 *
 * Where in a template things come from is no part of it, and maps are equal whatever the order of their keys.
 */
export interface CloutDifference {
  /** Changes of inputs, outputs, groups, policies, metadata and description. */
  readonly service: readonly Change[];
  readonly added: readonly Vertex[];
  readonly removed: readonly string[];
  readonly changed: readonly VertexDifference[];
  /** All vertex ids as they come after, where that order is not told by the rest. */
  readonly order?: readonly string[];
}

export interface VertexDifference {
  readonly id: string;
  /** Whether it is of another type now: not the same thing any more, though it has the same name. */
  readonly isReplaced: boolean;
  readonly changes: readonly Change[];
  /** All edge keys as they come after, where that order is not told by the changes. */
  readonly edgeOrder?: readonly string[];
}

/** One part that is new (no `from`), gone (no `to`) or other. Values are as `valueToJson` writes them. */
export interface Change {
  /** `["properties", "port"]`, `["edges", "connection.0", "target"]` */
  readonly path: readonly string[];
  readonly from?: Json;
  readonly to?: Json;
}

/** Returns what makes `before` into `after`. */
export function difference(before: Clout, after: Clout): CloutDifference {
  const added = [...after.vertexes.values()].filter(({ id }) => !before.vertexes.has(id));
  const removed = [...before.vertexes.keys()].filter((id) => !after.vertexes.has(id));
  const changed = [...before.vertexes.values()].flatMap((vertex) => {
    const other = after.vertexes.get(vertex.id);
    return other === undefined || other === vertex ? [] : vertexDifference(vertex, other);
  });
  const order = [...after.vertexes.keys()];
  const told = [
    ...[...before.vertexes.keys()].filter((id) => after.vertexes.has(id)),
    ...added.map(({ id }) => id),
  ];
  return {
    service: treeChanges(serviceTree(before), serviceTree(after), []),
    added,
    removed,
    changed,
    ...(!sameJson(order, told) && { order }),
  };
}

/** Whether a difference is none. */
export function isEmptyDifference(it: CloutDifference): boolean {
  return it.order === undefined &&
    [it.service, it.added, it.removed, it.changed].every((each) => each.length === 0);
}

/** Returns the graph that `difference(before, after)` was made for: `after`. */
export function apply({ service, ...it }: CloutDifference, before: Clout): Clout {
  const removed = new Set(it.removed);
  const changed = new Map(it.changed.map((each) => [each.id, each]));
  const vertexes = [...before.vertexes.values()].filter(({ id }) => !removed.has(id))
    .map((vertex) => {
      const change = changed.get(vertex.id);
      return change === undefined ? vertex : applyToVertex(change, vertex);
    });
  const byId = new Map([...vertexes, ...it.added].map((vertex) => [vertex.id, vertex]));
  const order = it.order ?? [...byId.keys()];
  return {
    service: jsonToClout(applyToTree(service, serviceTree(before))).service,
    vertexes: new Map(order.map((id) => [id, byId.get(id)!])),
  };
}

function vertexDifference(before: Vertex, after: Vertex): VertexDifference[] {
  const changes = treeChanges(vertexTree(before), vertexTree(after), []);
  const order = after.edges.map(edgeKey);
  const kept = before.edges.map(edgeKey).filter((key) => order.includes(key));
  const told = [...kept, ...order.filter((key) => !kept.includes(key))];
  const isReordered = !sameJson(order, told);
  if (changes.length === 0 && !isReordered) return [];
  return [{
    id: after.id,
    isReplaced: before.types[0] !== after.types[0],
    changes,
    ...(isReordered && { edgeOrder: order }),
  }];
}

function applyToVertex({ changes, edgeOrder }: VertexDifference, before: Vertex): Vertex {
  const tree = applyToTree(changes, vertexTree(before));
  const edges = (tree.edges ?? {}) as JsonObject;
  const order = edgeOrder ?? Object.keys(edges);
  const vertex = jsonToVertex({ ...tree, edges: order.map((key) => edges[key]) });
  const sources = new Map(before.edges.map((edge) => [edgeKey(edge), edge.source]));
  return withSource(
    { ...vertex, edges: vertex.edges.map((edge) => withSource(edge, sources.get(edgeKey(edge)))) },
    before.source,
  );
}

function withSource<T extends Vertex | Edge>(it: T, source: T["source"]): T {
  return source === undefined ? it : { ...it, source };
}

function serviceTree(clout: Clout): JsonObject {
  return cloutToJson({ ...clout, vertexes: new Map() }, { withoutSources: true });
}

/** A vertex as a tree in which edges have names, so that they can be compared one by one. */
function vertexTree(vertex: Vertex): JsonObject {
  const json = vertexToJson(vertex, { withoutSources: true });
  const edges = (json.edges ?? []) as readonly JsonObject[];
  return {
    ...json,
    edges: Object.fromEntries(vertex.edges.map((edge, index) => [edgeKey(edge), edges[index]])),
  };
}

function treeChanges(
  from: Json | undefined,
  to: Json | undefined,
  path: readonly string[],
): Change[] {
  if (isBranch(from) && isBranch(to)) {
    return union(Object.keys(from), Object.keys(to)).flatMap((key) =>
      treeChanges(own(from, key), own(to, key), [...path, key])
    );
  }
  if (from !== undefined && to !== undefined && sameJson(from, to)) return [];
  return [{ path, ...(from !== undefined && { from }), ...(to !== undefined && { to }) }];
}

function applyToTree(changes: readonly Change[], tree: JsonObject): JsonObject {
  return changes.reduce((json, change) => withChange(json, change.path, change.to), tree);
}

function withChange(json: JsonObject, path: readonly string[], to: Json | undefined): JsonObject {
  const [key, ...rest] = path;
  if (rest.length === 0) {
    if (to !== undefined) return { ...json, [key]: to };
    return Object.fromEntries(Object.entries(json).filter(([each]) => each !== key));
  }
  return { ...json, [key]: withChange(own(json, key) as JsonObject, rest, to) };
}

/** A tagged value (`{"$.float": …}`, a call) is one leaf: half of it means nothing. */
function isBranch(json: Json | undefined): json is JsonObject {
  return typeof json === "object" && json !== null && !Array.isArray(json) &&
    !Object.keys(json).some((key) => /^\$(?!\$)/.test(key));
}

function own(json: JsonObject, key: string): Json | undefined {
  return Object.hasOwn(json, key) ? json[key] : undefined;
}

function union(a: readonly string[], b: readonly string[]): string[] {
  const known = new Set(a);
  return [...a, ...b.filter((key) => !known.has(key))];
}
