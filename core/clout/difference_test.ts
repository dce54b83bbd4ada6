import assert from "node:assert/strict";
import fc from "fast-check";
import { arbitraryClout } from "./_arbitrary.ts";
import { apply, difference, isEmptyDifference } from "./difference.ts";
import { CloutIndex } from "./query.ts";
import { jsonToClout } from "./read.ts";
import { writeClout } from "./write.ts";

const shop = jsonToClout({
  format: 1,
  groups: [{ name: "front", types: ["Group"], members: ["web"] }],
  policies: [{ name: "apart", types: ["Separation"], targets: ["front", "cache", "web"] }],
  vertexes: [
    {
      id: "web",
      name: "web",
      index: 0,
      count: 1,
      types: ["Process", "Root"],
      properties: { port: 8080, command: ["serve"], ratio: { "$.float": "1.0" } },
      edges: [{
        name: "port",
        index: 0,
        types: ["Reserves"],
        target: "http",
        capability: "feature",
      }],
    },
    { id: "http", name: "http", index: 0, count: 1, types: ["Port"] },
  ],
});

function changed(edit: (json: string) => string) {
  const after = jsonToClout(JSON.parse(edit(writeClout(shop))));
  return difference(shop, after);
}

Deno.test("apply() of a difference gives the other graph, whatever the two are", () => {
  const plain = (text: ReturnType<typeof jsonToClout>) =>
    JSON.parse(writeClout(text, { withoutSources: true }));
  fc.assert(
    fc.property(arbitraryClout(), arbitraryClout(), (a, b) => {
      assert.deepEqual(plain(apply(difference(a, b), a)), plain(b));
      assert.equal(isEmptyDifference(difference(a, a)), true);
      assert.equal(isEmptyDifference(difference(apply(difference(a, b), a), b)), true);
    }),
    { numRuns: 200 },
  );
});

Deno.test("difference() names the one property that changed", () => {
  const { changed: [web, ...others], ...rest } = changed((json) => json.replace("8080", "8081"));
  assert.deepEqual(web.changes, [{ path: ["properties", "port"], from: 8080, to: 8081 }]);
  assert.equal(web.isReplaced, false);
  assert.deepEqual([others, rest.added, rest.removed, rest.service], [[], [], [], []]);
});

Deno.test("difference() tells an edge that leads elsewhere, and a vertex of another type", () => {
  const moved = changed((json) => json.replace(`"target": "http"`, `"target": "web"`));
  assert.deepEqual(moved.changed[0].changes[0].path, ["edges", "port.0", "target"]);
  const replaced = changed((json) => json.replace(`"Process"`, `"Container"`));
  assert.equal(replaced.changed[0].isReplaced, true);
});

Deno.test("difference() takes a tagged value as one", () => {
  const { changed: [web] } = changed((json) => json.replace(`"1.0"`, `"2.0"`));
  assert.deepEqual(web.changes, [{
    path: ["properties", "ratio"],
    from: { "$.float": "1.0" },
    to: { "$.float": "2.0" },
  }]);
});

Deno.test("CloutIndex finds incoming edges, templates and what a policy is for", () => {
  const index = new CloutIndex(shop);
  assert.deepEqual(index.incoming("http").map(({ source }) => source.id), ["web"]);
  assert.deepEqual(index.ofType("Root").map(({ id }) => id), ["web"]);
  assert.deepEqual(index.templates(), ["web", "http"]);
  assert.deepEqual(index.templatesOf(shop.service.policies[0]), ["web", "cache"]);
});
