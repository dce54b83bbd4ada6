import { deepEqual, equal, ok } from "node:assert/strict";
import { hasErrors } from "../../core/base/mod.ts";
import { compile, memoryFiles, openArchive } from "../../core/tosca/mod.ts";
import { corpusPath, testWith } from "../support/needs.ts";
import { corpusFiles, type CorpusResult, printTable, readIndex, runRow } from "./corpus.ts";
import { behaviourOf } from "./behaviour.ts";

const optional =
  "invalid/default-on-optional-property.yaml:9: a default beside required: false (9.4)";
const unknown = "tc-tests/data-type/data_type-complex_type_complex_property_unknown-inv.yaml:28";
const ubicity =
  `com/ubicity/2.5/profile.yaml:542 is ${optional}; com/ubicity/core/2.5 has the keyname ` +
  '"kind", which the index itself calls non-standard';

/**
 * Rows where ours differs from the index: each with the line that says so and the row that says the contrary of it. Both
 * cannot get their verdict from one reading of the standard.
 */
const exceptions: Readonly<Record<string, string>> = {
  "tc-tests/property-definition/s84.yaml": `line 25 against ${optional}`,
  "tc-tests/property-definition/s85.yaml": `line 24 against ${optional}`,
  "tour/acme/acme-base.yaml": `line 44 against ${optional}`,
  "tour/acme/acme.yaml": `line 37 against ${optional}`,
  "tc-profiles/com/ubicity/docker/2.5/profile.yaml": `line 26 against ${optional}`,
  "tc-profiles/org/postgresql/1.0/profile.yaml": `line 24 against ${optional}`,
  "tc-profiles/com/ubicity/kubernetes/2.5/profile.yaml": `line 681 against ${optional}`,
  "tc-profiles/com/amazon/aws/2.5/profile.yaml": `line 773 against ${optional}`,
  "tc-profiles/com/proxmox/ve/2.5/profile.yaml":
    `line 175 against ${optional}; it imports io.terraform:1.0, which the corpus does not have`,
  "tc-profiles/com/ubicity/2.5/profile.yaml": ubicity,
  "tc-profiles/com/ubicity/net/2.5/profile.yaml": `it imports com.ubicity:2.5: ${ubicity}`,
  "tc-profiles/org/nginx/1.0/profile.yaml": `it imports com.ubicity:2.5: ${ubicity}`,
  "tc-tests/schema-definition/schema-defintion-short.yaml":
    "line 12 against invalid/list-without-entry-schema.yaml:7: a list without entry_schema (9.1.3.1)",
  "tc-tests/schema-definition/schema-definition-map-bad-entry-schema-inv.yaml":
    "line 11 against tc-tests/map/s77.yaml:26, which is valid: entries of a map that are no strings (9.1.3.2)",
  "tc-tests/namespaces/s36.yaml":
    "line 14 against invalid/node-template-unknown-type.yaml:8: a node type that nothing defines (my:k8s:Pod)",
  "tc-tests/node-filter-definition/node-filter-select.yaml":
    "lines 10 and 61 against tc-tests/profiles/profile-invalid-service-template.yaml:11: both in one file (6.1)",
  "tc-profiles/community/tosca/technology/kubernetes/profile.yaml":
    `line 37 against ${unknown}: a data type that nothing defines (core:port; there is core:Port)`,
  "tc-profiles/io/kubernetes/1.35/profile.yaml":
    "meta.yaml:223 against tc-tests/representation-graph-query-functions/in_range-inv.yaml: $in_range",
  "tc-profiles/org/oasis-open/simple/2.0/profile.yaml":
    "it imports four files that are INVALID (draft-era) in rows of their own, and 6.8.2 makes such an import fail",
  "tc-scale-redfish/ServiceRoot.yaml":
    `AccountService.v1_18_1.yaml:244 and 80 more against ${unknown}: data types that nothing defines`,
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
  deepEqual(wrong.map(({ row }) => row.path).sort(), Object.keys(exceptions).sort());
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
