import { deepEqual, equal } from "node:assert/strict";
import fc from "fast-check";
import { difference, isEmptyDifference, readClout, writeClout } from "../../core/clout/mod.ts";
import { compile, findProfiles, memoryFiles } from "../../core/tosca/mod.ts";
import { corpusFiles, readTree } from "./corpus.ts";

const root = new URL("../..", import.meta.url).pathname;

interface Drawn {
  readonly types: readonly string[];
  readonly templates: readonly string[];
}

const header = `tosca_definitions_version: tosca_2_0
capability_types: { Host: { properties: { slots: { type: integer, default: 3 } } } }
relationship_types: { On: {} }
node_types:
`;

/** Services of a few templates, with counts, allocations, values and links to earlier templates. */
const services: fc.Arbitrary<Drawn> = fc.array(
  fc.record({
    count: fc.integer({ min: 0, max: 3 }),
    value: fc.oneof(fc.integer(), fc.string({ maxLength: 6 }), fc.boolean()),
    target: fc.nat(5),
    slots: fc.integer({ min: 0, max: 2 }),
  }),
  { minLength: 1, maxLength: 6 },
).map((drawn) => ({
  types: [
    "  Any: { properties: { p: { type: string, default: x } }, capabilities: { host: Host }, requirements: [ on: { capability: Host, relationship: On } ] }",
  ],
  templates: drawn.map(({ count, value, target, slots }, index) => {
    const on = index === 0
      ? ""
      : `, requirements: [ on: { node: t${
        target % index
      }, optional: true, allocation: { slots: ${slots} } } ]`;
    return `    t${index}: { type: Any, count: ${count}, properties: { p: ${
      JSON.stringify(String(value))
    } }${on} }`;
  }),
}));

function textOf({ types, templates }: Drawn): string {
  return `${header}${types.join("\n")}\nservice_template:\n  node_templates:\n${
    templates.join("\n")
  }\n`;
}

async function compiled(text: string) {
  const files = memoryFiles(new Map([["main.yaml", text.replaceAll("\\u0024", "$$")]]));
  return await compile({ files, entry: "main.yaml", profiles: [] });
}

Deno.test("compile() then writeClout() and readClout() is the identity, and compiling again gives the same bytes", async () => {
  await fc.assert(
    fc.asyncProperty(services, async (drawn) => {
      const { value: clout } = await compiled(textOf(drawn));
      if (!clout) return; // The texts that were drawn may begin with a function's sign.
      const written = writeClout(clout);
      const read = readClout(written);
      equal(writeClout(read), written);
      equal(isEmptyDifference(difference(clout, read)), true);
      equal(writeClout((await compiled(textOf(drawn))).value!), written);
    }),
    { numRuns: 150 },
  );
});

Deno.test("compile() gives the same bytes for a thousand runs of the example", async () => {
  const options = {
    files: corpusFiles(`${root}/examples/hello-world`),
    entry: "hello-world.yaml",
    profiles: findProfiles(await readTree(`${root}/profiles`), { prefix: "profiles/" }),
  };
  const seen = new Set<string>();
  for (let run = 0; run < 1_000; run++) seen.add(writeClout((await compile(options)).value!));
  equal(seen.size, 1);
});

Deno.test("compile() does not care in which order keynames and types stand", async () => {
  const one = `tosca_definitions_version: tosca_2_0
node_types:
  A: { properties: { p: { type: integer, default: 1 }, q: { type: string, default: x } } }
  B: { derived_from: A }
service_template:
  inputs: { i: { type: integer, default: 2 } }
  node_templates:
    b: { type: B, properties: { p: { $get_input: i } } }
`;
  const other = `tosca_definitions_version: tosca_2_0
service_template:
  node_templates:
    b: { properties: { p: { $get_input: i } }, type: B }
  inputs: { i: { default: 2, type: integer } }
node_types:
  B: { derived_from: A }
  A: { properties: { p: { default: 1, type: integer }, q: { default: x, type: string } } }
`;
  const [a, b] = [await compiled(one), await compiled(other)];
  deepEqual([a.problems, b.problems], [[], []]);
  equal(isEmptyDifference(difference(a.value!, b.value!)), true);
});
