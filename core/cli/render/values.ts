import { Float } from "../../base/mod.ts";
import { Call, Scalar, type Value, valueToJson } from "../../clout/mod.ts";

/** Returns a value as a person would write it: `"on-failure"`, `10 s`, `[1, 2]`. What is known at run time alone is a call. */
export function showValue(value: Value): string {
  if (typeof value === "string") return JSON.stringify(value);
  if (value instanceof Scalar || value instanceof Float) return value.toString();
  if (value instanceof Call) return JSON.stringify(valueToJson(value));
  if (Array.isArray(value)) return `[${value.map(showValue).join(", ")}]`;
  if (value instanceof Map) {
    const entries = [...value].map(([key, each]) => `${JSON.stringify(key)}: ${showValue(each)}`);
    return entries.length === 0 ? "{}" : `{ ${entries.join(", ")} }`;
  }
  return String(value);
}
