import { equal } from "node:assert/strict";
import { Float } from "../../base/mod.ts";
import { Call, Scalar, type Value } from "../../clout/mod.ts";
import { showValue } from "./values.ts";

Deno.test("showValue() writes values as a person would", () => {
  const cases: readonly (readonly [Value, string])[] = [
    ['a "b"', '"a \\"b\\""'],
    [5n, "5"],
    [new Float(1.5), "1.5"],
    [new Scalar(10n, "s"), "10 s"],
    [null, "null"],
    [[1n, "x", []], '[1, "x", []]'],
    [new Map<string, Value>([["a", true], ["b", new Map()]]), '{ "a": true, "b": {} }'],
  ];
  for (const [value, text] of cases) equal(showValue(value), text);
  equal(showValue(new Call("f", [1n])).includes("f"), true);
});
