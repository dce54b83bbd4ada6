import { RecentlyUsed } from "../../base/mod.ts";
import type { PackageRef, Store } from "../../store/mod.ts";
import type { PackageFiles } from "./upload.ts";

/** How much of packages is kept: profiles and templates are small, what goes along with a template may be anything. */
const bounds = { entriesMax: 256, weightMax: 32 * 1024 * 1024 };

/** The files of packages that were read lately. A digest means the same for ever, so that they never grow old. */
export class PackageCache {
  readonly #store: Store;
  readonly #byDigest = new RecentlyUsed<PackageFiles>(bounds);

  constructor(store: Store) {
    this.#store = store;
  }

  /** Returns the files of a package that `isUseful`; none of another, of which that alone is kept. */
  async read(
    { namespace, kind, name, digest }: PackageRef,
    isUseful: (files: PackageFiles) => boolean = () => true,
  ): Promise<PackageFiles> {
    const known = this.#byDigest.get(digest);
    if (known) return known;
    const all = await this.#store.packages.files({ namespace, kind, name, digest });
    const files: PackageFiles = isUseful(all) ? all : new Map();
    const bytes = [...files.values()].reduce((sum, each) => sum + each.bytes.length, 0);
    this.#byDigest.set(digest, files, bytes);
    return files;
  }
}
