import assert from "node:assert/strict";
import { fail } from "../../base/mod.ts";
import type { Item } from "../../plugin/mod.ts";
import { LocalFiles } from "../../platform/mod.ts";
import type { Processes } from "../../ports/mod.ts";
import { SecretFiles, secretPath, secretsOf, secretUserType } from "./secret_files.ts";

const item = (parts: Partial<Item>): Item => ({
  id: "web-0",
  name: "khutulun.shop.web-0",
  kind: "instance",
  types: [secretUserType],
  want: "running",
  namespace: "default",
  service: "shop",
  epoch: 1,
  revision: 1,
  properties: { secrets: { PASSWORD_FILE: "db" } },
  attributes: {},
  claims: {},
  capabilities: {},
  artifacts: {},
  relations: [],
  owned: [],
  ...parts,
});

Deno.test("secretsOf() takes what a process names, and nothing of other types or forms", () => {
  assert.deepEqual(secretsOf(item({})), [["PASSWORD_FILE", "db"]]);
  assert.deepEqual(secretsOf(item({ types: ["example::Other"] })), []);
  for (const secrets of ["db", null, ["db"], { A: 1 }]) {
    assert.deepEqual(secretsOf(item({ properties: { secrets } })), []);
  }
});

Deno.test("provide() writes files that their user alone can read, and takes them away again", async () => {
  await withFiles(async ({ secrets, runtime, values }) => {
    assert.equal((await secrets.provide([item({})])).size, 0);
    const path = secretPath(runtime, "khutulun.shop.web-0", "db");
    assert.equal(Deno.readTextFileSync(path), "first");
    assert.equal(Deno.statSync(path).mode! & 0o777, 0o400);
    assert.equal(Deno.statSync(path.replace(/\/[^/]*$/, "")).mode! & 0o777, 0o700);
    const before = Deno.statSync(path).ino;
    await secrets.provide([item({})]);
    assert.equal(Deno.statSync(path).ino, before, "what is as it should be is left alone");
    values.set("db", "second");
    await secrets.provide([item({})]);
    assert.equal(Deno.readTextFileSync(path), "second");
    await secrets.provide([item({ want: "absent" })]);
    assert.deepEqual([...Deno.readDirSync(`${runtime}/secrets`)], []);
  });
});

Deno.test("provide() says which item cannot have its secret, and serves the others", async () => {
  await withFiles(async ({ secrets, runtime }) => {
    const other = item({
      id: "api-0",
      name: "khutulun.shop.api-0",
      properties: { secrets: { KEY_FILE: "gone" } },
    });
    const nobody = item({
      id: "job-0",
      name: "khutulun.shop.job-0",
      properties: { secrets: { KEY_FILE: "db" }, user: "no-such-user-here" },
    });
    const problems = await secrets.provide([other, nobody, item({})]);
    assert.deepEqual(
      [...problems].map(([id, { code }]) => [id, code]),
      [["api-0", "TRUST_SECRET_UNKNOWN"], ["job-0", "TRUST_SECRET_INVALID"]],
    );
    assert.equal(Deno.readTextFileSync(secretPath(runtime, "khutulun.shop.web-0", "db")), "first");
  });
});

Deno.test("provide() writes anew what is no file, or another user's, without opening it", async () => {
  await withFiles(async ({ secrets, runtime }) => {
    await secrets.provide([item({})]);
    const path = secretPath(runtime, "khutulun.shop.web-0", "db");
    Deno.removeSync(path);
    Deno.symlinkSync("/dev/zero", path); // reading it would never end
    assert.equal((await secrets.provide([item({})])).size, 0);
    assert.equal(Deno.lstatSync(path).isFile, true);
    assert.equal(Deno.readTextFileSync(path), "first");
  });
});

/** A host on which there is no user of any name. */
const nobodyKnown = {
  run: () => Promise.resolve({ exit: 2, stdout: "", stderr: "", truncated: false }),
} as Partial<Processes> as Processes;

async function withFiles(
  test: (scene: {
    readonly secrets: SecretFiles;
    readonly runtime: string;
    readonly values: Map<string, string>;
  }) => Promise<void>,
): Promise<void> {
  const runtime = await Deno.makeTempDir({ prefix: "khutulun-test-" });
  const values = new Map([["db", "first"]]);
  const secrets = new SecretFiles({
    files: new LocalFiles(),
    processes: nobodyKnown,
    runtime,
    open({ name }) {
      const value = values.get(name);
      if (value === undefined) fail("TRUST_SECRET_UNKNOWN", { what: `There is no "${name}"` });
      return Promise.resolve(new TextEncoder().encode(value));
    },
  });
  try {
    await test({ secrets, runtime, values });
  } finally {
    await Deno.remove(runtime, { recursive: true });
  }
}
