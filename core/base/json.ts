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
  if (a === b) return true;
  if (!isPlain(a) || !isPlain(b)) return stableJson(a) === stableJson(b);
  if (Array.isArray(a) !== Array.isArray(b)) return false;
  return Array.isArray(a) ? sameArrays(a, b as never) : sameObjects(a as never, b as never);
}

/** Whether a value is compared by what is in it: no text has to be made of it. */
function isPlain(value: unknown): value is object {
  return typeof value === "object" && value !== null && !("toJSON" in value);
}

/** In an array what JSON cannot say is null. */
function sameArrays(a: readonly unknown[], b: readonly unknown[]): boolean {
  return a.length === b.length &&
    a.every((each, index) => sameJson(each ?? null, b[index] ?? null));
}

/** In an object what is undefined is not there. */
function sameObjects(a: Record<string, unknown>, b: Record<string, unknown>): boolean {
  const keys = definedKeys(a);
  return keys.length === definedKeys(b).length &&
    keys.every((key) => Object.hasOwn(b, key) && b[key] !== undefined && sameJson(a[key], b[key]));
}

function definedKeys(object: Record<string, unknown>): string[] {
  return Object.keys(object).filter((key) => object[key] !== undefined);
}

/** Returns the value with keys sorted; itself, where they are. (A replacer would be called for each value: ten times slower.) */
function sorted(value: unknown): unknown {
  if (typeof value !== "object" || value === null || "toJSON" in value) return value;
  return Array.isArray(value) ? sortedArray(value) : sortedObject(value as Record<string, unknown>);
}

/** Nothing is made anew before the first element that differs: most are sorted already. */
function sortedArray(array: readonly unknown[]): readonly unknown[] {
  let copy: unknown[] | undefined;
  for (let index = 0; index < array.length; index++) {
    const inner = sorted(array[index]);
    if (inner !== array[index]) copy ??= array.slice(0, index);
    copy?.push(inner);
  }
  return copy ?? array;
}

function sortedObject(object: Record<string, unknown>): Record<string, unknown> {
  const keys = Object.keys(object);
  let isSame = true;
  for (let index = 1; isSame && index < keys.length; index++) {
    isSame = keys[index - 1] < keys[index];
  }
  if (!isSame) keys.sort();
  let copy = isSame ? undefined : {} as Record<string, unknown>;
  for (const key of keys) {
    const inner = sorted(object[key]);
    if (copy === undefined && inner !== object[key]) copy = copyUntil(object, keys, key);
    if (copy !== undefined) assign(copy, key, inner);
  }
  return copy ?? object;
}

function copyUntil(
  object: Record<string, unknown>,
  keys: readonly string[],
  end: string,
): Record<string, unknown> {
  const copy: Record<string, unknown> = {};
  for (const key of keys) {
    if (key === end) break;
    assign(copy, key, object[key]);
  }
  return copy;
}

/** Sets a property of its own, whatever its name. */
function assign(object: Record<string, unknown>, key: string, value: unknown): void {
  if (key !== "__proto__") object[key] = value;
  else {
    Object.defineProperty(object, key, {
      value,
      enumerable: true,
      configurable: true,
      writable: true,
    });
  }
}

/** Orders strings by UTF-16 code units: the same on every machine and locale. */
export function compareStrings(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
