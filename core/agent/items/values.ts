import { Float, type Json, type JsonObject } from "../../base/mod.ts";
import { Call, Scalar, type Value } from "../../clout/mod.ts";

/** What a value is at this moment. */
export type Evaluation =
  | { readonly value: Value }
  /** It needs something that is not known yet: half a sentence. */
  | { readonly waitsFor: string }
  | { readonly problem: string };

/** A map of values as JSON, as far as they are known. */
export interface KnownValues {
  readonly json: JsonObject;
  /** What the missing ones wait for, by key. */
  readonly waits: ReadonlyMap<string, string>;
  readonly problems: ReadonlyMap<string, string>;
}

/** Evaluates every value of a map; those that are not known are left out and listed. */
export function evaluateAll(
  values: ReadonlyMap<string, Value>,
  evaluate: (value: Value) => Evaluation,
): KnownValues {
  const json: Record<string, Json> = {};
  const waits = new Map<string, string>();
  const problems = new Map<string, string>();
  for (const [key, value] of values) {
    const result = evaluate(value);
    if ("value" in result) json[key] = valueToJson(result.value);
    else if ("waitsFor" in result) waits.set(key, result.waitsFor);
    else problems.set(key, result.problem);
  }
  return { json, waits, problems };
}

/**
 * Returns a value as plugins get it: integers beyond 2^53 as decimal strings, scalars as `10 s`. A call has been evaluated
 * before.
 */
export function valueToJson(value: Value): Json {
  if (typeof value === "bigint") {
    return Number.isSafeInteger(Number(value)) ? Number(value) : String(value);
  }
  if (value instanceof Float) return value.toJSON();
  if (value instanceof Scalar) return value.toString();
  if (value instanceof Call) return null;
  if (isList(value)) return value.map(valueToJson);
  if (value instanceof Map) {
    return Object.fromEntries([...value].map(([key, each]) => [key, valueToJson(each)]));
  }
  return value as Json;
}

/** Returns JSON as a value: whole numbers are integers. */
export function jsonToValue(json: Json): Value {
  if (typeof json === "number") {
    return Number.isSafeInteger(json) ? BigInt(json) : new Float(json);
  }
  if (Array.isArray(json)) return json.map(jsonToValue);
  if (typeof json === "object" && json !== null) {
    return new Map(Object.entries(json).map(([key, each]) => [key, jsonToValue(each)]));
  }
  return json as Value;
}

function isList(value: Value): value is readonly Value[] {
  return Array.isArray(value);
}
