import assert from "node:assert/strict";
import { compile } from "../../scripts/compile.ts";
import { fileURLToPath } from "node:url";
import { testWith } from "../support/needs.ts";

/** Runs a script with the executable's runtime as that machine would, after the script's own way of unpacking. */
async function runScript(folder: string, script: string, args: readonly string[]): Promise<string> {
  const { code, stdout, stderr } = await new Deno.Command("qemu-aarch64", {
    args: [
      ...["-L", "/usr/aarch64-linux-gnu", `${folder}/deno`, "run", "--quiet", "-A"],
      ...["--no-config", "--no-lock", "--cached-only", "--no-remote", "--no-npm", script],
      ...args,
    ],
    env: { DENO_DIR: `${folder}/cache`, DENO_NO_UPDATE_CHECK: "1" },
    stdin: "null",
  }).output();
  assert.equal(code, 0, new TextDecoder().decode(stderr));
  return new TextDecoder().decode(stdout);
}

testWith(["aarch64"], "executable for aarch64 runs on that machine", async (context) => {
  const [{ path, how }] = await compile(["aarch64"]);
  if (how !== "self-extracting") return; // Deno's own way needs no test of ours
  const folder = await Deno.makeTempDir();
  try {
    const unpack = `tail -c +8193 "$0" | gzip -dc | tar -xf - -C "$1"`;
    const { success } = await new Deno.Command("sh", { args: ["-c", unpack, path, folder] })
      .output();
    assert.ok(success);
    const main = `${folder}/main.js`;
    const example = `${folder}/examples/hello-world`;
    await context.step("version", async () => {
      assert.match(await runScript(folder, main, ["version"]), /^khutulun \d[^]*bundle, aarch64/);
    });
    await context.step("tosca validate, tosca compile", async () => {
      await runScript(folder, main, ["tosca", "validate", example]);
      assert.match(await runScript(folder, main, ["tosca", "compile", example]), /vertexes/);
    });
    await context.step("a plugin is called", async () => {
      const program = fileURLToPath(new URL("./programs/describe_plugin.ts", import.meta.url));
      const script = `${folder}/describe_plugin.js`;
      const bundled = await new Deno.Command(Deno.execPath(), {
        args: ["bundle", "--quiet", "--output", script, program],
      }).output();
      assert.ok(bundled.success, new TextDecoder().decode(bundled.stderr));
      const answer = JSON.parse(await runScript(folder, script, [folder, "tcp"]));
      assert.equal(answer.items[0].id, "web-0");
      assert.match(answer.items[0].data, /port/);
    });
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});
