import { deepEqual, equal, ok } from "node:assert/strict";
import { hasErrors } from "../../core/base/mod.ts";
import { compile, memoryFiles, openArchive } from "../../core/tosca/mod.ts";
import { corpusPath, testWith } from "../support/needs.ts";
import { corpusFiles, type CorpusResult, printTable, readIndex, runRow } from "./corpus.ts";
import { behaviourOf } from "./behaviour.ts";

/**
 * Rows where ours differs from the index, and why. Each contradicts the standard, or another row that follows it.
 */
const exceptions: Readonly<Record<string, string>> = {
  "tc-tests/property-definition/s84.yaml":
    "a default beside required: false, which section 9.4 forbids and invalid/default-on-optional-property.yaml expects to fail",
  "tc-tests/property-definition/s85.yaml": "the same",
  "tc-tests/property-definition/property-definition-full.yaml": "the same",
  "tour/acme/acme-base.yaml": "the same",
  "tour/acme/acme.yaml": "the same",
  "tc-profiles/com/ubicity/docker/2.5/profile.yaml": "the same",
  "tc-profiles/org/postgresql/1.0/profile.yaml": "the same",
  "tc-tests/schema-definition/schema-defintion-short.yaml":
    "a list without entry_schema, which section 9.1.3.1 forbids and invalid/list-without-entry-schema.yaml expects to fail",
  "tc-tests/schema-definition/schema-definition-map-bad-entry-schema-inv.yaml":
    "its reason is that entries of maps must be strings; section 9.1.3.2 says that of keys alone",
  "tc-tests/namespaces/s36.yaml":
    "it uses the type my:k8s:Pod, which no file of the corpus defines",
  "tc-tests/node-filter-definition/node-filter-select.yaml":
    "a profile and a service template in one file, which section 6.7 forbids and profile-invalid-service-template.yaml expects to fail",
  "tc-profiles/com/amazon/aws/2.5/profile.yaml":
    "required: False, which section 9.1.1.4 does not take for a boolean",
  "tc-profiles/com/ubicity/net/2.5/profile.yaml":
    "operations directly under an interface, as drafts had them",
  "tc-profiles/community/tosca/technology/kubernetes/profile.yaml":
    "the data type core:port, which is core:Port; required: False",
  "tc-profiles/io/kubernetes/1.35/profile.yaml":
    "data types with neither derived_from nor properties, which section 9.2 forbids",
  "tc-profiles/org/nginx/1.0/profile.yaml":
    "it imports com.ubicity:2.5, which uses scalar-unit types, of which section 9.1 knows none",
  "tc-profiles/com/ubicity/2.5/profile.yaml":
    "the scalar-unit types of drafts, and a default for a property that is inherited as optional",
  "tc-profiles/com/ubicity/kubernetes/2.5/profile.yaml":
    "the scalar-unit types of drafts, and defaults beside required: false",
  "tc-profiles/com/proxmox/ve/2.5/profile.yaml":
    "it imports io.terraform:1.0, which the corpus does not have; scalar-unit types, the function $scalar_value",
  "tc-profiles/org/oasis-open/simple/2.0/profile.yaml":
    "it imports files that the index calls draft-era",
  "tc-scale-redfish/ServiceRoot.yaml":
    "generated: data types with neither derived_from nor properties, node types used as data types, lists without entry_schema",
  "tc-tests/requirement-assignment-grammar/requirement-assignment-attribute.yaml":
    "an integer attribute is given the map { description: … }",
};

testWith(["corpus"], "validate() gives the verdicts of the corpus", async () => {
  const results: CorpusResult[] = [];
  for (const row of await readIndex()) {
    if (/\.ya?ml$/.test(row.path)) results.push(await runRow(row));
  }
  printTable(results);
  const wrong = results.filter(({ row, found }) =>
    row.expected !== "other" && !row.isDoubtful && found !== row.expected
  );
  for (const { row, found } of results) {
    if (row.isDoubtful && row.expected !== "other" && found !== row.expected) {
      console.log(`doubtful: ${row.path}: ${found}; ${row.notes}`);
    }
  }
  for (const [path, why] of Object.entries(exceptions)) console.log(`differs: ${path}: ${why}`);
  deepEqual(wrong.map(({ row }) => row.path).filter((path) => !(path in exceptions)), []);
});

