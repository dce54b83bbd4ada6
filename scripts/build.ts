/**
 * Builds what a checkout lacks: the plugins (`build/plugins/`) and the bundle (`build/bundle/`).
 *
 *     deno task build
 *
 * The bundle is a folder that runs by `deno run -A build/bundle/main.js`: `main.js`, its chunks and workers, and what is
 * embedded (see `core/platform/embedded/`). Made from the same sources, two bundles are equal byte for byte.
 */
import { buildPlugins } from "./build_plugins.ts";
import { readArguments } from "./read_arguments.ts";
import { walkFiles } from "./walk.ts";

const root = new URL("..", import.meta.url).pathname;
const target = `${root}build/bundle`;

/** Folders that a bundle carries as they are, at the places where a checkout has them. */
const embedded = ["profiles", "examples", "build/plugins"];

/** What a bundle is made from besides packages. */
const sources = ["main.ts", "deno.json", "deno.lock", "core", "demo", "wiring", "scripts"];

/** All parts of a checkout that an executable is made from. */
export const checkoutParts: readonly string[] = [
  ...sources,
  ...["profiles", "examples", "plugins-wasm", "plugin-pdk"],
];

/**
 * Waits until no other build of this checkout runs, and keeps others waiting until what is returned is closed: whoever
 * reads the bundle holds it meanwhile.
 */
export async function lockBuild(): Promise<Disposable> {
  const lock = await Deno.open(`${await ensure(`${root}build`)}/lock`, {
    create: true,
    write: true,
  });
  await lock.lock(true);
  return lock;
}

/** Returns the files of the bundle that was built last, relative to its folder, sorted. */
export function builtFiles(): string[] {
  return [...walkFiles(target, topOf(target), "")];
}

/** Builds plugins and bundle under `lockBuild()`; returns the bundle's files, relative to its folder, sorted. */
export async function build(): Promise<string[]> {
  await buildPlugins();
  const temporary = await Deno.makeTempDir({
    dir: await ensure(`${root}build`),
    prefix: "bundle-",
  });
  try {
    await bundle(temporary);
    for (const folder of embedded) await copyFolder(folder, temporary);
    const files = [...walkFiles(temporary, topOf(temporary), "")];
    await Deno.remove(target, { recursive: true }).catch(() => {});
    await Deno.rename(temporary, target);
    return files;
  } catch (error) {
    await Deno.remove(temporary, { recursive: true }).catch(() => {});
    throw error;
  }
}

/**
 * Splits code, for `version` shall not read all that `deploy` needs; minifies, for the names of modules that a bundler
 * else writes into its output tell where this machine keeps its packages.
 */
async function bundle(folder: string): Promise<void> {
  const workers = [...walkFiles(root, ["core"], "_worker.ts")];
  const staged = await stage();
  try {
    const { success, stderr } = await new Deno.Command(Deno.execPath(), {
      args: [
        ...["bundle", "--quiet", "--code-splitting", "--minify", "--keep-names"],
        ...["--outdir", folder, "main.ts", ...workers],
      ],
      cwd: staged,
    }).output();
    if (!success) throw new Error(`Cannot bundle: ${new TextDecoder().decode(stderr)}`);
  } finally {
    await Deno.remove(staged, { recursive: true });
  }
  const scripts = [...walkFiles(folder, topOf(folder), ".js")];
  for (const worker of workers) pointAt(worker, folder, scripts);
  for (const script of scripts) giveRequire(`${folder}/${script}`);
}

/**
 * Copies the sources beside Deno's store of packages and returns where to. A bundler names chunks after the ways from the
 * sources to the packages, among others, and from there these are the same wherever the checkout is.
 */
async function stage(): Promise<string> {
  const { stdout } = await new Deno.Command(Deno.execPath(), { args: ["info", "--json"] }).output();
  const { denoDir } = JSON.parse(new TextDecoder().decode(stdout)) as { denoDir: string };
  const folder = await Deno.makeTempDir({ dir: await ensure(denoDir), prefix: "khutulun-build-" });
  for (const path of walkFiles(root, sources, "")) {
    if (path.endsWith("_test.ts")) continue;
    await ensure(`${folder}/${path}`.replace(/\/[^/]*$/, ""));
    await Deno.copyFile(`${root}${path}`, `${folder}/${path}`);
    if (!path.startsWith("scripts/")) checkGivenBack(path);
  }
  return folder;
}

/**
 * Refuses `using file = …` in what is bundled: where the name is used once the minifier puts the value in its place, and the
 * resource is never given back. That cost an agent a file descriptor for every look at a process.
 */
function checkGivenBack(path: string): void {
  if (!/^\s*(?:await )?using \w+ =/m.test(Deno.readTextFileSync(`${root}${path}`))) return;
  throw new Error(
    `"${path}" has a "using" declaration, which a bundle loses: close it in "finally"`,
  );
}

/** Makes the code that starts a worker name the bundled one: a bundler leaves `new URL("./x_worker.ts", …)` alone. */
function pointAt(worker: string, folder: string, scripts: readonly string[]): void {
  const name = worker.slice(worker.lastIndexOf("/") + 1);
  const bundled = worker.replace(/\.ts$/, ".js");
  const pattern = new RegExp(`new URL\\((["'\`])[^"'\`]*\\b${name}\\1,`, "g");
  for (const script of scripts) {
    const text = Deno.readTextFileSync(`${folder}/${script}`);
    const up = "../".repeat(script.split("/").length - 1) || "./";
    const changed = text.replace(pattern, () => `new URL("${up}${bundled}",`);
    if (changed.includes(name)) {
      throw new Error(`"${script}" names "${name}" in a way unknown here`);
    }
    if (changed !== text) Deno.writeTextFileSync(`${folder}/${script}`, changed);
  }
}

/** Packages written for CommonJS ask for Node's own modules by `require`, which a module of a bundle has to make itself. */
function giveRequire(path: string): void {
  const text = Deno.readTextFileSync(path);
  if (!text.includes("Dynamic require of")) return;
  const make =
    'import{createRequire as createRequire$}from"node:module";var require=createRequire$(import.meta.url);';
  Deno.writeTextFileSync(path, make + text);
}

async function copyFolder(folder: string, to: string): Promise<void> {
  for (const path of walkFiles(root, [folder], "")) {
    if (path.endsWith(".digest")) continue;
    await ensure(`${to}/${path.slice(0, path.lastIndexOf("/"))}`);
    await Deno.copyFile(`${root}${path}`, `${to}/${path}`);
  }
}

async function ensure(folder: string): Promise<string> {
  await Deno.mkdir(folder, { recursive: true });
  return folder;
}

function topOf(folder: string): string[] {
  return [...Deno.readDirSync(folder)].map((entry) => entry.name).sort();
}

if (import.meta.main) {
  readArguments({
    task: "deno task build",
    about: "Builds the plugins (build/plugins/) and the bundle (build/bundle/).",
  });
  using _lock = await lockBuild();
  const files = await build();
  const bytes = files.reduce((sum, path) => sum + Deno.statSync(`${target}/${path}`).size, 0);
  console.log(`build/bundle: ${files.length} files, ${(bytes / 1e6).toFixed(2)} MB`);
}
