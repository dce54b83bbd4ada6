import assert from "node:assert/strict";
import { fileURLToPath } from "node:url";
import { checkoutParts, lockBuild } from "../../scripts/build.ts";
import { compile } from "../../scripts/compile.ts";

const root = fileURLToPath(new URL("../../", import.meta.url));

/** Returns path and digest of each file of the bundle. */
async function digestsOf(folder: string, prefix = ""): Promise<string[]> {
  const found: string[] = [];
  for (const { name, isDirectory } of Deno.readDirSync(folder)) {
    if (isDirectory) found.push(...await digestsOf(`${folder}/${name}`, `${prefix}${name}/`));
    else {
      const bytes = await Deno.readFile(`${folder}/${name}`);
      const digest = new Uint8Array(await crypto.subtle.digest("SHA-256", bytes)).toHex();
      found.push(`${prefix}${name} ${digest}`);
    }
  }
  return found.sort();
}

/** Other tests build too: nobody does while we look. */
async function digestsHere(): Promise<string[]> {
  using _lock = await lockBuild();
  return await digestsOf(`${root}build/bundle`);
}

Deno.test("compile() makes equal bytes of equal sources, in whichever folder they are", async () => {
  const top = await Deno.makeTempDir();
  // As deep as hardly any checkout: where it is must not show.
  const folder = `${top}/a/b/c/d/e`;
  await Deno.mkdir(folder, { recursive: true });
  try {
    const [here] = await compile([Deno.build.arch]);
    const bundle = await digestsHere();
    for (const name of checkoutParts) {
      const { success } = await new Deno.Command("cp", { args: ["-r", `${root}${name}`, folder] })
        .output();
      assert.ok(success, name);
    }
    // Compressing the runtime takes seconds and knows nothing of us: what was kept of it is as good.
    await Deno.mkdir(`${folder}/build`);
    for (const { name } of Deno.readDirSync(`${root}build`)) {
      if (!/^runtime-\w+$/.test(name)) continue;
      await new Deno.Command("cp", {
        args: ["-r", `${root}build/${name}`, `${folder}/build/${name}`],
      }).output();
    }
    const { code, stdout, stderr } = await new Deno.Command(Deno.execPath(), {
      args: ["run", "-A", `${folder}/scripts/compile.ts`, Deno.build.arch],
      cwd: folder,
      env: { NO_COLOR: "1" },
    }).output();
    assert.equal(code, 0, new TextDecoder().decode(stderr));
    assert.deepEqual(await digestsOf(`${folder}/build/bundle`), bundle);
    const [, how, sha256] = new TextDecoder().decode(stdout)
      .match(/ {2}(deno compile|self-extracting) {2}.* sha256:(\w+)/)!;
    assert.equal(how, here.how);
    // Deno's own way writes what it likes beside the bundle; ours is held to the byte.
    if (how === "self-extracting") assert.equal(sha256, here.sha256);
  } finally {
    await Deno.remove(top, { recursive: true });
  }
});
