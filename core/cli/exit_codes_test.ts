import assert from "node:assert/strict";
import { agentUnit } from "../agent/install/mod.ts";
import { exitCodeOf } from "../api/mod.ts";
import { problem } from "../base/mod.ts";
import { exitCodeMeanings, exitCodes } from "./exit_codes.ts";

Deno.test("the unit of an agent is not started again where the host is of no cluster any more", () => {
  const unit = agentUnit({
    mode: "system",
    executable: "/khutulun",
    args: ["seed"],
    state: "/mnt",
  });
  assert.match(unit, new RegExp(`^RestartPreventExitStatus=${exitCodes.notMember}$`, "m"));
  const refused = problem("AGENT_ALREADY_SEEDED", { what: "Cannot seed" });
  assert.equal(exitCodeOf([refused]), exitCodes.notMember);
});

Deno.test("docs/cli.md says of the exit codes what the program says", async () => {
  const page = await Deno.readTextFile(new URL("../../docs/cli.md", import.meta.url));
  const rows = [...page.matchAll(/^\| (\d+) +\| (.*?) +\|$/gm)].map(([, code, meaning]) =>
    [Number(code), meaning.replaceAll("`", "")] as const
  );
  assert.deepEqual(rows, exitCodeMeanings);
});
