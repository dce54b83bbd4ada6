/** The functions that TOSCA defines, other than those that look into the graph. */
import { arithmeticFunctions } from "./arithmetic.ts";
import { booleanFunctions } from "./boolean.ts";
import { collectionFunctions } from "./collections.ts";
import type { BuiltIn } from "./signature.ts";

export { compilePattern } from "./boolean.ts";
export { compare, equal, numberOf } from "./compare.ts";
export { type BuiltIn, describeKind, fitsKind, type Kind, Refusal } from "./signature.ts";

/** By name, without `$`. */
export const builtInFunctions: ReadonlyMap<string, BuiltIn> = new Map(
  Object.entries({ ...booleanFunctions, ...collectionFunctions, ...arithmeticFunctions }),
);

/** Functions that look into the graph or the context of a value. */
export const graphFunctions: readonly string[] = [
  "get_input",
  "get_property",
  "get_attribute",
  "get_artifact",
  "value",
  "node_index",
  "relationship_index",
  "available_allocation",
];
