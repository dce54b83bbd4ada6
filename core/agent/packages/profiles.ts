import { commonNamespace } from "../../base/mod.ts";
import type { Store } from "../../store/mod.ts";
import type { ProfileFiles } from "./language.ts";
import { PackageCache } from "./package_cache.ts";

/** The profiles that templates of a namespace may import: its own, then those of `common`. */
export class ProfileCatalog {
  readonly #store: Store;
  readonly #cache: PackageCache;

  constructor(store: Store) {
    this.#store = store;
    this.#cache = new PackageCache(store);
  }

  async of(namespace: string): Promise<ProfileFiles[]> {
    const found = new Map<string, ProfileFiles>();
    for (const each of new Set([commonNamespace, namespace])) {
      for (const ref of await this.#store.packages.list(each, "profile")) {
        found.set(ref.name, { package: ref.name, files: await this.#cache.read(ref) });
      }
    }
    return [...found.values()];
  }
}
