import { deepEqual, equal, match, ok } from "node:assert/strict";
import {
  compile,
  explain,
  findProfiles,
  memoryFiles,
  toDot,
  toMermaid,
  toPucciniClout,
  toSvg,
} from "../../core/tosca/mod.ts";
import { writeYaml } from "../../core/yaml/mod.ts";
import { corpusFiles, readTree } from "./corpus.ts";
import { rightTemplate } from "./mistakes/mod.ts";

const root = new URL("../..", import.meta.url).pathname;

async function options() {
  return {
    files: corpusFiles(`${root}/examples/hello-world`),
    entry: "hello-world.yaml",
    profiles: findProfiles(await readTree(`${root}/profiles`), { prefix: "profiles/" }),
  };
}

async function helloWorld() {
  return (await compile(await options())).value!;
}

/** Compares with a golden file; `UPDATE_GOLDEN=1` renews it. */
async function golden(name: string, text: string): Promise<void> {
  const path = `${root}/tests/golden/tosca/${name}`;
  if (Deno.env.get("UPDATE_GOLDEN")) {
    await Deno.mkdir(`${root}/tests/golden/tosca`, { recursive: true });
    await Deno.writeTextFile(path, text);
  }
  equal(text, await Deno.readTextFile(path));
}

Deno.test("toDot(), toMermaid() and toSvg() draw the example's graph", async () => {
  const clout = await helloWorld();
  await golden("hello-world.dot", toDot(clout));
  await golden("hello-world.mmd", toMermaid(clout));
  await golden("hello-world.svg", toSvg(clout));
});

Deno.test("toSvg() draws graphs with circles and without anything", async () => {
  const clout = await helloWorld();
  const web = clout.vertexes.get("web")!;
  const visitor = clout.vertexes.get("visitor")!;
  const circular = new Map(clout.vertexes);
  circular.set("web", {
    ...web,
    edges: [...web.edges, { ...visitor.edges[0], target: "visitor" }],
  });
  match(toSvg({ ...clout, vertexes: circular }), /^<svg /);
  match(toSvg({ ...clout, vertexes: new Map() }), /^<svg /);
});

Deno.test("toPucciniClout() writes the example as Puccini does", async () => {
  await golden("hello-world.puccini.yaml", writeYaml(toPucciniClout(await helloWorld())));
});

Deno.test("toPucciniClout() writes groups, policies and workflows as vertexes", async () => {
  const files = memoryFiles(new Map([["shop.yaml", rightTemplate]]));
  const { value } = await compile({ files, entry: "shop.yaml", profiles: [] });
  const tree = toPucciniClout(value!);
  await golden("shop.puccini.yaml", writeYaml(tree));
  const vertexes = tree.vertexes as Record<string, { edgesOut: { targetID: string }[] }>;
  for (const [id, { edgesOut }] of Object.entries(vertexes)) {
    for (const { targetID } of edgesOut) ok(vertexes[targetID], `${id} leads to ${targetID}`);
  }
});

Deno.test("compile() carries workflows and triggers into the graph, with calls as they are written", async () => {
  const files = memoryFiles(new Map([["shop.yaml", rightTemplate]]));
  const { value } = await compile({ files, entry: "shop.yaml", profiles: [] });
  deepEqual(
    value!.service.workflows?.map(({ name, steps }) => [
      name,
      ...steps.map((step) => [step.name, step.target, step.activities.map((each) => each.name)]),
    ]),
    [["go", ["one", "machine", ["up"]], ["two", "program", ["life.start"]]]],
  );
  const { value: { nodes } } = await explain(
    { files, entry: "shop.yaml", profiles: [] },
    "program",
  );
  const step = nodes?.[0].values.find((each) => each.path === "workflows.go.two");
  equal(step?.value, "call_operation life.start");
});

Deno.test("explain() tells where each value came from", async () => {
  const { value: { nodes }, problems } = await explain(await options(), "web");
  deepEqual(problems, []);
  const find = (path: string) => nodes?.[0].values.find((each) => each.path === path);
  equal(find("properties.restart")?.origin, "default");
  ok(find("properties.restart")?.position?.file.startsWith("profiles/"));
  const environment = find("properties.environment");
  equal(environment?.origin, "assigned");
  equal(environment?.position?.file, "hello-world.yaml");
  equal((await explain(await options(), "nothing")).value.nodes, undefined);
});
