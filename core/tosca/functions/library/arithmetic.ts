import { Float } from "../../../base/mod.ts";
import { Scalar } from "../../../clout/mod.ts";
import type { Content, Datum } from "../datum.ts";
import { isNumeric, numberOf } from "./compare.ts";
import { type BuiltIn, type Kind, Refusal, type ResultKind } from "./signature.ts";

type Number = bigint | Float;

/** Arithmetic functions (TOSCA 2.0, section 10.2.6). */
export const arithmeticFunctions: Readonly<Record<string, BuiltIn>> = {
  sum: quantities(1, Infinity, "first", true, (args) => args.reduce((a, b) => add(a, b, 1n))),
  difference: quantities(2, 2, "first", true, ([a, b]) => add(a, b, -1n)),
  product: quantities(2, Infinity, "any", false, (args) => args.reduce(multiply)),
  quotient: {
    params: ["quantity", "number"],
    min: 2,
    max: 2,
    result: "any",
    run: ([a, b]) => divide(a.content, b.content as Number),
  },
  remainder: {
    params: ["quantity", "integer"],
    min: 2,
    max: 2,
    result: "first",
    run: ([a, b]) => remainder(a.content, b.content as bigint),
  },
  round: rounding((value) => Math.ceil(value - 0.5)),
  floor: rounding(Math.floor),
  ceil: rounding(Math.ceil),
};

function quantities(
  min: number,
  max: number,
  result: ResultKind,
  isUniform: boolean,
  run: (args: readonly Content[]) => Content,
): BuiltIn {
  const params: readonly Kind[] = ["quantity"];
  return { params, min, max, result, isUniform, run: (args) => run(args.map(contentOf)) };
}

function contentOf({ content }: Datum): Content {
  if (isNumeric(content) || content instanceof Scalar) return content;
  throw new Refusal("its arguments must be numbers or scalars");
}

function rounding(round: (value: number) => number): BuiltIn {
  return {
    params: ["float"],
    min: 1,
    max: 1,
    result: "integer",
    run: ([one]) => {
      const value = numberOf(one.content as Number);
      if (!globalThis.Number.isFinite(value)) {
        throw new Refusal(`${one.content} is no finite number`);
      }
      return checked(BigInt(round(value)));
    },
  };
}

function add(a: Content, b: Content, sign: bigint): Content {
  if (a instanceof Scalar && b instanceof Scalar) {
    if (a.unit !== b.unit) throw new Refusal(`"${a.unit}" and "${b.unit}" are of two types`);
    return new Scalar(addNumbers(a.number, b.number, sign), a.unit);
  }
  if (isNumeric(a) && isNumeric(b)) return addNumbers(a, b, sign);
  throw new Refusal("a scalar and a number cannot be added");
}

function addNumbers(a: Number, b: Number, sign: bigint): Number {
  if (typeof a === "bigint" && typeof b === "bigint") return checked(a + sign * b);
  return new Float(numberOf(a) + globalThis.Number(sign) * numberOf(b));
}

function multiply(a: Content, b: Content): Content {
  if (a instanceof Scalar && b instanceof Scalar) {
    throw new Refusal("a scalar can be multiplied with a number, not with a scalar");
  }
  if (b instanceof Scalar) return multiply(b, a);
  if (a instanceof Scalar) {
    return new Scalar(keepKind(a.number, multiplyNumbers(a.number, b as Number)), a.unit);
  }
  return multiplyNumbers(a as Number, b as Number);
}

function multiplyNumbers(a: Number, b: Number): Number {
  if (typeof a === "bigint" && typeof b === "bigint") return checked(a * b);
  return new Float(numberOf(a) * numberOf(b));
}

function divide(a: Content, b: Number): Content {
  if (numberOf(b) === 0) throw new Refusal("it divides by zero");
  if (a instanceof Scalar) {
    return new Scalar(keepKind(a.number, new Float(numberOf(a.number) / numberOf(b))), a.unit);
  }
  return new Float(numberOf(a as Number) / numberOf(b));
}

function remainder(a: Content, b: bigint): Content {
  if (b === 0n) throw new Refusal("it divides by zero");
  const of = (value: Number): Number =>
    typeof value === "bigint" ? value % b : new Float(value.value % globalThis.Number(b));
  if (a instanceof Scalar) return new Scalar(of(a.number), a.unit);
  if (typeof a === "bigint") return of(a);
  throw new Refusal("its first argument must be an integer or a scalar");
}

/** A scalar that counts in integers stays one where the result is whole. */
function keepKind(like: Number, value: Number): Number {
  if (typeof like !== "bigint" || typeof value === "bigint") return value;
  return globalThis.Number.isInteger(value.value) ? checked(BigInt(value.value)) : value;
}

function checked(value: bigint): bigint {
  if (BigInt.asIntN(64, value) !== value) throw new Refusal("the result does not fit into 64 bits");
  return value;
}
