import assert from "node:assert/strict";
import { pathToFileURL } from "node:url";
import { readBuildFacts } from "./build_facts.ts";
import { readEmbedded, readExample } from "./embedded_files.ts";

async function withFiles(paths: readonly string[], check: (root: URL) => Promise<void>) {
  const root = await Deno.makeTempDir();
  try {
    for (const path of paths) {
      await Deno.mkdir(`${root}/${path}`.replace(/\/[^/]*$/, ""), { recursive: true });
      await Deno.writeTextFile(`${root}/${path}`, path);
    }
    await check(pathToFileURL(`${root}/`));
  } finally {
    await Deno.remove(root, { recursive: true });
  }
}

Deno.test("readEmbedded() names profiles by name and version, and plugins by their folder", async () => {
  await withFiles([
    "profiles/org.khutulun/1.0/profile.yaml",
    "profiles/org.khutulun/1.0/types/a b.yaml",
    "build/plugins/tcp/plugin.yaml",
    "build/plugins/tcp/plugin.wasm",
    "build/plugins/tcp/.digest",
  ], async (root) => {
    const { profiles, plugins } = await readEmbedded(root);
    assert.deepEqual([...profiles.keys()], ["org.khutulun:1.0"]);
    const files = profiles.get("org.khutulun:1.0")!;
    assert.deepEqual([...files.keys()], ["profile.yaml", "types/a b.yaml"]);
    assert.equal(
      new TextDecoder().decode(files.get("types/a b.yaml")),
      "profiles/org.khutulun/1.0/types/a b.yaml",
    );
    assert.deepEqual([...plugins.get("tcp")!.keys()], ["plugin.yaml", "plugin.wasm"]);
  });
});

Deno.test("readEmbedded() finds nothing in a checkout that was not built", async () => {
  await withFiles(["main.ts"], async (root) => {
    const { profiles, plugins } = await readEmbedded(root);
    assert.deepEqual([profiles.size, plugins.size], [0, 0]);
    assert.equal(await readExample(root, "hello-world"), undefined);
  });
});

Deno.test("readBuildFacts() tells a checkout, a bundle and an executable apart", async () => {
  await withFiles(["main.ts", "build/plugins/tcp/plugin.yaml"], async (root) => {
    const facts = await readBuildFacts(root, {});
    assert.deepEqual([facts.kind, facts.plugins], ["checkout", ["tcp"]]);
  });
  await withFiles(["main.js"], async (root) => {
    assert.equal((await readBuildFacts(root, {})).kind, "bundle");
    const facts = await readBuildFacts(root, { KHUTULUN_EXECUTABLE: "/usr/local/bin/khutulun" });
    assert.deepEqual([facts.kind, facts.executable], ["executable", "/usr/local/bin/khutulun"]);
  });
});
