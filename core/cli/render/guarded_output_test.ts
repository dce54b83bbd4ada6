import assert from "node:assert/strict";
import { guardedOutput } from "./guarded_output.ts";

function shown(text: string, isTerminal: boolean): string {
  let written = "";
  const output = guardedOutput({
    isTerminal,
    columns: () => 80,
    write: (text) => written += text,
    writeBytes: () => {},
  });
  output.write(text);
  return written;
}

Deno.test("guardedOutput() writes out what a terminal would obey, but for colours", () => {
  assert.equal(
    shown("\x1b[31mred\x1b[0m \x1b]0;title\x07\x1b[2J\rbad\r\nnext\n", true),
    "\x1b[31mred\x1b[0m \\x1b]0;title\\x07\\x1b[2J\\x0dbad\nnext\n",
  );
});

Deno.test("guardedOutput() leaves alone what goes elsewhere than to a terminal", () => {
  const text = "\x1b]0;title\x07\r\n";
  assert.equal(shown(text, false), text);
});
