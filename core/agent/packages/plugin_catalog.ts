import { commonNamespace, fail, ProblemError, RecentlyUsed } from "../../base/mod.ts";
import { type Manifest, readManifest } from "../../plugin/mod.ts";
import type { LoadedPlugin, PluginSource } from "../plugins/mod.ts";
import type { PackageRef, Store } from "../../store/mod.ts";
import { parseData } from "../../yaml/mod.ts";
import { sha256 } from "./digest.ts";
import { type PinnedPlugin, Realisers } from "../items/realisers.ts";
import type { PackageFiles } from "./upload.ts";

/** The file names of a plugin's package. */
export const manifestFile = "plugin.yaml";
export const moduleFile = "plugin.wasm";

/** How many plugins are known at the same time: their manifests, not their code. */
const pluginsMax = 1_000;

interface CataloguedPlugin extends PinnedPlugin {
  readonly ref: PackageRef;
  /** Of the code alone, as the runtime checks it. */
  readonly moduleDigest: string;
}

/**
 * The plugins that services may use: those of their own namespace, then those of `common`.
 *
 * A digest means the same for ever, so that what was read of one is kept.
 */
export class PluginCatalog implements PluginSource {
  readonly #store: Store;
  readonly #byDigest = new RecentlyUsed<CataloguedPlugin>({ entriesMax: pluginsMax });

  constructor(store: Store) {
    this.#store = store;
  }

  /** Returns the newest plugins that a namespace sees. */
  async current(namespace: string): Promise<Realisers> {
    const found = new Map<string, PinnedPlugin>();
    for (const each of [commonNamespace, namespace]) {
      for (const ref of await this.#store.packages.list(each, "plugin")) {
        found.set(ref.name, await this.read(ref));
      }
    }
    return new Realisers(found.values());
  }

  /** Returns the plugins that a service is pinned to, whatever was registered since. */
  async pinned(namespace: string, pins: Readonly<Record<string, string>>): Promise<Realisers> {
    const plugins = Object.entries(pins).map(([name, digest]) =>
      this.find(namespace, name, digest)
    );
    return new Realisers(await Promise.all(plugins));
  }

  /** Returns one plugin by name and digest. */
  async find(namespace: string, name: string, digest: string): Promise<PinnedPlugin> {
    const known = this.#byDigest.get(digest);
    if (known) return known;
    for (const each of new Set([namespace, commonNamespace])) {
      try {
        return await this.read({ namespace: each, kind: "plugin", name, digest });
      } catch (error) {
        const isMissing = error instanceof ProblemError &&
          error.problem.code === "STATE_PACKAGE_MISSING";
        if (!isMissing) throw error;
      }
    }
    fail("AGENT_PACKAGE_UNKNOWN", {
      what: `Cannot use plugin "${name}" with digest "${digest}"`,
      why: "The service is pinned to it, and it is no longer in the state",
      fix: "Register it again, or deploy the service again to pin what is registered now",
    });
  }

  /**
   * Returns a plugin that can be called. Plugins of a namespace are known by their digests, which every caller gives;
   * without one it is the newest of `common`.
   */
  async resolve(name: string, digest?: string): Promise<LoadedPlugin> {
    const common = { namespace: commonNamespace, kind: "plugin", name } as const;
    const wanted = digest ?? (await this.#store.packages.current(common))?.digest;
    if (wanted === undefined) {
      fail("PLUGIN_UNKNOWN", {
        what: `There is no plugin "${name}"`,
        fix: `Register it: khutulun plugin register`,
      });
    }
    const { manifest } = await this.find(commonNamespace, name, wanted);
    const { ref, moduleDigest } = this.#byDigest.get(wanted)!;
    const load = async () => (await this.#store.packages.files(ref)).get(moduleFile)!.bytes;
    return { manifest, digest: wanted, module: { name, digest: moduleDigest, load } };
  }

  /** Reads and checks a plugin's package. */
  async read({ namespace, kind, name, digest }: PackageRef): Promise<PinnedPlugin> {
    const known = this.#byDigest.get(digest);
    if (known) return known;
    const ref: PackageRef = { namespace, kind, name, digest };
    const files = await this.#store.packages.files(ref);
    const manifest = manifestOf(files, name);
    const plugin = { manifest, digest, ref, moduleDigest: sha256(files.get(moduleFile)!.bytes) };
    this.#byDigest.set(digest, plugin);
    return plugin;
  }
}

/** Returns the manifest in a plugin's files, or fails with its first problem. */
export function manifestOf(files: PackageFiles, name: string): Manifest {
  const file = files.get(manifestFile);
  if (file === undefined) {
    fail("AGENT_UPLOAD_INVALID", {
      what: `Cannot take ${name === "" ? "the plugin" : `plugin "${name}"`}`,
      why: `It has no file "${manifestFile}"`,
      fix: `Add "${manifestFile}" beside "${moduleFile}"`,
    });
  }
  const parsed = parseData(new TextDecoder().decode(file.bytes), manifestFile);
  const { value, problems } = readManifest(parsed, manifestFile);
  if (value === undefined) throw new ProblemError(problems[0]);
  if (!files.has(moduleFile)) {
    fail("AGENT_UPLOAD_INVALID", {
      what: `Cannot take ${name === "" ? "the plugin" : `plugin "${name}"`}`,
      why: `It has no file "${moduleFile}"`,
      fix: "Build the plugin, then register the folder with both files",
    });
  }
  return value;
}
