import assert from "node:assert/strict";
import { environmentThroughShell, wholeEnvironment } from "./_environment.ts";

Deno.test("wholeEnvironment() lets the given values win over what every command gets", () => {
  const environment = wholeEnvironment({ LANG: "de_DE.UTF-8", A: "1" });
  assert.equal(environment.LANG, "de_DE.UTF-8");
  assert.equal(environment.A, "1");
  assert.ok(environment.PATH.length > 0);
});

Deno.test("environmentThroughShell() keeps values out of the arguments unless a shell would spoil them", () => {
  const { outer, argv } = environmentThroughShell({ TOKEN: "secret", PWD: "/x", "a.b": "1" });
  assert.deepEqual(outer, { TOKEN: "secret" });
  assert.deepEqual(argv.slice(-2), ["PWD=/x", "a.b=1"]);
});
