import { commonNamespace } from "../../base/mod.ts";
import type { PackageRef, Store } from "../../store/mod.ts";
import type { ProfileFiles } from "./language.ts";
import type { PackageFiles } from "./upload.ts";

/** The profiles that templates of a namespace may import: its own, then those of `common`. */
export class ProfileCatalog {
  readonly #store: Store;
  readonly #byDigest = new Map<string, PackageFiles>();

  constructor(store: Store) {
    this.#store = store;
  }

  async of(namespace: string): Promise<ProfileFiles[]> {
    const found = new Map<string, ProfileFiles>();
    for (const each of new Set([commonNamespace, namespace])) {
      for (const ref of await this.#store.packages.list(each, "profile")) {
        found.set(ref.name, { package: ref.name, files: await this.#read(ref) });
      }
    }
    return [...found.values()];
  }

  async #read({ namespace, kind, name, digest }: PackageRef): Promise<PackageFiles> {
    const known = this.#byDigest.get(digest);
    if (known) return known;
    const files = await this.#store.packages.files({ namespace, kind, name, digest });
    this.#byDigest.set(digest, files);
    return files;
  }
}
