import { deepEqual, equal } from "node:assert/strict";
import { compile } from "../compile/run.ts";
import { fetchedPath, memoryFiles } from "./source_files.ts";

Deno.test("fetchedPath() keeps what URLs name apart, inside of the package", () => {
  equal(fetchedPath("https://example.org/a/b.yaml"), "fetched/https/example.org/a/b.yaml");
  equal(fetchedPath("HTTP://example.org:81/a/../b c"), "fetched/http/example.org%3A81/a/b%20c");
  equal(fetchedPath("https://example.org/a?x=../y"), "fetched/https/example.org/a%3Fx%3D../y");
  equal(fetchedPath("a.yaml"), "a.yaml");
});

Deno.test("memoryFiles() finds the copies of what a template imports from servers", async () => {
  const version = "tosca_definitions_version: tosca_2_0\n";
  const files = memoryFiles(
    new Map([
      [
        "shop.yaml",
        `${version}imports: [ "https://example.org/t/all.yaml" ]\nservice_template: { node_templates: { a: { type: Disk } } }\n`,
      ],
      ["fetched/https/example.org/t/all.yaml", `${version}imports: [ ../disk.yaml ]\n`],
      ["fetched/https/example.org/disk.yaml", `${version}node_types: { Disk: {} }\n`],
    ]),
  );
  const { value, problems } = await compile({ files, entry: "shop.yaml", profiles: [] });
  deepEqual(problems, []);
  deepEqual([...value!.vertexes.keys()], ["a"]);
});
