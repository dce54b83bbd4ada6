import assert from "node:assert/strict";
import { runInMemory } from "../../tests/support/fake_surroundings.ts";
import { findCommand } from "./find_command.ts";

Deno.test("findCommand() knows where the name of a command ends", () => {
  assert.deepEqual(findCommand(["seed", "extra"]), { words: 1, usages: ["seed"] });
  assert.deepEqual(findCommand(["cluster", "token", "revoke", "x"]), {
    words: 3,
    usages: ["cluster token revoke ID"],
  });
  assert.equal(findCommand(["host", "label", "vm"])?.usages.length, 2);
  for (const words of [[], ["service"], ["nonsense"], ["service", "nonsense"]]) {
    assert.equal(findCommand(words), undefined);
  }
});

Deno.test("a wrong command line is told with the help or the usage of its own command", async () => {
  const cases: [string, RegExp, RegExp][] = [
    ["service exec clock clock-0", /An argument is missing/, /exec \[-it\] NAME INSTANCE -- /],
    ["service show", /argument NAME is missing/, /Write it as: khutulun service show NAME\n/],
    [
      "host label vm",
      /An argument is missing/,
      /LABEL=VALUE\.\.\., or khutulun host label HOST LAB/,
    ],
    [
      "cluster token create --ttl x",
      /the value of --ttl: "x"/,
      /khutulun cluster token create --h/,
    ],
    ["seed extra", /one argument too many/, /See: khutulun seed --help\n/],
    ["service list -n A_", /the value of --namespace/, /khutulun service list --help/],
    ["--nope", /There is no option "--nope"/, /See: khutulun --help\n/],
    ["--context", /--context needs a value/, /See: khutulun --help\n/],
  ];
  for (const [line, what, fix] of cases) {
    const { code, stderr } = await runInMemory(line.split(" "));
    assert.equal(code, 2, line);
    assert.match(stderr, what);
    assert.match(stderr, fix);
  }
});
