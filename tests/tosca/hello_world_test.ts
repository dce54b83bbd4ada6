import { deepEqual, equal, ok } from "node:assert/strict";
import { graphCall, isDeferred, type Value } from "../../core/clout/mod.ts";
import { compile, evaluateValue, findProfiles } from "../../core/tosca/mod.ts";
import { corpusFiles, readTree } from "./corpus.ts";

const root = new URL("../..", import.meta.url).pathname;

async function helloWorld(inputs = {}) {
  return await compile({
    files: corpusFiles(`${root}/examples/hello-world`),
    entry: "hello-world.yaml",
    profiles: findProfiles(await readTree(`${root}/profiles`), { prefix: "profiles/" }),
    inputs,
  });
}

Deno.test("compile() makes the example's graph without problems", async () => {
  const { value: clout, problems } = await helloWorld({ greeting: "Good morning" });
  deepEqual(problems, []);
  ok(clout);
  deepEqual([...clout.vertexes.keys()], ["http", "site", "web", "visitor"]);
  const web = clout.vertexes.get("web")!;
  deepEqual(web.edges.map((each) => [each.name, each.target, each.capability]), [
    ["port", "http", "reservable"],
    ["directory", "site", "usable"],
  ]);
  const environment = web.properties.get("environment") as ReadonlyMap<string, Value>;
  equal(environment.get("GREETING"), "Good morning");
  ok(isDeferred(environment.get("PORT")!));
});

Deno.test("evaluateValue() gives values as attributes arrive, and says what it waits for", async () => {
  const { value: clout } = await helloWorld();
  const visitor = clout!.vertexes.get("visitor")!;
  const environment = visitor.properties.get("environment")!;
  const waiting = evaluateValue(environment, { read: () => undefined });
  deepEqual(waiting, { waitsFor: "address of visitor's connection[0]" });
  const known = evaluateValue(environment, {
    read: ({ path, name }) => {
      equal(path.edge?.name, "connection");
      return name === "port" ? 9001n : "10.0.0.7";
    },
  });
  deepEqual(known, {
    value: new Map([["SERVER_ADDRESS", "10.0.0.7"], ["SERVER_PORT", "9001"]]),
  });
  const url = evaluateValue(clout!.service.outputs.get("url")!, {
    read: ({ name }) => name === "port" ? 9001n : "10.0.0.7",
  });
  deepEqual(url, { value: "http://10.0.0.7:9001/" });
});

Deno.test("evaluateValue() stops at values that depend on themselves", () => {
  const call = graphCall({
    function: "get_attribute",
    path: { vertex: "a" },
    name: "x",
    nested: [],
  });
  deepEqual(evaluateValue(call, { read: () => call }), { problem: "it depends on itself" });
});
