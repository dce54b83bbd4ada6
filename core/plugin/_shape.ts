/**
 * Reads values of JSON strictly: what is not of the wanted form throws a `ShapeError` with its path.
 */

/** A value is not of the form that was wanted: `items[0].phase: must be a text, found a number`. */
export class ShapeError extends Error {
  override readonly name = "ShapeError";

  constructor(readonly path: string, readonly why: string) {
    super(path === "" ? why : `${path}: ${why}`);
  }
}

export type JsonMap = Record<string, unknown>;

/** Returns the map, after checking that it has no other keys than these. */
export function readMap(value: unknown, path: string, keys?: readonly string[]): JsonMap {
  if (typeof value !== "object" || value === null || Array.isArray(value)) {
    throw wrong(path, "a map", value);
  }
  for (const key of Object.keys(value)) {
    if (keys && !keys.includes(key)) {
      throw new ShapeError(join(path, key), `is not one of the keys ${keys.join(", ")}`);
    }
  }
  return value as JsonMap;
}

export function readList(value: unknown, path: string): unknown[] {
  if (!Array.isArray(value)) throw wrong(path, "a list", value);
  return value;
}

export function readText(value: unknown, path: string): string {
  if (typeof value !== "string") throw wrong(path, "a text", value);
  if (value.includes("\0")) throw new ShapeError(path, "must not hold a NUL character");
  return value;
}

export function readBoolean(value: unknown, path: string): boolean {
  if (typeof value !== "boolean") throw wrong(path, "a boolean", value);
  return value;
}

/** Returns an integer within a range, both ends included. */
export function readInteger(value: unknown, path: string, min: number, max: number): number {
  if (!Number.isInteger(value)) throw wrong(path, "an integer", value);
  const number = value as number;
  if (number < min || number > max) {
    throw new ShapeError(path, `must be in ${min}–${max}, found ${number}`);
  }
  return number;
}

export function readTexts(value: unknown, path: string): string[] {
  return readList(value, path).map((each, index) => readText(each, `${path}[${index}]`));
}

/** Returns one of a closed list of texts. */
export function readOneOf<T extends string>(
  value: unknown,
  path: string,
  allowed: readonly T[],
): T {
  const text = readText(value, path);
  if (allowed.includes(text as T)) return text as T;
  throw new ShapeError(path, `must be one of ${allowed.join(", ")}, found "${text}"`);
}

export function readTextMap(value: unknown, path: string): Record<string, string> {
  const map = readMap(value, path);
  for (const [key, each] of Object.entries(map)) readText(each, join(path, key));
  return map as Record<string, string>;
}

/** Reads an optional value: nothing where it is absent or null. */
export function optional<T>(
  value: unknown,
  path: string,
  read: (value: unknown, path: string) => T,
): T | undefined {
  return value === undefined || value === null ? undefined : read(value, path);
}

export function join(path: string, key: string): string {
  return path === "" ? key : `${path}.${key}`;
}

/** Returns the object without the keys whose value is `undefined`, so that equal effects are equal values. */
export function withoutAbsent<T extends object>(value: T): T {
  return Object.fromEntries(Object.entries(value).filter(([, each]) => each !== undefined)) as T;
}

function wrong(path: string, wanted: string, value: unknown): ShapeError {
  return new ShapeError(path, `must be ${wanted}, found ${describe(value)}`);
}

function describe(value: unknown): string {
  if (value === undefined) return "nothing";
  if (value === null) return "null";
  if (Array.isArray(value)) return "a list";
  if (typeof value === "object") return "a map";
  return `${typeof value === "string" ? "the text" : `the ${typeof value}`} ${
    JSON.stringify(value).slice(0, 80)
  }`;
}