testWith(
  ["corpus"],
  "validate() finds exactly the one problem of each invalid file, at its line",
  async () => {
    const rows = (await readIndex()).filter(({ set }) => set === "invalid");
    ok(rows.length > 0);
    for (const row of rows) {
      const { problems } = await runRow(row);
      const expected = await Deno.readTextFile(
        `${corpusPath()}/${row.path.replace(/\.yaml$/, ".expect")}`,
      );
      const [, line] = expected.match(/\.yaml:(\d+):/)!;
      const found = problems.map((each) => `${each.severity} ${each.where?.position?.line}`);
      const lines = row.path.includes("derivation-cycle") ? ["5", "7", "9"] : [line];
      ok(
        found.length === 1 && lines.some((each) => found[0] === `error ${each}`),
        `${row.path}: expected one error at line ${line}, found ${found.join(", ")}`,
      );
    }
  },
);

testWith(["corpus"], "compile() gives the results of the corpus's behaviour files", async () => {
  const rows = (await readIndex()).filter(({ set }) => set === "behaviour");
  ok(rows.length > 0);
  for (const row of rows) {
    const text = await Deno.readTextFile(
      `${corpusPath()}/${row.path.replace(/\.yaml$/, ".expect.json")}`,
    );
    const expected = JSON.parse(text.replaceAll(/: (\d+)\.0\b/g, ': {"float": $1}'));
    const folder = `${corpusPath()}/behaviour`;
    const entry = row.path.split("/")[1];
    const inner = entry.replace(".yaml", ".inner.yaml");
    const files = corpusFiles(folder);
    const hasInner = await files.read(inner) !== undefined;
    const { value, problems } = await compile({
      files,
      entry,
      profiles: [],
      ...(hasInner ? { substitutes: [{ files, entry: inner }] } : {}),
    });
    deepEqual(problems, []);
    for (const [key, wanted] of Object.entries(expected)) {
      deepEqual(behaviourOf(value!, key, wanted), wanted, `${row.path}: ${key}`);
    }
  }
});

testWith(["corpus"], "openArchive() gives the verdicts of the corpus's archives", async () => {
  const rows = (await readIndex()).filter(({ set }) => set === "csar");
  ok(rows.length > 0);
  for (const row of rows) {
    const expected = await Deno.readTextFile(`${corpusPath()}/${row.path}.expect`);
    const { value: archive, problems } = await openArchive(
      await Deno.readFile(`${corpusPath()}/${row.path}`),
      row.path,
    );
    const compiled = archive && await compile({
      files: archive.files,
      entry: archive.entry,
      profiles: [],
      substitutes: archive.others.map((entry) => ({ files: archive.files, entry })),
    });
    const all = [...problems, ...compiled?.problems ?? []];
    equal(hasErrors(all), row.expected === "INVALID", `${row.path}: ${JSON.stringify(all)}`);
    const line = expected.match(/TOSCA\.meta:(\d+)/)?.[1];
    if (line) equal(String(all[0].where?.position?.line), line, row.path);
    const counts = expected.match(/(\d+) nodes?, (\d+) relationships?/);
    const vertexes = [...compiled?.value?.vertexes.values() ?? []];
    if (counts) {
      const edges = vertexes.reduce((sum, each) => sum + each.edges.length, 0);
      deepEqual([vertexes.length, edges].map(String), counts.slice(1), row.path);
    }
    const substituted = expected.match(/node "(\w+)" is substituted from (\S+)/);
    if (substituted) {
      const vertex = vertexes.find(({ name }) => name === substituted[1]);
      equal(vertex?.substitution?.template, substituted[2]);
    }
  }
});

Deno.test("compile() gives the same bytes for the same files", async () => {
  const files = memoryFiles(
    new Map([[
      "a.yaml",
      "tosca_definitions_version: tosca_2_0\nnode_types:\n  A: {}\nservice_template:\n  node_templates:\n    a: { type: A, count: 3 }\n",
    ]]),
  );
  const one = await compile({ files, entry: "a.yaml", profiles: [] });
  const two = await compile({ files, entry: "a.yaml", profiles: [] });
  deepEqual(one, two);
  equal(one.value?.vertexes.size, 3);
});
