import { Float } from "../../../base/mod.ts";
import { Scalar } from "../../../clout/mod.ts";
import { type Datum, DatumList, DatumMap } from "../datum.ts";
import { compareTimestamps, compareVersions } from "../text_types.ts";
import { Refusal } from "./signature.ts";

/** Whether two values are equal: of one type and of equal content, maps in any order. */
export function equal(a: Datum, b: Datum): boolean {
  const [one, two] = [a.content, b.content];
  if (one instanceof DatumList) {
    return two instanceof DatumList && one.items.length === two.items.length &&
      one.items.every((each, index) => equal(each, two.items[index]));
  }
  if (one instanceof DatumMap) {
    return two instanceof DatumMap && one.entries.length === two.entries.length &&
      one.entries.every(({ key, value }) =>
        two.entries.some((each) => equal(each.key, key) && equal(each.value, value))
      );
  }
  if (isNumeric(one) && isNumeric(two)) {
    return numberOf(one) === numberOf(two) && sameInteger(one, two);
  }
  if (one instanceof Scalar) {
    return two instanceof Scalar && one.unit === two.unit &&
      compareNumbers(one.number, two.number) === 0;
  }
  if (typeof one === "string" && typeof two === "string") {
    const base = a.schema?.type.base ?? b.schema?.type.base;
    if (base === "timestamp") return compareTimestamps(one, two) === 0;
    if (base === "version") return compareVersions(one, two) === 0;
  }
  return one === two;
}

/** Returns the sign of a comparison; nothing where the two have no order (NaN, versions of other qualifiers). */
export function compare(a: Datum, b: Datum): number | undefined {
  const [one, two] = [a.content, b.content];
  if (isNumeric(one) && isNumeric(two)) return compareNumbers(one, two);
  if (one instanceof Scalar && two instanceof Scalar) {
    if (one.unit !== two.unit) {
      throw new Refusal(`"${one.unit}" and "${two.unit}" are of two types`);
    }
    return compareNumbers(one.number, two.number);
  }
  if (typeof one === "string" && typeof two === "string") {
    const base = a.schema?.type.base ?? b.schema?.type.base;
    if (base === "timestamp") return compareTimestamps(one, two);
    if (base === "version") return compareVersions(one, two);
    return compareCodePoints(one, two);
  }
  throw new Refusal("the two values are of different types");
}

function compareNumbers(a: bigint | Float, b: bigint | Float): number | undefined {
  if (typeof a === "bigint" && typeof b === "bigint") return a < b ? -1 : a > b ? 1 : 0;
  const [one, two] = [numberOf(a), numberOf(b)];
  if (Number.isNaN(one) || Number.isNaN(two)) return undefined;
  return one < two ? -1 : one > two ? 1 : 0;
}

function compareCodePoints(a: string, b: string): number {
  const [one, two] = [[...a], [...b]];
  for (let index = 0; index < Math.min(one.length, two.length); index++) {
    const difference = one[index].codePointAt(0)! - two[index].codePointAt(0)!;
    if (difference !== 0) return Math.sign(difference);
  }
  return Math.sign(one.length - two.length);
}

function sameInteger(a: bigint | Float, b: bigint | Float): boolean {
  return typeof a !== "bigint" || typeof b !== "bigint" || a === b;
}

export function isNumeric(content: unknown): content is bigint | Float {
  return typeof content === "bigint" || content instanceof Float;
}

export function numberOf(value: bigint | Float): number {
  return typeof value === "bigint" ? Number(value) : value.value;
}
