import assert from "node:assert/strict";
import fc from "fast-check";
import { compareStrings, sameJson, stableJson } from "./json.ts";

/** What it is meant to be: the plain way, with a replacer. */
function plainly(value: unknown): string {
  return JSON.stringify(
    value,
    (_key, each) =>
      typeof each === "object" && each !== null && !Array.isArray(each)
        ? Object.fromEntries(Object.entries(each).sort(([a], [b]) => compareStrings(a, b)))
        : each,
  );
}

Deno.test("stableJson() sorts keys at every level and leaves the rest as JSON has it", () => {
  const value = { b: [{ d: 1, c: undefined }], a: new Date(0), 10: "x", 9: null };
  assert.equal(stableJson(value), plainly(value));
  assert.equal(stableJson({ b: 1, a: { d: 1, c: 2 } }), '{"a":{"c":2,"d":1},"b":1}');
  assert.equal(stableJson({ b: 1, a: 2 }, 1), '{\n "a": 2,\n "b": 1\n}');
});

Deno.test("stableJson() of any JSON is what the plain way gives", () => {
  fc.assert(fc.property(fc.jsonValue(), (value) => {
    assert.equal(stableJson(value), plainly(value));
  }));
});

Deno.test("sameJson() says what the texts say, without making them", () => {
  const leaf = fc.oneof(
    fc.constantFrom(undefined, null, NaN, 0, -0, 1, "", "a", true, new Date(0)),
    fc.record({ a: fc.constant(1) }),
  );
  const value = fc.oneof(
    leaf,
    fc.array(leaf, { maxLength: 2 }),
    fc.dictionary(fc.constantFrom("a", "b", "__proto__", "toString"), leaf, { maxKeys: 3 }),
  );
  fc.assert(
    fc.property(value, value, (one, other) => {
      assert.equal(sameJson(one, other), stableJson(one) === stableJson(other));
      assert.ok(sameJson(one, structuredClone(one)));
    }),
    { numRuns: 2_000 },
  );
});
