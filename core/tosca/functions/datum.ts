import { Float } from "../../base/mod.ts";
import { Call, Scalar, type Value } from "../../clout/mod.ts";
import type { YamlNode } from "../../yaml/mod.ts";
import type { Schema } from "../resolve/schema.ts";

/** What a datum holds. Maps are lists of pairs: keys need not be strings before they are checked. */
export type Content =
  | null
  | boolean
  | bigint
  | Float
  | string
  | Scalar
  | Call
  | DatumList
  | DatumMap;

/** A value on its way through evaluation: it knows where it was written and, where that is clear, its type. */
export class Datum {
  constructor(
    readonly content: Content,
    readonly at: YamlNode | undefined,
    readonly schema?: Schema,
  ) {}
}

export class DatumList {
  constructor(readonly items: readonly Datum[]) {}
}

export class DatumMap {
  constructor(readonly entries: readonly DatumEntry[]) {}

  get(key: string): Datum | undefined {
    return this.entries.find((each) => each.key.content === key)?.value;
  }
}

export interface DatumEntry {
  readonly key: Datum;
  readonly value: Datum;
}

/** Returns the plain value of a datum. */
export function toValue(datum: Datum): Value {
  const { content } = datum;
  if (content instanceof DatumList) return content.items.map(toValue);
  if (content instanceof DatumMap) {
    return new Map(content.entries.map(({ key, value }) => [keyText(key), toValue(value)]));
  }
  return content;
}

/** Returns the datum of a plain value, without place and type. */
export function fromValue(value: Value, at?: YamlNode): Datum {
  if (Array.isArray(value)) {
    return new Datum(new DatumList(value.map((each) => fromValue(each, at))), at);
  }
  if (value instanceof Map) {
    const entries = [...value].map(([key, each]) => ({
      key: new Datum(key, at),
      value: fromValue(each, at),
    }));
    return new Datum(new DatumMap(entries), at);
  }
  return new Datum(value as Content, at);
}

/** Whether something inside waits for what is known only at run time. */
export function isWaiting(datum: Datum): boolean {
  const { content } = datum;
  if (content instanceof Call) return true;
  if (content instanceof DatumList) return content.items.some(isWaiting);
  if (content instanceof DatumMap) {
    return content.entries.some(({ key, value }) => isWaiting(key) || isWaiting(value));
  }
  return false;
}

/** Returns a map's key as text; a key that is no string has been reported by then. */
export function keyText(key: Datum): string {
  const { content } = key;
  return typeof content === "string" ? content : content === null ? "null" : String(content);
}

/** Returns a datum as a person would write it, shortened. */
export function show(datum: Datum, lengthMax = 60): string {
  const text = write(datum);
  return text.length <= lengthMax ? text : `${text.slice(0, lengthMax - 1)}…`;
}

function write({ content }: Datum): string {
  if (typeof content === "string") return JSON.stringify(content);
  if (content === null) return "null";
  if (content instanceof DatumList) return `[${content.items.map(write).join(", ")}]`;
  if (content instanceof DatumMap) {
    return `{${
      content.entries.map((each) => `${keyText(each.key)}: ${write(each.value)}`).join(", ")
    }}`;
  }
  if (content instanceof Call) return `$${content.name}`;
  return String(content);
}

/** Returns the kind of a datum for people. */
export function describe({ content }: Datum): string {
  if (content === null) return "null";
  if (content instanceof DatumList) return "a list";
  if (content instanceof DatumMap) return "a map";
  if (content instanceof Float) return "a float";
  if (content instanceof Scalar) return "a scalar";
  if (content instanceof Call) return "a value known only at run time";
  switch (typeof content) {
    case "boolean":
      return "a boolean";
    case "bigint":
      return "an integer";
    default:
      return "a string";
  }
}
