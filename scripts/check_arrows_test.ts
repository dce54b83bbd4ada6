import assert from "node:assert/strict";
import { checkFile, importsOf } from "./check_arrows.ts";

function check(path: string, text: string, expected: RegExp | undefined): void {
  const messages = checkFile(path, text).map((finding) => finding.message);
  if (expected === undefined) assert.deepEqual(messages, []);
  else assert.match(messages.join("\n"), expected);
}

Deno.test("checkFile() lets arrows point up the table", () => {
  check("core/clout/model.ts", `import { Float } from "../base/mod.ts";`, undefined);
  check("core/clout/model.ts", `import type { X } from "./value.ts";`, undefined);
});

Deno.test("checkFile() names an arrow that was turned round", () => {
  check("core/base/problem.ts", `import { Clout } from "../clout/mod.ts";`, /"base" → "clout"/);
  check("core/api/server.ts", `const x = await import("../store/mod.ts");`, /"api" → "store"/);
  check("core/plan/place.ts", `export { x } from "../agent/mod.ts";`, /"plan" → "agent"/);
});

Deno.test("checkFile() wants other rooms entered by their door", () => {
  check("core/clout/model.ts", `import { Float } from "../base/float.ts";`, /mod\.ts/);
});

Deno.test("checkFile() keeps private files in their folder and packages in their room", () => {
  check("core/tosca/read/file.ts", `import { x } from "../resolve/_names.ts";`, /private/);
  check("core/agent/x.ts", `import { parse } from "yaml";`, /belongs to core\/yaml/);
  check("core/agent/x.ts", `import { z } from "npm:zod@1";`, /deno\.json/);
});

Deno.test("checkFile() lets main.ts alone import what is wired", () => {
  check("main.ts", `await import("./wiring/tls.ts");`, undefined);
  check("wiring/tls.ts", `import { x } from "./contexts.ts";`, undefined);
  check("scripts/dev.ts", `import { x } from "../wiring/tls.ts";`, /only main\.ts/);
});

Deno.test("checkFile() leaves tests alone", () => {
  check("core/base/problem_test.ts", `import { Clout } from "../clout/mod.ts";`, undefined);
});

Deno.test("importsOf() finds static, bare, dynamic and multi-line imports", () => {
  const text =
    `import "a";\nimport {\n  b,\n} from "b";\nexport { c } from "c";\nawait import("d");`;
  assert.deepEqual([...importsOf(text)], [
    { specifier: "a", line: 1 },
    { specifier: "b", line: 4 },
    { specifier: "c", line: 5 },
    { specifier: "d", line: 6 },
  ]);
});
