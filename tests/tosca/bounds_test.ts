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
