import { deepEqual, equal, ok } from "node:assert/strict";
import { compile, memoryFiles } from "../../core/tosca/mod.ts";

const version = "tosca_definitions_version: tosca_2_0\n";

async function codesOf(files: Readonly<Record<string, string>>): Promise<string[]> {
  const source = memoryFiles(new Map(Object.entries(files)));
  const { problems } = await compile({ files: source, entry: "main.yaml", profiles: [] });
  return problems.map((each) => each.code);
}

const service = (text: string) =>
  codesOf({ "main.yaml": `${version}node_types: { A: {} }\nservice_template:\n${text}` });

Deno.test("compile() answers a count beyond all measure with a problem", async () => {
  for (const count of ["100001", "9223372036854775807", "99999999999999999999999999"]) {
    deepEqual(
      await service(`  node_templates: { a: { type: A, count: ${count} } }\n`),
      [count.length > 19 ? "TOSCA_VALUE_TYPE" : "TOSCA_COUNT"],
      count,
    );
  }
});

Deno.test("compile() answers texts that are too long, too deep or too many with a problem", async () => {
  const long = `${version}description: "${"x".repeat(33 * 1024 * 1024)}"\n`;
  deepEqual(await codesOf({ "main.yaml": long }), ["YAML_LIMIT"]);
  const deep = `${version}metadata: { a: ${"[".repeat(5_000)}${"]".repeat(5_000)} }\n`;
  deepEqual(await codesOf({ "main.yaml": deep }), ["YAML_LIMIT"]);
  const bomb = [`${version}metadata:`, "  a0: &a0 [ x, x, x, x, x, x, x, x, x, x ]"];
  for (let i = 1; i < 12; i++) {
    bomb.push(`  a${i}: &a${i} [ ${Array(10).fill(`*a${i - 1}`).join(", ")} ]`);
  }
  deepEqual(await codesOf({ "main.yaml": `${bomb.join("\n")}\n` }), ["YAML_LIMIT"]);
});

Deno.test("compile() takes files that import each other, and reads each once", async () => {
  const files = {
    "main.yaml":
      `${version}imports: [ b.yaml ]\nservice_template: { node_templates: { a: { type: B } } }\n`,
    "b.yaml": `${version}imports: [ c.yaml, main.yaml ]\nnode_types: { B: { derived_from: C } }\n`,
    "c.yaml": `${version}imports: [ b.yaml ]\nnode_types: { C: {} }\n`,
  };
  const codes = await codesOf(files);
  ok(codes.every((each) => each === "TOSCA_IMPORT_TEMPLATE"), codes.join());
});

Deno.test("compile() matches patterns in linear time", async () => {
  const codes = await service(
    `  node_templates: { a: { type: A } }\n` +
      `  outputs: { o: { value: { $matches: [ "${"a".repeat(5_000)}!", "^(a+)+$" ] } } }\n`,
  );
  equal(codes.length, 0);
});

Deno.test("compile() ends where expressions nest deeply", async () => {
  const nested = `${"{ $not: [ ".repeat(90)}true${" ] }".repeat(90)}`;
  equal(
    (await service(
      `  node_templates: { a: { type: A } }\n  outputs: { o: { value: ${nested} } }\n`,
    )).length,
    0,
  );
});

Deno.test("compile() bounds what values that are made of each other grow to", async () => {
  const doubled = (first: string, type: string) => {
    const lines = [`      p0: { ${type}, default: ${first} }`];
    for (let i = 1; i < 60; i++) {
      const half = `{ $get_property: [ SELF, p${i - 1} ] }`;
      lines.push(`      p${i}: { ${type}, default: { $concat: [ ${half}, ${half} ] } }`);
    }
    return codesOf({
      "main.yaml": `${version}node_types:\n  A:\n    properties:\n${lines.join("\n")}\n` +
        "service_template: { node_templates: { a: { type: A } } }\n",
    });
  };
  deepEqual(await doubled("aaaaaaaa", "type: string"), ["TOSCA_EVALUATION"]);
  deepEqual(await doubled("[ 1, 2 ]", "type: list, entry_schema: integer"), ["TOSCA_EVALUATION"]);
});

Deno.test("compile() bounds the nodes of all templates together", async () => {
  const templates = Array.from({ length: 20 }, (_, i) => `a${i}: { type: A, count: 90000 }`);
  deepEqual(await service(`  node_templates: { ${templates.join(", ")} }\n`), ["TOSCA_COUNT"]);
});

Deno.test("compile() says what is wrong with texts that are no text", async () => {
  const wide = new Uint8Array([0xff, 0xfe, 0x74, 0x00]);
  const files = memoryFiles(new Map([["main.yaml", wide]]));
  const { problems } = await compile({ files, entry: "main.yaml", profiles: [] });
  deepEqual(problems.map((each) => each.why), ["It is UTF-16, not UTF-8"]);
  deepEqual(await codesOf({ "main.yaml": `${version}description: a\0b\n` }), ["YAML_SYNTAX"]);
  deepEqual(await codesOf({ "main.yaml": `${version}---\n${version}` }), ["YAML_SYNTAX"]);
  deepEqual(await codesOf({ "main.yaml": `${version}node_types: &x { A: { <<: *x } }\n` }), [
    "YAML_ALIAS",
  ]);
});

