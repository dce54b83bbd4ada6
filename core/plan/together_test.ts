import assert from "node:assert/strict";
import type { Step } from "./step.ts";
import { commonCommand, joinSteps, splitTogether } from "./together.ts";

function start(name: string, parts: Partial<Step> = {}): Step {
  return {
    key: `start ${name}`,
    item: name,
    why: `start ${name}`,
    needs: ["reload"],
    owns: [`unit:${name}`],
    timeoutMs: 30_000,
    do: { exec: { argv: ["systemctl", "start", name], joinable: true } },
    ...parts,
  };
}

Deno.test("joinSteps() makes one command of those that differ in their last word", () => {
  const joined = joinSteps([start("a"), start("b"), start("c", { timeoutMs: 60_000 })]);
  assert.deepEqual(joined.do, {
    exec: { argv: ["systemctl", "start", "a", "b", "c"], joinable: true },
  });
  assert.deepEqual(joined.owns, ["unit:a", "unit:b", "unit:c"]);
  assert.deepEqual(joined.needs, ["reload"]);
  assert.equal(joined.why, "start a and 2 more");
  assert.equal(joined.timeoutMs, 62_000);
});

Deno.test("joinSteps() leaves a step that is alone as it is", () => {
  const alone = start("a");
  assert.equal(joinSteps([alone]), alone);
});

Deno.test("commonCommand() keeps apart what differs in more than the last word", () => {
  const command = (argv: string[], okExit?: number[]) =>
    commonCommand(start("a", { do: { exec: { argv, joinable: true, okExit } } }));
  assert.equal(command(["systemctl", "start", "a"]), command(["systemctl", "start", "b"]));
  assert.notEqual(command(["systemctl", "start", "a"]), command(["systemctl", "stop", "a"]));
  assert.notEqual(command(["systemctl", "stop", "a"]), command(["systemctl", "stop", "a"], [0, 5]));
  assert.equal(commonCommand(start("a", { do: { exec: { argv: ["true", "a"] } } })), undefined);
  assert.equal(commonCommand(start("a", { do: { remove: { path: "/a" } } })), undefined);
});

Deno.test("splitTogether() keeps a command line within its bound, and the order", () => {
  const steps = Array.from({ length: 600 }, (_, index) => start(`s${index}`));
  const parts = splitTogether(steps);
  assert.deepEqual(parts.map((part) => part.length), [256, 256, 88]);
  assert.deepEqual(parts.flat(), steps);
});
