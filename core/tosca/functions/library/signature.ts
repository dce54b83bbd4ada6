import type { Base } from "../../resolve/data_type.ts";
import type { Content, Datum } from "../datum.ts";

/** What an argument may be. A kind stands for one or several bases of data types. */
export type Kind =
  | "any"
  | Base
  | "number"
  | "quantity"
  | "ordered"
  | "text or list"
  | "sized"
  | "collection";

/** What a function gives, as far as its arguments tell. */
export type ResultKind = Base | "first" | "same" | "number" | "any";

/** A function that TOSCA defines. */
export interface BuiltIn {
  /** What each argument may be; the last one stands for all that follow. */
  readonly params: readonly Kind[];
  readonly min: number;
  /** Infinite where the last parameter repeats. */
  readonly max: number;
  readonly result: ResultKind;
  /** Whether all arguments must be of one type. */
  readonly isUniform?: boolean;
  /** Returns the result; throws a `Refusal` where there is none for these arguments. */
  readonly run: (args: readonly Datum[]) => Content;
}

/** Why a function has no result: half a sentence, shown to the user with the call's place. */
export class Refusal extends Error {
  constructor(readonly why: string) {
    super(why);
  }
}

const kinds: Readonly<Record<string, readonly Base[]>> = {
  number: ["integer", "float"],
  quantity: ["integer", "float", "scalar"],
  ordered: ["integer", "float", "string", "timestamp", "version", "scalar"],
  "text or list": ["string", "list"],
  sized: ["string", "list", "map", "bytes"],
  collection: ["list", "map"],
};

/** Whether a value of a base may be an argument of a kind. */
export function fitsKind(base: Base, kind: Kind): boolean {
  if (kind === "any" || kind === base) return true;
  if (base === "complex") return kind === "map" || kind === "collection" || kind === "sized";
  if (kind === "float") return base === "integer";
  // Strings that are checked further are still strings.
  if (kind === "string") return base === "bytes" || base === "timestamp" || base === "version";
  return kinds[kind]?.includes(base) ?? false;
}

/** Returns a kind for people: `a list or a map`. */
export function describeKind(kind: Kind): string {
  const names = kinds[kind] ?? [kind];
  const articled = names.map((each) => /^[aei]/.test(each) ? `an ${each}` : `a ${each}`);
  return articled.length === 1
    ? articled[0]
    : `${articled.slice(0, -1).join(", ")} or ${articled.at(-1)}`;
}
