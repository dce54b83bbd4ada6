import assert from "node:assert/strict";
import { classifyCommand, isCommandAllowed, wordProblem } from "./classify_command.ts";
import type { CommandRule } from "./manifest.ts";

const rules: readonly CommandRule[] = [
  { kind: "observe", words: ["systemctl", "show", "--", "**"] },
  { kind: "change", words: ["systemctl", "/start|stop/", "/[^-].*\\.service/"] },
  { kind: "attach", words: ["**"] },
];

function check(argv: string, expected: string | undefined): void {
  assert.equal(classifyCommand(argv.split(" "), rules.slice(0, 2)), expected, argv);
}

Deno.test("classifyCommand() takes the first rule whose words all match", () => {
  check("systemctl show -- a.service b.service", "observe");
  check("systemctl start a.service", "change");
});

Deno.test("classifyCommand() wants every word to match as a whole", () => {
  check("systemctl restart a.service", undefined);
  check("systemctl start --now", undefined);
  check("systemctl start a.service b.service", undefined);
  check("systemctl starting a.service", undefined);
  check("/tmp/systemctl start a.service", undefined);
  check("systemctl start a.service\n", undefined);
});

Deno.test("isCommandAllowed() knows rules of its kind alone", () => {
  assert(isCommandAllowed(["sh"], rules, "attach"));
  assert(!isCommandAllowed(["sh"], rules, "spawn"));
  assert(!isCommandAllowed([], rules, "attach"));
});

Deno.test("wordProblem() refuses expressions that an argument could make slow", () => {
  for (const word of ["/(a+)+b/", "/(a|aa)*b/", "/(.)\\1/", "/.*.*.*x/", "/a?a?a?a?a?aaaa/"]) {
    assert.match(wordProblem(word, false) ?? "", /slow/, word);
  }
  assert.match(wordProblem("/(/", false)!, /regular expression/);
  assert.match(wordProblem("**", false)!, /before the last/);
  for (const word of ["/[a-z]+\\.txt/", "*", "/bin/sh", "/(start|stop)/", "plain"]) {
    assert.equal(wordProblem(word, false), undefined, word);
  }
});
