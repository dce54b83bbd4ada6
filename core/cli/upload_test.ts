import { deepEqual, equal, match, notEqual } from "node:assert/strict";
import { zipSync } from "fflate";
import { fakeAgent, serveInMemory } from "../../tests/support/fake_agent.ts";
import { type CliWorld, runInMemory } from "../../tests/support/fake_surroundings.ts";
import type { Upload } from "../api/mod.ts";

const version = "tosca_definitions_version: tosca_2_0\n";
const types = `${version}node_types: { Disk: {} }\n`;
const template = (url: string) =>
  `${version}imports: [ "${url}" ]\nservice_template: { node_templates: { a: { type: Disk } } }\n`;

/** Registers a template and returns the texts of what was uploaded, by path. */
async function register(path: string, world: CliWorld) {
  const agent = fakeAgent();
  const connection = serveInMemory(agent);
  const run = await runInMemory(["template", "register", path], { ...world, connection });
  const call = agent.calls.find(([name]) => name === "register");
  const upload = call?.[2] as Upload | undefined;
  const files = Object.entries(upload?.files ?? {}).map(([name, { base64 }]) =>
    [name, new TextDecoder().decode(Uint8Array.fromBase64(base64))] as const
  );
  return { ...run, files: Object.fromEntries(files), entry: upload?.entry };
}

Deno.test("template register takes what a template imports from a server, and tells its digest", async () => {
  const url = "https://example.org/types/disk.yaml";
  const world = { files: { "shop.yaml": template(url) }, web: { [url]: types } };
  const { code, stderr, files, entry } = await register("shop.yaml", world);
  equal(code, 0, stderr);
  equal(entry, "shop.yaml");
  deepEqual(files, {
    "shop.yaml": template(url),
    "fetched/https/example.org/types/disk.yaml": types,
  });
  match(
    stderr,
    /fetched https:\/\/example\.org\/types\/disk\.yaml \(\d+ bytes, sha256:[0-9a-f]{64}\)/,
  );
});

Deno.test("template register takes a URL, with the files beside it that it names", async () => {
  const at = "http://example.org/a/shop.yaml";
  const web = { [at]: template("../b/types.yaml"), "http://example.org/b/types.yaml": types };
  const { code, stderr, files, entry } = await register(at, { web });
  equal(code, 0, stderr);
  equal(entry, "fetched/http/example.org/a/shop.yaml");
  deepEqual(Object.keys(files), [entry, "fetched/http/example.org/b/types.yaml"]);
});

Deno.test("template register takes an archive from a server, and a folder that is laid out as one", async () => {
  const meta = "CSAR-Version: 2.0\nEntry-Definitions: defs/shop.yaml\n";
  const texts = {
    "TOSCA.meta": meta,
    "defs/shop.yaml": template("types.yaml"),
    "defs/types.yaml": types,
  };
  const bytes = zipSync(
    Object.fromEntries(
      Object.entries(texts).map(([name, text]) => [name, new TextEncoder().encode(text)]),
    ),
  );
  const url = "https://example.org/shop.csar";
  const files = Object.fromEntries(
    Object.entries(texts).map(([name, text]) => [`shop/${name}`, text]),
  );
  for (const [path, world] of [[url, { web: { [url]: bytes } }], ["shop", { files }]] as const) {
    const found = await register(path, world);
    equal(found.code, 0, found.stderr);
    equal(found.entry, "defs/shop.yaml");
    deepEqual(found.files, texts);
  }
});

Deno.test("tosca validate reads imports from servers, and says why it cannot", async () => {
  const url = "https://example.org/types.yaml";
  const files = { "shop.yaml": template(url) };
  const good = await runInMemory(["tosca", "validate", "shop.yaml"], {
    files,
    web: { [url]: types },
  });
  equal(good.code, 0, good.stderr);
  match(good.stdout, /is valid: 2 files/);
  const bad = await runInMemory(["tosca", "validate", "shop.yaml"], { files });
  notEqual(bad.code, 0, bad.stderr);
  match(bad.stderr, /TOSCA_IMPORT_NOT_FOUND/);
  match(bad.stderr, /why: {2}The network is unreachable/);
  const none = await runInMemory(["tosca", "validate", url], {});
  match(none.stderr, /Cannot fetch "https:\/\/example\.org\/types\.yaml"/);
  const whole = await runInMemory(["tosca", "validate", "https://example.org/a/shop.yaml"], {
    web: { [url]: types, "https://example.org/a/shop.yaml": template("../types.yaml") },
  });
  equal(whole.code, 0, whole.stderr);
});

Deno.test("template register and tosca validate take a leading slash for the root of a repository on a server", async () => {
  const root = "https://example.org/lib";
  const text = template("first.yaml").replace(
    "imports:",
    `repositories: { lib: "${root}" }\nimports:`,
  ).replace(/imports:.*/, "imports: [ { url: a/first.yaml, repository: lib } ]");
  const world = {
    files: { "shop.yaml": text },
    web: {
      [`${root}/a/first.yaml`]:
        "tosca_definitions_version: tosca_2_0\nimports: [ /b/types.yaml ]\n",
      [`${root}/b/types.yaml`]: types,
    },
  };
  const valid = await runInMemory(["tosca", "validate", "shop.yaml"], world);
  equal(valid.code, 0, valid.stderr);
  const { files, code, stderr } = await register("shop.yaml", world);
  equal(code, 0, stderr);
  deepEqual(Object.keys(files).sort(), [
    "fetched/https/example.org/lib/a/first.yaml",
    "fetched/https/example.org/lib/b/types.yaml",
    "shop.yaml",
  ]);
});
