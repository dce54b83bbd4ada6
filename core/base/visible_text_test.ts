import assert from "node:assert/strict";
import { visibleLine, visibleText } from "./visible_text.ts";

Deno.test("visibleText() writes out what a terminal would obey, and nothing else", () => {
  assert.equal(
    visibleText("a\x1b]0;b\x07\x9b2J\rc\x7f\u202ed"),
    "a\\x1b]0;b\\x07\\x9b2J\\x0dc\\x7f\\u202ed",
  );
  const plain = "web-0 läuft\t日本 👍\nready\n";
  assert.equal(visibleText(plain), plain);
});

Deno.test("visibleLine() has no line breaks of any kind", () => {
  assert.equal(
    visibleLine("web\n  [Service]\r\nUser=root\u2028x\ry"),
    "web [Service] User=root x y",
  );
  assert.equal(visibleLine("\x1b[1mweb"), "\\x1b[1mweb");
});
