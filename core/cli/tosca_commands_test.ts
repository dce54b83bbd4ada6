import { equal, match } from "node:assert/strict";
import { runInMemory } from "../../tests/support/fake_surroundings.ts";

const template = `tosca_definitions_version: tosca_2_0
data_types: { Time: { derived_from: scalar, units: { s: 1 } } }
node_types: { Clock: { properties: { step: { type: Time, default: 1 s }, name: { type: string } } } }
service_template:
  node_templates:
    clock: { type: Clock, properties: { name: big } }
`;
const files = { "clock.yaml": template };

Deno.test("tosca validate and compile take a template from standard input, with imports beside the user", async () => {
  const piped = await runInMemory(["tosca", "validate", "-"], { stdin: template });
  equal(piped.code, 0, piped.stderr);
  match(piped.stdout, /^standard input is valid: 1 file, 1 node/);
  const importing = template.replace("data_types", "imports: [ more.yaml ]\ndata_types")
    .replace("type: Clock,", "type: Other,");
  const wrong = await runInMemory(["tosca", "compile", "-"], {
    stdin: importing,
    files: { "more.yaml": "tosca_definitions_version: tosca_2_0\nnode_types: { Others: {} }\n" },
  });
  equal(wrong.code, 3);
  match(wrong.stderr, /standard input:7:20: TOSCA_TYPE_UNKNOWN[^]*Did you mean "Others"\?/);
});

Deno.test("tosca explain shows values as they are written, and names templates that are misspelt", async () => {
  const shown = await runInMemory(["tosca", "explain", "clock.yaml", "clock"], { files });
  match(shown.stdout, /properties\.step = 1\.0 s\n {4}default, clock\.yaml:3:67/);
  const misspelt = await runInMemory(["tosca", "explain", "clock.yaml", "clokc"], { files });
  equal(misspelt.code, 3);
  match(misspelt.stderr, /fix: {2}Did you mean "clock"\?/);
});

Deno.test("tosca validate says what is not there, and shows no line of a file that is too large", async () => {
  const missing = await runInMemory(["tosca", "validate", "clokc.yaml"], { files });
  match(missing.stderr, /Cannot read "clokc\.yaml": there is no such file or folder/);
  const large = `${template}# ${"x".repeat(9_000_000)}\nnode_typs: {}\n`;
  const found = await runInMemory(["tosca", "validate", "large.yaml"], {
    files: { "large.yaml": large },
  });
  match(found.stderr, /large\.yaml:8:1: TOSCA_KEYNAME_UNKNOWN\n {2}what:/);
});
