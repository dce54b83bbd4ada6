import assert from "node:assert/strict";
import { isAsExpected, parseTranscript } from "./transcript.ts";

const text = `# A killed process comes back.
hosts: 2
modes: system user
needs: khutulun
takes: 90s

h1% khutulun service deploy \\
      hello
h1# id -un
root

# Prose, after a blank line.
h2 within 5s$ false
# a comment that the command printed
[exit 1]
lab> cut h2
h1# true
[nothing]
lab> pause h1 for 3s
`;

Deno.test("parseTranscript() reads header, prompts, actions and what has to come back", () => {
  const transcript = parseTranscript(text);
  assert.equal(transcript.title, "A killed process comes back.");
  const { hosts, modes, needs, takesMs } = transcript;
  assert.deepEqual({ hosts, modes, needs, takesMs }, {
    hosts: 2,
    modes: ["system", "user"],
    needs: ["khutulun"],
    takesMs: 90_000,
  });
  assert.deepEqual(transcript.entries, [
    {
      kind: "typed",
      line: 7,
      host: "h1",
      account: "mode",
      command: "khutulun service deploy \\\n      hello",
      withinMs: undefined,
      expected: { exit: 0, lines: undefined },
    },
    {
      kind: "typed",
      line: 9,
      host: "h1",
      account: "root",
      command: "id -un",
      withinMs: undefined,
      expected: { exit: 0, lines: ["root"] },
    },
    {
      kind: "typed",
      line: 13,
      host: "h2",
      account: "user",
      command: "false",
      withinMs: 5000,
      expected: { exit: 1, lines: ["# a comment that the command printed"] },
    },
    { kind: "lab", line: 16, action: "cut", host: "h2" },
    {
      kind: "typed",
      line: 17,
      host: "h1",
      account: "root",
      command: "true",
      withinMs: undefined,
      expected: { exit: 0, lines: [] },
    },
    { kind: "lab", line: 19, action: "pause", host: "h1", forMs: 3000 },
  ]);
});

Deno.test("parseTranscript() names the line that it does not understand", () => {
  assert.throws(() => parseTranscript("# Title\n\nh9# true\n"), /Line 3: expected a prompt/);
  assert.throws(() => parseTranscript("# Title\n\nlab> explode h1\n"), /Line 3: "explode" is none/);
  assert.throws(() => parseTranscript("# Title\n\nlab> kill h1 for 3s\n"), /Line 3: "kill" has no/);
  assert.throws(() => parseTranscript("h1# true\n"), /Line 1: expected a title/);
});

Deno.test("parseTranscript() understands every scenario, and hosts are there for what is typed", () => {
  const folder = new URL("./scenarios/", import.meta.url);
  for (const { name } of Deno.readDirSync(folder)) {
    const { hosts, entries } = parseTranscript(Deno.readTextFileSync(new URL(name, folder)));
    assert.ok(entries.length > 0, name);
    for (const { host, line } of entries) {
      assert.ok(Number(host.slice(1)) <= hosts, `${name}:${line}: there is no host ${host}`);
    }
  }
});

Deno.test("isAsExpected() holds exit code and lines against what came back", () => {
  const cases: [string[] | undefined, number, string, boolean][] = [
    [undefined, 0, "anything\n", true],
    [undefined, 1, "anything\n", false],
    [[], 0, "\n", true],
    [[], 0, "x\n", false],
    [["active"], 0, "active\n", true],
    [["active"], 0, "inactive\n", false],
    [["active"], 0, "active\nactive\n", false],
    [["pid … of …"], 0, "pid 12 of web-0\n", true],
    [["a.c"], 0, "abc\n", false],
    [["first", "…", "last"], 0, "first\n1\n2\nlast\n", true],
    [["first", "…", "last"], 0, "first\nlast\n", true],
    [["first", "…", "last"], 0, "first\nlast\nmore\n", false],
    [["…", "last"], 0, "1\nlast\n2\nlast\n", true],
  ];
  for (const [lines, exit, output, wanted] of cases) {
    assert.equal(isAsExpected({ exit: 0, lines }, exit, output), wanted, JSON.stringify(lines));
  }
});
