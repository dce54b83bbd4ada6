import assert from "node:assert/strict";
import { lineLogger } from "./logger.ts";

Deno.test("lineLogger() writes one line with facts that read back", () => {
  const lines: string[] = [];
  const logger = lineLogger({ write: (line) => void lines.push(line), nowMs: () => 0 });
  logger.log("warning", "Mount\nis slow", {
    path: "/mnt/a b",
    durationMs: 1200,
    missing: undefined,
  });
  assert.deepEqual(lines, [
    '1970-01-01T00:00:00.000Z warning Mount is slow path="/mnt/a b" durationMs=1200\n',
  ]);
});

Deno.test("lineLogger() leaves out what is below its level and speaks the journal's form", () => {
  const lines: string[] = [];
  const logger = lineLogger({ write: (line) => void lines.push(line), form: "journal" });
  logger.log("debug", "Nothing");
  logger.log("error", "All is lost");
  assert.deepEqual(lines, ["<3>All is lost\n"]);
});

Deno.test("lineLogger() writes out what a terminal would obey", () => {
  const lines: string[] = [];
  const logger = lineLogger({ write: (line) => lines.push(line), nowMs: () => 0 });
  logger.log("warning", "Peer \x1b[2J\rsays", { peer: "\x1b]0;x\x07", why: "a \x9b b" });
  assert.deepEqual(lines, [
    '1970-01-01T00:00:00.000Z warning Peer \\x1b[2J says peer=\\x1b]0;x\\x07 why="a \\x9b b"\n',
  ]);
});
