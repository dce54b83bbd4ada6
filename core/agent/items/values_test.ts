import assert from "node:assert/strict";
import fc from "fast-check";
import { Float } from "../../base/mod.ts";
import { Call, Scalar, type Value } from "../../clout/mod.ts";
import { evaluateAll, jsonToValue, valueToJson } from "./values.ts";

Deno.test("valueToJson() gives plugins plain values", () => {
  assert.equal(valueToJson(7n), 7);
  assert.equal(valueToJson(2n ** 60n), "1152921504606846976");
  assert.equal(valueToJson(new Float(1.5)), 1.5);
  assert.equal(valueToJson(new Scalar(new Float(0.5), "s")), "0.5 s");
  assert.deepEqual(valueToJson(new Map<string, Value>([["a", [1n, "b", null, true]]])), {
    a: [1, "b", null, true],
  });
});

Deno.test("jsonToValue() gives back what valueToJson() was given", () => {
  fc.assert(fc.property(fc.jsonValue(), (json) => {
    const plain = JSON.parse(JSON.stringify(json));
    assert.deepEqual(valueToJson(jsonToValue(plain)), plain);
  }));
});

Deno.test("evaluateAll() lists what waits and what is wrong beside what is known", () => {
  const call = (name: string) => new Call(name, []);
  const values = new Map<string, Value>([["a", 1n], ["b", call("wait")], ["c", call("wrong")]]);
  const known = evaluateAll(values, (value) => {
    if (!(value instanceof Call)) return { value };
    return value.name === "wait" ? { waitsFor: "the port" } : { problem: "no such function" };
  });
  assert.deepEqual(known.json, { a: 1 });
  assert.deepEqual([...known.waits], [["b", "the port"]]);
  assert.deepEqual([...known.problems], [["c", "no such function"]]);
});
