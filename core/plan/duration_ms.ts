import { Float, parseDurationMs } from "../base/mod.ts";
import { Scalar, type Value } from "../clout/mod.ts";

/** Returns a duration of a graph in milliseconds; nothing where it is none, or not known yet. */
export function durationMs(value: Value | undefined): number | undefined {
  if (typeof value === "string") return parseDurationMs(value);
  if (!(value instanceof Scalar) || value.unit !== "s") return undefined;
  const { number } = value;
  return Math.round(1_000 * (number instanceof Float ? number.value : Number(number)));
}
