/**
 * Plugins for tests: the built ones, and guests that a test writes itself.
 */
import { parse } from "yaml";
import type { LoadedPlugin, PluginSource } from "../../core/agent/plugins/mod.ts";
import { problem, ProblemError } from "../../core/base/mod.ts";
import { type Manifest, readManifest } from "../../core/plugin/mod.ts";
import { buildPlugins, compilePlugin, kitSources } from "../../scripts/build_plugins.ts";

const root = new URL("../..", import.meta.url).pathname;

/** Plugins in memory, by name. */
export class MemoryPlugins implements PluginSource {
  readonly #plugins = new Map<string, LoadedPlugin>();

  constructor(plugins: Iterable<LoadedPlugin> = []) {
    for (const each of plugins) this.#plugins.set(each.manifest.name, each);
  }

  resolve(name: string): Promise<LoadedPlugin> {
    const plugin = this.#plugins.get(name);
    if (plugin) return Promise.resolve(plugin);
    return Promise.reject(
      new ProblemError(problem("PLUGIN_UNKNOWN", { what: `There is no plugin "${name}"` })),
    );
  }
}

/** Builds the plugins of `plugins-wasm/` where they are not, and returns them. */
export async function builtPlugins(): Promise<MemoryPlugins> {
  const names = (await buildPlugins()).map((each) => each.name);
  return new MemoryPlugins(
    await Promise.all(names.map(async (name) => {
      const folder = `${root}build/plugins/${name}`;
      const manifest = parse(await Deno.readTextFile(`${folder}/plugin.yaml`));
      return await loadedPlugin(manifest, await Deno.readFile(`${folder}/plugin.wasm`));
    })),
  );
}

/** Returns a plugin whose manifest is `name`, version and contract with these parts over it. */
export function loadedPlugin(
  manifest: { readonly name: string; readonly [key: string]: unknown },
  wasm: Uint8Array,
): Promise<LoadedPlugin> {
  const { value, problems } = readManifest(
    { version: "1", contract: 1, ...manifest },
    "plugin.yaml",
  );
  if (!value) return Promise.reject(new ProblemError(problems[0]));
  return withModule(value, wasm);
}

/** Returns a plugin of this code, whatever the manifest says. */
export async function withModule(manifest: Manifest, wasm: Uint8Array): Promise<LoadedPlugin> {
  const hash = await crypto.subtle.digest("SHA-256", wasm as Uint8Array<ArrayBuffer>);
  const digest = `sha256:${new Uint8Array(hash).toHex()}`;
  const load = () => Promise.resolve(wasm);
  return { manifest, digest, module: { name: manifest.name, digest, load } };
}

/** Compiles AssemblyScript that imports the kit from `"../kit/mod"`. */
export function compileGuest(source: string): Promise<Uint8Array> {
  const text = source.replaceAll("../kit/", "../../plugin-pdk/assemblyscript/");
  const entry = "plugins-wasm/guest/plugin.ts";
  return compilePlugin(entry, new Map([...kitSources(), [entry, text]]));
}
