import { fileURLToPath } from "node:url";
import { checkoutParts } from "../../scripts/build.ts";
import { buildPlugins } from "../../scripts/build_plugins.ts";
import { compile, compileAnother } from "../../scripts/compile.ts";
import { must } from "./command.ts";

const here = (path: string) => fileURLToPath(new URL(path, import.meta.url));

/**
 * Puts what scenarios need into the folder that all hosts see as `/mnt/lab`:
 *
 * - `khutulun`: the executable of this machine's architecture, compiled from this checkout
 * - `khutulun-next`: another build of it, to upgrade to; for who needs `khutulun` too
 * - `examples`: the templates of `examples/` and of `tests/lab/templates/`
 * - what is in `tests/lab/files/`, always
 * - `plugins`: the included plugins, and `plugin_worker.js`, which runs them for a program
 * - `NAME.js`: the program `tests/lab/programs/NAME.ts`, to be run by `/mnt/lab/deno`
 */
export async function stage(shared: string, needs: ReadonlySet<string>): Promise<void> {
  await must(["cp", "-r", `${here("./files")}/.`, shared]);
  if (needs.has("khutulun")) await stageExecutable(shared);
  if (needs.has("khutulun-next")) await stageNext(shared);
  for (const need of [...needs].filter((each) => !each.startsWith("khutulun"))) {
    if (need === "examples") await stageExamples(shared);
    else if (need === "plugins") await stagePlugins(shared);
    else await stageProgram(shared, need);
  }
}

async function stageExecutable(shared: string): Promise<void> {
  const [{ path, how }] = await compile([Deno.build.arch]);
  console.error(`compiled the executable: ${how}`);
  await must(["cp", path, `${shared}/khutulun`]);
}

async function stageNext(shared: string): Promise<void> {
  const extra = { path: "next", bytes: new TextEncoder().encode("another build\n") };
  const bytes = await compileAnother(Deno.build.arch, extra);
  await Deno.writeFile(`${shared}/khutulun-next`, bytes, { mode: 0o755 });
}

async function stageExamples(shared: string): Promise<void> {
  await Deno.mkdir(`${shared}/examples`, { recursive: true });
  for (const folder of ["../../examples", "./templates"]) {
    await must(["cp", "-r", `${here(folder)}/.`, `${shared}/examples/`]);
  }
}

async function stagePlugins(shared: string): Promise<void> {
  await buildPlugins();
  await must(["cp", "-r", here("../../build/plugins"), `${shared}/plugins`]);
  const worker = here("../../core/platform/extism/plugin_worker.ts");
  const target = `${shared}/plugin_worker.js`;
  await must([Deno.execPath(), "bundle", "--quiet", "--output", target, worker]);
}

async function stageProgram(shared: string, name: string): Promise<void> {
  const source = here(`./programs/${name}.ts`);
  await must([Deno.execPath(), "bundle", "--quiet", "--output", `${shared}/${name}.js`, source]);
  await must(["cp", "-n", Deno.execPath(), `${shared}/deno`]);
}

/** Puts the same into the folders of other runs. */
export async function stageAgain(from: string, to: string): Promise<void> {
  await must(["cp", "-a", "--reflink=auto", `${from}/.`, to]);
}

/** Puts the checkout, and all that it needs without a network, beside; returns the command that runs its benchmarks. */
export async function stageCheckout(shared: string): Promise<string[]> {
  await compile([Deno.build.arch]);
  const checkout = `${shared}/checkout`;
  await Deno.mkdir(checkout);
  for (const part of [...checkoutParts, "tests", "build", "dist"]) {
    await must(["cp", "-r", here(`../../${part}`), checkout]);
  }
  await must(["cp", Deno.execPath(), `${shared}/deno`]);
  const { denoDir } = JSON.parse(await must([Deno.execPath(), "info", "--json"]));
  // The packages alone: the rest belongs to the paths of this machine, and changes while others use it.
  await Deno.mkdir(`${shared}/deno-dir`);
  await must(["cp", "-r", `${denoDir}/npm`, `${shared}/deno-dir/`], { timeoutMs: 300_000 });
  const env = ["DENO_DIR=/mnt/lab/deno-dir", "DENO_NO_UPDATE_CHECK=1"];
  const argv = ["run", "-A", "--cached-only", "/mnt/lab/checkout/scripts/bench.ts"];
  return ["env", "--chdir=/mnt/lab/checkout", ...env, "/mnt/lab/deno", ...argv];
}
