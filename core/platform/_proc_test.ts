import assert from "node:assert/strict";
import { parseProcessStat } from "./_proc.ts";

Deno.test("parseProcessStat() is not misled by spaces and parentheses in the command's name", () => {
  const rest = "S 1 70 71 0 -1 4194560 98 0 0 0 0 0 0 0 20 0 1 0 147922 2654208 364";
  assert.deepEqual(parseProcessStat(`72 (a) R 9 (b) ${rest}\n`), {
    pid: 72,
    state: "S",
    session: 71,
    startTicks: 147922,
  });
});
