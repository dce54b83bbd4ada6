import { compareStrings } from "../../base/mod.ts";
import type { Manifest } from "../../plugin/mod.ts";

/** A plugin as a service uses it: its manifest and the digest that the service is pinned to. */
export interface PinnedPlugin {
  readonly manifest: Manifest;
  readonly digest: string;
}

/** Tells which plugin realises what. */
export class Realisers {
  readonly #plugins: readonly PinnedPlugin[];

  constructor(plugins: Iterable<PinnedPlugin>) {
    this.#plugins = [...plugins].sort((a, b) => compareStrings(a.manifest.name, b.manifest.name));
  }

  get all(): readonly PinnedPlugin[] {
    return this.#plugins;
  }

  named(name: string): PinnedPlugin | undefined {
    return this.#plugins.find((each) => each.manifest.name === name);
  }

  /** The digests that the service is pinned to, by plugin. */
  get pins(): Readonly<Record<string, string>> {
    return Object.fromEntries(this.#plugins.map(({ manifest, digest }) => [manifest.name, digest]));
  }

  /** Returns the plugin of the nearest of a node's types, or nothing. */
  forNode(types: readonly string[]): PinnedPlugin | undefined {
    for (const type of types) {
      const found = this.#plugins.find(({ manifest }) => manifest.realises.nodes.includes(type));
      if (found) return found;
    }
    return undefined;
  }

  /** Returns the plugin of the nearest of a relationship's types on that side, or nothing: most edges need none. */
  forEdge(types: readonly string[], side: "source" | "target"): PinnedPlugin | undefined {
    for (const type of types) {
      const found = this.#plugins.find(({ manifest }) =>
        manifest.realises.edges.some((edge) => edge.type === type && edge.side === side)
      );
      if (found) return found;
    }
    return undefined;
  }
}
