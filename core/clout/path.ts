import { assert } from "../base/mod.ts";
import { Call, type Value } from "./value.ts";

/**
 * A place in a graph from which a property, attribute or artifact is read: a vertex, one of its capabilities, or an
 * edge that leaves it.
 *
 * It is absolute: what was written as `[SELF, RELATIONSHIP, port, TARGET, port]` names the target's vertex here.
 */
export interface GraphPath {
  /** A vertex id. */
  readonly vertex: string;
  readonly capability?: string;
  readonly edge?: { readonly name: string; readonly index: number };
}

/** Functions whose first argument is a `GraphPath`. */
export type GraphFunction = "get_attribute" | "get_artifact" | "get_property";

/** A call that reads the graph. */
export interface GraphCall {
  readonly function: GraphFunction;
  readonly path: GraphPath;
  /** The property, attribute or artifact. */
  readonly name: string;
  /** Keys and indexes that lead into the value. */
  readonly nested: readonly Value[];
}

/**
 * Returns the call of a graph function, of the form `Call(function, [path, name, …nested])`.
 *
 * The path is a list: `[vertex]`, `[vertex, "CAPABILITY", name]` or `[vertex, "RELATIONSHIP", name, index]`.
 */
export function graphCall({ function: name, path, name: what, nested }: GraphCall): Call {
  const parts: Value[] = [path.vertex];
  if (path.capability !== undefined) parts.push("CAPABILITY", path.capability);
  if (path.edge) parts.push("RELATIONSHIP", path.edge.name, BigInt(path.edge.index));
  return new Call(name, [parts, what, ...nested]);
}

/** Returns what a graph call reads; nothing for calls of other functions. */
export function readGraphCall(call: Call): GraphCall | undefined {
  if (!isGraphFunction(call.name)) return undefined;
  const [path, name, ...nested] = call.args;
  assert(Array.isArray(path) && typeof name === "string", "a graph call has a path and a name");
  return { function: call.name, path: readPath(path as readonly Value[]), name, nested };
}

function readPath([vertex, keyword, name, index]: readonly Value[]): GraphPath {
  assert(typeof vertex === "string", "a graph path begins with a vertex id");
  if (keyword === "CAPABILITY") return { vertex, capability: String(name) };
  if (keyword === "RELATIONSHIP") {
    return { vertex, edge: { name: String(name), index: Number(index) } };
  }
  return { vertex };
}

function isGraphFunction(name: string): name is GraphFunction {
  return name === "get_attribute" || name === "get_artifact" || name === "get_property";
}
