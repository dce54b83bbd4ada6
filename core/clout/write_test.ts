import assert from "node:assert/strict";
import fc from "fast-check";
import { Float, ProblemError } from "../base/mod.ts";
import { arbitraryClout, arbitraryValue } from "./_arbitrary.ts";
import { jsonToClout, jsonToValue, readClout } from "./read.ts";
import { Call, Scalar, type Value } from "./value.ts";
import { cloutToJson, valueToJson, writeClout } from "./write.ts";

function check(value: Value, expected: string): void {
  assert.equal(JSON.stringify(valueToJson(value)), expected);
  assert.deepEqual(jsonToValue(JSON.parse(expected)), value);
}

Deno.test("valueToJson() tells integers from floats and keeps what JSON cannot say", () => {
  check(1n, "1");
  check(new Float(1), `{"$.float":"1.0"}`);
  check(new Float(1.5), "1.5");
  check(new Float(Infinity), `{"$.float":".inf"}`);
  check(new Float(-0), `{"$.float":"-0.0"}`);
  check(9007199254740993n, `{"$.integer":"9007199254740993"}`);
  check(new Scalar(10n, "s"), `{"$.scalar":[10,"s"]}`);
  check(new Scalar(new Float(1), "GB"), `{"$.scalar":[{"$.float":"1.0"},"GB"]}`);
});

Deno.test("valueToJson() tells calls from maps and strings that begin with a dollar", () => {
  check("$get_input", `"$get_input"`);
  check(new Call("get_attribute", ["web", "pid"]), `{"$get_attribute":["web","pid"]}`);
  check(new Map([["$get_attribute", ["web"]]]), `{"$$get_attribute":["web"]}`);
  check(new Map([["$.float", "1.0"]]), `{"$$.float":"1.0"}`);
  check(new Map([["$$", null]]), `{"$$$":null}`);
});

Deno.test("valueToJson() keeps the order of a map whose keys look like indexes", () => {
  const map = new Map<string, Value>([["10", 1n], ["2", 2n]]);
  check(map, `{"$.map":[["10",1],["2",2]]}`);
  assert.deepEqual([...(jsonToValue(valueToJson(map)) as Map<string, Value>).keys()], ["10", "2"]);
});

Deno.test("jsonToClout() gives back what cloutToJson() was given, through text too", () => {
  fc.assert(fc.property(arbitraryClout(), (clout) => {
    assert.deepEqual(readClout(writeClout(clout)), clout);
    assert.equal(writeClout(readClout(writeClout(clout))), writeClout(clout));
  }));
});

Deno.test("jsonToValue() gives back any value with its map order", () => {
  fc.assert(fc.property(arbitraryValue(), (value) => {
    const again = jsonToValue(JSON.parse(JSON.stringify(valueToJson(value))));
    assert.deepEqual(again, value);
    assert.equal(JSON.stringify(valueToJson(again)), JSON.stringify(valueToJson(value)));
  }));
});

Deno.test("writeClout() leaves sources out where asked", () => {
  fc.assert(fc.property(arbitraryClout(), (clout) => {
    assert.doesNotMatch(JSON.stringify(cloutToJson(clout, { withoutSources: true })), /"source":/);
  }));
});

function checkRefused(text: string, expected: RegExp): void {
  assert.throws(() => readClout(text), (error) => {
    assert.ok(error instanceof ProblemError);
    assert.equal(error.problem.code, "CLOUT_FORMAT");
    assert.match(error.problem.what, expected);
    return true;
  });
}

Deno.test("readClout() names the part that is wrong", () => {
  checkRefused("nonsense", /not JSON/);
  checkRefused("[]", /not a map/);
  checkRefused(`{"format": 99}`, /format is 99/);
  checkRefused(
    `{"format": 1, "vertexes": [{"name": "web"}]}`,
    /"vertexes\[0\].id" is not a string/,
  );
  checkRefused(`{"format": 1, "inputs": {"a": {"$.float": []}}}`, /"inputs.a.\$.float"/);
  checkRefused(`{"format": 1, "inputs": {"a": {"$x": [], "y": 1}}}`, /"\$x" alone/);
  checkRefused(`{"format": 1, "vertexes": [{"id": "a", "name": "a", "index": 1.5}]}`, /an integer/);
});

Deno.test("jsonToClout() takes a graph with nothing in it", () => {
  assert.equal(jsonToClout({ format: 1 }).vertexes.size, 0);
});
