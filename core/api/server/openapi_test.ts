import assert from "node:assert/strict";
import { operations } from "../mod.ts";
import { openApi } from "./openapi.ts";

const text = JSON.stringify(openApi("0.1.0"));
// deno-lint-ignore no-explicit-any
const document = JSON.parse(text) as any;

Deno.test("openApi() describes every operation", () => {
  const described = Object.values(document.paths as Record<string, Record<string, unknown>>)
    .flatMap((methods) => Object.values(methods) as { operationId: string }[])
    .map((each) => each.operationId);
  assert.deepEqual(described.sort(), Object.keys(operations).sort());
});

Deno.test("openApi() refers only to components that it has", () => {
  const references = [...text.matchAll(/"\$ref":"([^"]*)"/g)].map(([, reference]) => reference);
  assert.ok(references.length > 50);
  for (const reference of new Set(references)) {
    assert.match(reference, /^#\/components\/schemas\/[A-Z]\w*$/);
    assert.ok(reference.split("/").at(-1)! in document.components.schemas, reference);
  }
});

Deno.test("openApi() keeps properties that are called like keywords of schemas", () => {
  assert.equal(document.components.schemas.Event.properties.id.type, "string");
  assert.equal(
    document.components.schemas.Problem.properties.cause.$ref,
    "#/components/schemas/Problem",
  );
});

Deno.test("openApi() names path and query parameters and whether they are required", () => {
  const { parameters } = document.paths["/v1/service/{namespace}/{name}/logs"].get;
  assert.deepEqual(
    // deno-lint-ignore no-explicit-any
    parameters.map((each: any) => [each.name, each.in, each.required]),
    [
      ["namespace", "path", true],
      ["name", "path", true],
      ["instance", "query", false],
      [
        "lines",
        "query",
        false,
      ],
      ["follow", "query", false],
      ["here", "query", false],
    ],
  );
});
