import { deepEqual, equal, ok } from "node:assert/strict";
import { formatProblem } from "../../core/base/mod.ts";
import { compile, memoryFiles } from "../../core/tosca/mod.ts";
import { mistakes, rightTemplate } from "./mistakes/mod.ts";

async function problemsOf(text: string) {
  const files = memoryFiles(new Map([["shop.yaml", text]]));
  return (await compile({ files, entry: "shop.yaml", profiles: [] })).problems;
}

Deno.test("compile() finds nothing wrong with the template that mistakes are made in", async () => {
  deepEqual(await problemsOf(rightTemplate), []);
});

for (const [title, right, wrong, finds] of mistakes) {
  Deno.test(`compile() finds one problem, with a fix: ${title}`, async () => {
    ok(rightTemplate.includes(right), "the mistake has a place in the template");
    const problems = await problemsOf(rightTemplate.replace(right, () => wrong));
    const found = problems.map(({ code, where }) => `${code} ${where?.position?.line}`);
    deepEqual(found, [finds], problems.map(formatProblem).join("\n"));
    equal(problems[0].severity, "error");
    ok(problems[0].fix, formatProblem(problems[0]));
  });
}
