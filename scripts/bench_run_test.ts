import assert from "node:assert/strict";
import { isNamed, loadModules, readWishes, unknownFilter, whyNotAsked } from "./bench_run.ts";

Deno.test("readWishes() takes what is no option for parts of names", async () => {
  const about = { task: "deno task bench", about: "Measures." };
  const { wishes } = await readWishes(about, ["--short", "store:", "3 lab hosts"]);
  assert.deepEqual(wishes, {
    filters: ["store:", "3 lab hosts"],
    isShort: true,
    isJson: false,
  });
});

Deno.test("unknownFilter() tells the first filter that no row's name has a part of", () => {
  const rows = [{ name: "store: write" }, { name: "plan: 10 hosts" }];
  assert.equal(unknownFilter([], rows), undefined);
  assert.equal(unknownFilter(["write", "10"], rows), undefined);
  assert.equal(unknownFilter(["write", "sotre"], rows), "sotre");
});

Deno.test("whyNotAsked() lets a row that takes minutes wait until it is asked for", () => {
  const row = { name: "cluster: thing, 3 lab hosts", askedBy: "3 lab hosts" };
  assert.match(whyNotAsked(row, []) ?? "", /deno task bench "3 lab hosts"/);
  assert.match(whyNotAsked(row, ["cluster:"]) ?? "", /it takes minutes/);
  assert.equal(whyNotAsked(row, ["store:", "thing, 3 lab hosts"]), undefined);
  assert.equal(whyNotAsked({}, []), undefined);
});

Deno.test("loadModules() gives rows whose names differ, and each of those that wait is found by what it asks for", async () => {
  const rows = (await loadModules()).flatMap((each) => each.rows);
  assert.equal(new Set(rows.map(({ name }) => name)).size, rows.length);
  const waiting = rows.filter((row) => whyNotAsked(row, []) !== undefined);
  assert.ok(waiting.length > 0);
  for (const row of waiting) {
    assert.ok(isNamed(row, [row.askedBy!]), `"${row.askedBy}" does not name "${row.name}"`);
  }
});
