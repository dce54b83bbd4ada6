/**
 * Compiles the plugins of `plugins-wasm/` to `build/plugins/NAME/{plugin.wasm,plugin.yaml}`.
 *
 *     deno run -A scripts/build_plugins.ts
 *
 * A plugin is compiled only when its sources, the kit's, or the compiler and how it is called, differ from those that made what is
 * there (`.digest` beside it says which). Several builds at a time do no harm: files are renamed into place.
 */
import asc from "assemblyscript/asc";
import { walkFiles } from "./walk.ts";

const root = new URL("..", import.meta.url).pathname;
const ownPath = new URL(import.meta.url).pathname;
const kit = "plugin-pdk/assemblyscript";

/** What one build did. */
export interface BuiltPlugin {
  readonly name: string;
  readonly isCompiled: boolean;
  readonly wasmBytes: number;
}

/** Builds every plugin of `plugins-wasm/`; throws with the compiler's own messages where one does not compile. */
export async function buildPlugins(target = `${root}build/plugins`): Promise<BuiltPlugin[]> {
  const names = [...Deno.readDirSync(`${root}plugins-wasm`)].filter((each) => each.isDirectory)
    .map((each) => each.name).sort();
  const built: BuiltPlugin[] = [];
  for (const name of names) built.push(await buildPlugin(name, target));
  return built;
}

async function buildPlugin(name: string, target: string): Promise<BuiltPlugin> {
  const folder = `${target}/${name}`;
  const digest = await digestOf(readSources([kit, `plugins-wasm/${name}`]));
  const known = await Deno.readTextFile(`${folder}/.digest`).catch(() => undefined);
  if (known === digest) {
    return { name, isCompiled: false, wasmBytes: Deno.statSync(`${folder}/plugin.wasm`).size };
  }
  const entry = `plugins-wasm/${name}/plugin.ts`;
  const wasm = await compilePlugin(entry, readSources([kit, `plugins-wasm/${name}`]));
  await Deno.mkdir(folder, { recursive: true });
  const manifest = await Deno.readFile(`${root}plugins-wasm/${name}/plugin.yaml`);
  await replace(`${folder}/plugin.wasm`, wasm);
  await replace(`${folder}/plugin.yaml`, manifest);
  await replace(`${folder}/.digest`, new TextEncoder().encode(digest));
  return { name, isCompiled: true, wasmBytes: wasm.length };
}

/**
 * Returns the WebAssembly of an AssemblyScript program whose `abort` is the kit's `panic`.
 *
 * `sources` are all its files by path relative to the project. Nothing is ever freed (`stub`): each call gets a fresh
 * instance, and the host caps its memory.
 */
export async function compilePlugin(
  entry: string,
  sources: ReadonlyMap<string, string>,
): Promise<Uint8Array> {
  let wasm: Uint8Array | undefined;
  const { error, stderr } = await asc.main([
    entry,
    ...["--outFile", "plugin.wasm", "--runtime", "stub", "-O3", "--converge"],
    ...["--use", `abort=${kit}/panic/abort`, "--disable", "bulk-memory"],
  ], {
    readFile: (path: string) => sources.get(path) ?? null,
    writeFile: (_path: string, contents: string | Uint8Array) => {
      if (typeof contents !== "string") wasm = contents;
    },
    listFiles: () => [],
  });
  if (error || !wasm) throw new Error(`Cannot compile "${entry}"\n${stderr.toString()}`);
  return wasm;
}

/** Returns the kit's sources, for programs that are compiled with it. */
export function kitSources(): Map<string, string> {
  return readSources([kit]);
}

function readSources(folders: readonly string[]): Map<string, string> {
  const paths = [
    ...walkFiles(root, folders, ".ts"),
    ...walkFiles(root, folders.filter((each) => each !== kit), ".yaml"),
  ];
  return new Map(paths.map((path) => [path, Deno.readTextFileSync(`${root}${path}`)]));
}

async function digestOf(sources: ReadonlyMap<string, string>): Promise<string> {
  const compiler = [import.meta.resolve("assemblyscript"), Deno.readTextFileSync(ownPath)];
  const text = JSON.stringify([...compiler, ...sources]);
  const hash = await crypto.subtle.digest("SHA-256", new TextEncoder().encode(text));
  return new Uint8Array(hash).toHex();
}

async function replace(path: string, bytes: Uint8Array): Promise<void> {
  const temporary = `${path}.${crypto.randomUUID()}`;
  await Deno.writeFile(temporary, bytes);
  await Deno.rename(temporary, path);
}

if (import.meta.main) {
  for (const { name, isCompiled, wasmBytes } of await buildPlugins()) {
    console.log(`plugin ${name}: ${wasmBytes} bytes${isCompiled ? "" : " (unchanged)"}`);
  }
}
