import type { YamlNode } from "../../yaml/mod.ts";
import type { Unit } from "../resolve/closure.ts";
import type { CustomFunction } from "../resolve/custom_function.ts";
import type { Model } from "../resolve/model.ts";
import type { Datum } from "./datum.ts";
import type { CallExpression } from "./expression.ts";

/** What an expression sees while it is evaluated. */
export interface Scope {
  readonly model: Model;
  /** The file in whose names it speaks. */
  readonly unit: Unit;
  /** Functions that the service template defines or refines. */
  readonly functions?: ReadonlyMap<string, CustomFunction>;
  /** The value under test, inside validation clauses. */
  readonly value?: Datum;
  /** The graph; without one, calls that look into it stay calls. */
  readonly graph?: GraphAccess;
}

/** How functions look into the graph, from one node or relationship or from the service as a whole. */
export interface GraphAccess {
  /** Returns what a graph function gives; nothing where it fails, which is reported. */
  call(call: CallExpression, args: readonly Datum[]): Datum | undefined;
  /** Evaluates what is kept: as everybody will see it, not as it is seen while targets are chosen. */
  plainly<T>(run: () => T): T;
}

/** Returns the function that a name means in a scope. */
export function findFunction(
  scope: Pick<Scope, "model" | "unit" | "functions">,
  name: string,
): CustomFunction | undefined {
  return scope.functions?.get(name) ?? scope.model.function(scope.unit, name);
}

/** Returns a node's own text in its file, on one line. */
export function textOf(node: YamlNode, lengthMax = 80): string {
  const text = node.source.text.slice(node.start, node.end).replaceAll(/\s+/g, " ").trim();
  return text.length <= lengthMax ? text : `${text.slice(0, lengthMax - 1)}…`;
}
