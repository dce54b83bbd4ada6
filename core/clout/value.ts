import type { Float } from "../base/mod.ts";

/**
 * One value of a graph: TOSCA's values after reading (TOSCA 2.0, section 9), or a `Call` that waits for what is
 * known only at run time.
 *
 * Integers are `bigint`, floats are `Float`, maps keep the order in which they were written. Timestamps, versions and
 * bytes are their canonical strings; their types are known to whoever compiled the graph.
 */
export type Value = null | boolean | bigint | Float | string | Scalar | Call | ValueList | ValueMap;

/** A list of values. */
export type ValueList = readonly Value[];

/** A map of values, in written order. */
export type ValueMap = ReadonlyMap<string, Value>;

/** A number with its unit, in the canonical unit of its type: `2 GiB` is `{number: 2147483648n, unit: "B"}`. */
export class Scalar {
  constructor(readonly number: bigint | Float, readonly unit: string) {}

  toString(): string {
    return `${this.number} ${this.unit}`;
  }
}

/**
 * A function call whose result is not known yet: its arguments need an attribute or a placement.
 *
 * Its paths are resolved already: a `$get_attribute` that was written from `SELF` starts at a vertex or edge id here,
 * so that a call means the same wherever it stands (see `GraphPath`).
 */
export class Call {
  constructor(
    /** The function's name without `$`, with its namespace where it has one. */
    readonly name: string,
    readonly args: readonly Value[],
  ) {}
}

/** Whether a value holds a call anywhere inside. */
export function isDeferred(value: Value): boolean {
  if (value instanceof Call) return true;
  if (Array.isArray(value)) return value.some(isDeferred);
  if (value instanceof Map) return [...value.values()].some(isDeferred);
  return false;
}