Deno.test("compile() says that a search has ended at its budget, and not that there is no solution", async () => {
  // Thirty things that together need nearly all of ten unlike places: nothing tells quickly whether they fit.
  let drawn = 7;
  const sizes = Array.from({ length: 30 }, () => {
    drawn = (drawn * 1_103_515_245 + 12_345) % 2_147_483_648;
    return 200 + Math.floor(drawn / 2_147_483_648 * 300);
  });
  const least = Math.ceil(sizes.reduce((sum, each) => sum + each) / 10);
  const places = Array.from(
    { length: 10 },
    (_, i) =>
      `    t${i}: { type: T, capabilities: { c: { properties: { room: ${least + i % 7} } } } }\n`,
  );
  const things = sizes.map((each, i) =>
    `    a${i}: { type: A, requirements: [ r: { node: T, allocation: { room: ${each} } } ] }\n`
  );
  const codes = await codesOf({
    "main.yaml": `${version}capability_types: { C: { properties: { room: { type: integer } } } }
relationship_types: { R: {} }
node_types: { T: { capabilities: { c: C } }, A: { requirements: [ r: { capability: C, relationship: R } ] } }
service_template:
  node_templates:
${places.join("")}${things.join("")}`,
  });
  deepEqual(codes, ["TOSCA_SEARCH_BUDGET"]);
});

const numbers = (count: number) => Array.from({ length: count }, (_, index) => index);

Deno.test("compile() answers lines of thousands of derivations, values and imports", async () => {
  const [count, last] = [3_000, 2_999];
  const line = (text: (index: number) => string) => numbers(count).map(text).join("\n");
  const derived = (section: string, root: string) =>
    `${version}${section}:\n${
      line((index) => `  T${index}: { ${index < last ? `derived_from: T${index + 1}` : root} }`)
    }\nservice_template: { node_templates: {} }\n`;
  for (const section of ["node_types", "capability_types", "interface_types", "policy_types"]) {
    deepEqual(await codesOf({ "main.yaml": derived(section, "description: d") }), ["TOSCA_LIMIT"]);
  }
  const values = line((index) =>
    `    a${index}: { type: A, properties: { p: ${
      index < last ? `{ $get_property: [ a${index + 1}, p ] }` : "1"
    } } }`
  );
  const chain = `${version}node_types: { A: { properties: { p: { type: integer } } } }\n` +
    `service_template:\n  node_templates:\n${values}\n`;
  deepEqual(await codesOf({ "main.yaml": chain }), []);
  const ring = chain.replace("p: 1 }", "p: { $get_property: [ a0, p ] } }");
  deepEqual(await codesOf({ "main.yaml": ring }), ["TOSCA_EVALUATION_CYCLE"]);
  const files = numbers(count).map((index) => [
    index === 0 ? "main.yaml" : `f${index}.yaml`,
    `${version}${index < last ? `imports: [ f${index + 1}.yaml ]\n` : ""}` +
    `node_types: { N${index}: {} }\n` +
    (index === 0 ? `service_template: { node_templates: { a: { type: N${last} } } }\n` : ""),
  ]);
  deepEqual(await codesOf(Object.fromEntries(files)), []);
});

Deno.test("compile() answers types that contain each other by the thousand, once", async () => {
  const types = (next: (index: number) => string) =>
    `${version}data_types:\n${
      numbers(2_000).map((index) => `  T${index}: { properties: ${next(index)} }`).join("\n")
    }\nservice_template: { node_templates: {} }\n`;
  const ring = types((index) => `{ p: { type: T${(index + 1) % 2_000} } }`);
  deepEqual(await codesOf({ "main.yaml": ring }), ["TOSCA_DATA_TYPE_INFINITE"]);
  const two = (type: string) => `{ p: { type: ${type} }, q: { type: ${type} } }`;
  const diamonds = types((index) => two(index < 1_999 ? `T${index + 1}` : "integer"));
  deepEqual(await codesOf({ "main.yaml": diamonds }), []);
  const defaults = types((index) =>
    index < 1_999
      ? `{ p: { type: T${index + 1}, default: {} } }`
      : "{ p: { type: integer, default: 1 } }"
  );
  const codes = await codesOf({ "main.yaml": defaults });
  deepEqual([...new Set(codes)], ["TOSCA_LIMIT"]);
});

Deno.test("compile() tells of names that meet among thousands of files, once each", async () => {
  const files = numbers(2_000).map((index) => [
    index === 0 ? "main.yaml" : `f${index}.yaml`,
    index === 0
      ? `${version}imports: [ ${numbers(1_999).map((each) => `f${each + 1}.yaml`).join(", ")} ]\n` +
        "service_template: { node_templates: { a: { type: N1 } } }\n"
      : `${version}node_types: { N${index % 1_000}: {} }\n`,
  ]);
  const codes = await codesOf(Object.fromEntries(files));
  equal(codes.filter((each) => each === "TOSCA_NAME_COLLISION").length, 999);
});
