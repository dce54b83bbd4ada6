/**
 * Makes the executables: `dist/khutulun-x86_64-linux` and `dist/khutulun-aarch64-linux`.
 *
 *     deno task compile [MACHINE…]
 *
 * With `deno compile` where Deno's base runtime can be had (downloaded, or named by `DENORT_BIN`); else around the runtime
 * that npm has, as a file that unpacks itself (see `scripts/executable/`). It prints how each was made, its size and digest.
 */
import { build, builtFiles, lockBuild } from "./build.ts";
import { fetchRuntime, type RuntimePackage, runtimePackages } from "./executable/runtime.ts";
import {
  type CompressedRuntime,
  compressRuntime,
  selfExtracting,
} from "./executable/self_extracting.ts";
import type { TarEntry } from "./executable/tar.ts";
import { readArguments, refuse } from "./read_arguments.ts";

const root = new URL("..", import.meta.url).pathname;
const bundleFolder = `${root}build/bundle`;

/** One executable, as it was made. */
export interface Compiled {
  readonly path: string;
  readonly how: "deno compile" | "self-extracting";
  readonly bytes: number;
  readonly sha256: string;
}

/** Builds the bundle and wraps it for each machine named. */
export async function compile(machines: readonly string[]): Promise<Compiled[]> {
  using _lock = await lockBuild();
  const files = await build();
  await Deno.mkdir(`${root}dist`, { recursive: true });
  const compiled: Compiled[] = [];
  for (const runtime of runtimePackages.filter((each) => machines.includes(each.machine))) {
    const path = `${root}dist/khutulun-${runtime.machine}-linux`;
    const temporary = `${path}.${crypto.randomUUID()}`;
    const how = await denoCompile(runtime, temporary)
      ? "deno compile"
      : await makeSelfExtracting(runtime, files, temporary);
    await Deno.chmod(temporary, 0o755);
    await Deno.rename(temporary, path);
    compiled.push({ path, how, ...await measure(path) });
  }
  return compiled;
}

/** Returns whether Deno could make it; why not is one line, for then there is another way. */
async function denoCompile({ target }: RuntimePackage, path: string): Promise<boolean> {
  const { success, stderr } = await new Deno.Command(Deno.execPath(), {
    args: [
      ...["compile", "--quiet", "--no-check", "-A", "--unstable-net", "--no-config", "--no-lock"],
      ...["--target", target],
      ...["--include", bundleFolder, "--output", path, `${bundleFolder}/main.js`],
    ],
    cwd: bundleFolder,
    env: { NO_COLOR: "1" },
    stdin: "null",
  }).output();
  if (success) return true;
  const causes = new TextDecoder().decode(stderr).match(/^ +\d+: .+$/gm) ?? [];
  const cause = causes.at(-2) ?? causes.at(-1) ?? "no reason given";
  console.error(`deno compile cannot make it for ${target}: ${cause.replace(/^ *\d+: /, "")}`);
  return false;
}

async function makeSelfExtracting(
  runtime: RuntimePackage,
  paths: readonly string[],
  path: string,
): Promise<"self-extracting"> {
  await Deno.writeFile(path, await wrapBundle(runtime, paths));
  return "self-extracting";
}

/**
 * Makes another executable of the program that `compile()` has built, with a file that the first lacks: for tests of an
 * upgrade.
 */
export async function compileAnother(machine: string, extra: TarEntry): Promise<Uint8Array> {
  using _lock = await lockBuild();
  const runtime = runtimePackages.find((each) => each.machine === machine);
  if (!runtime) throw new Error(`There is no runtime for "${machine}"`);
  return await wrapBundle(runtime, builtFiles(), [extra]);
}

async function wrapBundle(
  runtime: RuntimePackage,
  paths: readonly string[],
  extra: readonly TarEntry[] = [],
): Promise<Uint8Array> {
  const { version } = JSON.parse(await Deno.readTextFile(`${root}deno.json`));
  const files = await Promise.all(paths.map(async (path) => {
    return { path, bytes: await Deno.readFile(`${bundleFolder}/${path}`) };
  }));
  return await selfExtracting({
    version,
    machine: runtime.machine,
    runtime: await compressedRuntime(runtime),
    files: [...files, ...extra],
  });
}

/** Compressing 90 MB takes seconds, and the runtime seldom changes: kept in `build/`. */
async function compressedRuntime(runtime: RuntimePackage): Promise<CompressedRuntime> {
  const kept = `${root}build/runtime-${runtime.sha256.slice(0, 16)}`;
  const known = await readKept(kept);
  if (known) return known;
  const made = await compressRuntime(await fetchRuntime(runtime));
  const { parts, ...about } = made;
  await Deno.mkdir(kept, { recursive: true });
  await Promise.all(parts.map((bytes, at) => Deno.writeFile(`${kept}/${at}.gz`, bytes)));
  await Deno.writeTextFile(`${kept}/about.json`, JSON.stringify({ ...about, parts: parts.length }));
  return made;
}

/** What tells of the parts is written after them: without it they are not complete. */
async function readKept(kept: string): Promise<CompressedRuntime | undefined> {
  const text = await Deno.readTextFile(`${kept}/about.json`).catch(() => undefined);
  if (text === undefined) return undefined;
  const { parts, ...about } = JSON.parse(text) as Omit<CompressedRuntime, "parts"> & {
    readonly parts: number;
  };
  const names = Array.from({ length: parts }, (_, at) => `${kept}/${at}.gz`);
  return { ...about, parts: await Promise.all(names.map((name) => Deno.readFile(name))) };
}

async function measure(path: string): Promise<{ bytes: number; sha256: string }> {
  const bytes = await Deno.readFile(path);
  const digest = new Uint8Array(await crypto.subtle.digest("SHA-256", bytes));
  return { bytes: bytes.length, sha256: digest.toHex() };
}

if (import.meta.main) {
  const known = runtimePackages.map(({ machine }) => machine);
  const task = "deno task compile";
  const { words: machines } = readArguments({
    task,
    about: "Makes the executables in dist/, and prints how each was made, its size and its digest.",
    words: { name: "MACHINE", about: `${known.join(" or ")}; both where none is named` },
  });
  const unknown = machines.find((each) => !known.includes(each));
  if (unknown !== undefined) {
    refuse({ task }, `there is no machine "${unknown}", but ${known.join(" and ")}`);
  }
  for (const each of await compile(machines.length > 0 ? machines : known)) {
    const name = each.path.slice(root.length);
    console.log(`${name}  ${each.how}  ${(each.bytes / 1e6).toFixed(1)} MB  sha256:${each.sha256}`);
  }
}
