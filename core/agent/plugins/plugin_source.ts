import type { PluginModule } from "../../ports/mod.ts";
import type { Manifest } from "../../plugin/mod.ts";

/** A plugin that can be called. */
export interface LoadedPlugin {
  readonly manifest: Manifest;
  /** The package's digest: what services are pinned to. */
  readonly digest: string;
  readonly module: PluginModule;
}

/** Where plugins come from: registered packages in the state, or what is built in. */
export interface PluginSource {
  /**
   * Returns the plugin of that name: the one with that digest, or the newest where none is given. Throws
   * `PLUGIN_UNKNOWN`, `PLUGIN_DIGEST` or `PLUGIN_MANIFEST`.
   */
  resolve(name: string, digest?: string): Promise<LoadedPlugin>;
}
