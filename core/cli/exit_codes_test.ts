import assert from "node:assert/strict";
import { exitCodeMeanings } from "./exit_codes.ts";

Deno.test("docs/cli.md says of the exit codes what the program says", async () => {
  const page = await Deno.readTextFile(new URL("../../docs/cli.md", import.meta.url));
  const rows = [...page.matchAll(/^\| (\d+) +\| (.*?) +\|$/gm)].map(([, code, meaning]) =>
    [Number(code), meaning.replaceAll("`", "")] as const
  );
  assert.deepEqual(rows, exitCodeMeanings);
});
