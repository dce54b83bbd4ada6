/** What JSON can say. Own documents and messages are made of it; TOSCA values are not (see `clout/`). */
export type Json = null | boolean | number | string | readonly Json[] | JsonObject;

/** A JSON object. */
export interface JsonObject {
  readonly [key: string]: Json;
}

/** Returns the JSON text of a value with keys sorted at every level, so that equal values give equal bytes. */
export function stableJson(value: unknown, indent?: number): string {
  return JSON.stringify(
    value,
    (_key, each) => isPlainObject(each) ? sortedKeys(each) : each,
    indent,
  );
}

/** Whether two values have the same stable JSON. */
export function sameJson(a: unknown, b: unknown): boolean {
  return stableJson(a) === stableJson(b);
}

function isPlainObject(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function sortedKeys(value: Record<string, unknown>): Record<string, unknown> {
  return Object.fromEntries(
    Object.entries(value).sort(([a], [b]) => compareStrings(a, b)),
  );
}

/** Orders strings by UTF-16 code units: the same on every machine and locale. */
export function compareStrings(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
