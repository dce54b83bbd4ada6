import assert from "node:assert/strict";
import { shellLine } from "./shell.ts";

Deno.test("shellLine() quotes what a shell would change, and nothing else", () => {
  const check = (argv: string[], expected: string) => assert.equal(shellLine(argv), expected);
  check(["a", "--b=c", "/d/e.f"], "a --b=c /d/e.f");
  check(["a b", "", "$x", "it's"], `'a b' '' '$x' 'it'\\''s'`);
  check(["ü", "a\nb"], `'ü' 'a\nb'`);
});
