import assert from "node:assert/strict";
import { fakeAgent, serveInMemory } from "../../tests/support/fake_agent.ts";
import { runInMemory } from "../../tests/support/fake_surroundings.ts";
import type { Surroundings } from "./surroundings.ts";
import { readFile, written } from "./user_files.ts";
import { ProblemError } from "../base/mod.ts";

function systemError(code: string): Error {
  return Object.assign(new Error("as the system says it"), { code });
}

Deno.test("readFile() and written() say what is wrong with a file, and what would mend it", async () => {
  const cases: [string, RegExp, RegExp][] = [
    ["ENOENT", /no such file$/, /no such folder$/],
    ["EISDIR", /is a folder/, /is a folder/],
    ["EACCES", /may not read it/, /may not write it/],
    ["ENOSPC", /no room/, /no room/],
    ["EEXIST", /there already/, /there already/],
    ["EWHATEVER", /as the system says it/, /as the system says it/],
  ];
  const isOf = (why: RegExp) => (error: unknown) => {
    assert.ok(error instanceof ProblemError);
    assert.equal(error.problem.code, "CLI_FILE");
    assert.match(error.problem.why ?? "", why);
    assert.ok(error.problem.fix);
    return true;
  };
  for (const [code, reading, writing] of cases) {
    const files = { read: () => Promise.reject(systemError(code)) };
    await assert.rejects(readFile({ files } as unknown as Surroundings, "x"), isOf(reading));
    await assert.rejects(written("x", Promise.reject(systemError(code))), isOf(writing));
  }
});

Deno.test("every command that takes a file says what it needs it for", async () => {
  const cases: [string, RegExp][] = [
    ["join @token", /what: Cannot read the token from "token"/],
    ["context add laptop.json", /what: Cannot read "laptop\.json"/],
    ["secret set db --file pw", /what: Cannot read "pw"/],
    ["service deploy hello tiny --inputs in.yaml", /what: Cannot read the inputs file "in\.yaml"/],
    ["service deploy hello --plan p.json", /what: Cannot read the plan "p\.json"[^]*--save FILE/],
  ];
  for (const [line, expected] of cases) {
    const { code, stderr } = await runInMemory(line.split(" "), {
      connection: serveInMemory(fakeAgent({})),
    });
    assert.equal(code, 3, line);
    assert.match(stderr, /^CLI_FILE\n/);
    assert.match(stderr, expected);
    assert.match(stderr, / {2}why: .*\n {2}fix: /);
  }
});

Deno.test("service deploy --plan says that a file is no plan, in words of our own", async () => {
  for (const text of ["\x7fELF", "{}", "null"]) {
    const { code, stderr } = await runInMemory(["service", "deploy", "hello", "--plan", "p"], {
      connection: serveInMemory(fakeAgent({})),
      files: { p: text },
    });
    assert.equal(code, 3);
    assert.match(stderr, /why: {2}It holds something else, or was cut short/);
  }
});
