import assert from "node:assert/strict";
import { compile } from "../../scripts/compile.ts";
import { testWith } from "../support/needs.ts";

/** Runs a program of the executable for aarch64 as that machine would, after the script's own way of unpacking. */
async function runUnpacked(folder: string, args: readonly string[]): Promise<string> {
  const { code, stdout, stderr } = await new Deno.Command("qemu-aarch64", {
    args: [
      ...["-L", "/usr/aarch64-linux-gnu", `${folder}/deno`],
      ...["run", "-A", "--no-config", "--no-lock", "--cached-only", "--no-remote", "--no-npm"],
      ...[`${folder}/main.js`, ...args],
    ],
    env: { DENO_DIR: `${folder}/cache`, DENO_NO_UPDATE_CHECK: "1" },
  }).output();
  assert.equal(code, 0, new TextDecoder().decode(stderr));
  return new TextDecoder().decode(stdout);
}

testWith(["aarch64"], "executable for aarch64 runs on that machine", async () => {
  const [{ path, how }] = await compile(["aarch64"]);
  if (how !== "self-extracting") return; // Deno's own way needs no test of ours
  const folder = await Deno.makeTempDir();
  try {
    const unpack = `tail -c +8193 "$0" | gzip -dc | tar -xf - -C "$1"`;
    const { success } = await new Deno.Command("sh", { args: ["-c", unpack, path, folder] })
      .output();
    assert.ok(success);
    assert.match(await runUnpacked(folder, ["version"]), /^khutulun \d[^]*bundle, aarch64/);
    const example = `${folder}/examples/hello-world`;
    assert.match(await runUnpacked(folder, ["tosca", "compile", example]), /vertexes/);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});
