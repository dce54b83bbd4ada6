import assert from "node:assert/strict";
import { Float } from "../../base/mod.ts";
import { readInputText } from "./input_text.ts";

Deno.test("readInputText() reads a text as YAML where its type is no text", () => {
  assert.equal(readInputText("8080", "integer"), 8080n);
  assert.equal(readInputText("9007199254740993", "integer"), 9007199254740993n);
  assert.deepEqual(readInputText("1.5", "float"), new Float(1.5));
  assert.equal(readInputText("true", "boolean"), true);
  assert.deepEqual(readInputText("[1, a]", "list"), [1n, "a"]);
  assert.deepEqual(readInputText("{a: {b: 1}}", "map"), new Map([["a", new Map([["b", 1n]])]]));
});

Deno.test("readInputText() leaves texts, and what is no YAML, as they are", () => {
  assert.equal(readInputText("8080", "string"), "8080");
  assert.equal(readInputText("5 s", "scalar"), "5 s");
  assert.equal(readInputText("[1", "list"), "[1");
  assert.equal(readInputText("8080", undefined), "8080");
  assert.equal(readInputText(true, "integer"), true);
});
