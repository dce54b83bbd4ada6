import assert from "node:assert/strict";
import { joinPath, normalPath, parentOf } from "./paths.ts";

Deno.test("normalPath() takes away dots and keeps what leads above the start", () => {
  const check = (path: string, expected: string) => assert.equal(normalPath(path), expected);
  check("./a//b/../c", "a/c");
  check("../a/../../b", "../../b");
  check("/a/../../b", "/b");
  check(".", "");
});

Deno.test("joinPath() and parentOf() take the empty path for the working directory", () => {
  assert.deepEqual([joinPath("", "a"), joinPath("b", "a"), joinPath("b", "/a")], [
    "a",
    "b/a",
    "/a",
  ]);
  assert.deepEqual([parentOf("a"), parentOf("b/a"), parentOf("/a")], ["", "b", ""]);
});
