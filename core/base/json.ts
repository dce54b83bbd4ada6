/** What JSON can say. Own documents and messages are made of it; TOSCA values are not (see `clout/`). */
export type Json = null | boolean | number | string | readonly Json[] | JsonObject;

/** A JSON object. */
export interface JsonObject {
  readonly [key: string]: Json;
}

/** Returns the JSON text of a value with keys sorted at every level, so that equal values give equal bytes. */
export function stableJson(value: unknown, indent?: number): string {
  return JSON.stringify(sorted(value), undefined, indent);
}

/** Whether two values have the same stable JSON. */
export function sameJson(a: unknown, b: unknown): boolean {
  return stableJson(a) === stableJson(b);
}

/** Returns the value with keys sorted; itself, where they are. (A replacer would be called for each value: ten times slower.) */
function sorted(value: unknown): unknown {
  if (typeof value !== "object" || value === null || "toJSON" in value) return value;
  if (Array.isArray(value)) {
    const each = value.map(sorted);
    return each.some((item, index) => item !== value[index]) ? each : value;
  }
  const keys = Object.keys(value);
  const object = value as Record<string, unknown>;
  let isSame = true;
  const entries = keys.map((key, index): [string, unknown] => {
    const inner = sorted(object[key]);
    isSame &&= inner === object[key] && (index === 0 || compareStrings(keys[index - 1], key) < 0);
    return [key, inner];
  });
  return isSame ? value : Object.fromEntries(entries.sort(([a], [b]) => compareStrings(a, b)));
}

/** Orders strings by UTF-16 code units: the same on every machine and locale. */
export function compareStrings(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
