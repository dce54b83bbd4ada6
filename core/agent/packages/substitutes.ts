import { commonNamespace } from "../../base/mod.ts";
import type { Clout } from "../../clout/mod.ts";
import type { PackageRef, Store } from "../../store/mod.ts";
import { PackageCache } from "./package_cache.ts";
import type { PackageFiles } from "./upload.ts";

/** A registered template that may stand in for nodes of others. */
export interface SubstituteFiles {
  /** In front of its files' names: `default/machine@sha256:…/`, which says where its artifacts are. */
  readonly prefix: string;
  readonly files: PackageFiles;
  readonly entry: string;
}

/** The registered templates that may stand in for nodes: those of the namespace, then those of `common`. */
export class SubstituteCatalog {
  readonly #store: Store;
  readonly #cache: PackageCache;

  constructor(store: Store) {
    this.#store = store;
    this.#cache = new PackageCache(store);
  }

  /** Returns the templates that a template may need: none are read where it substitutes nothing. */
  async of(namespace: string, template: PackageFiles): Promise<SubstituteFiles[]> {
    if (!mentions(template, "substitute")) return [];
    const found = new Map<string, SubstituteFiles>();
    for (const each of new Set([namespace, commonNamespace])) {
      for (const listed of await this.#store.packages.list(each, "template")) {
        const { name, digest, facts } = listed;
        const where = { namespace: each, kind: "template", name } as const;
        if (found.has(name) || (await this.#store.packages.current(where))?.digest !== digest) {
          continue;
        }
        const ref = { ...where, digest };
        const files = await this.#cache.read(ref, standsIn);
        const { entry } = facts;
        if (typeof entry !== "string" || files.size === 0) continue;
        found.set(name, { prefix: prefixOf(ref), files, entry });
      }
    }
    return [...found.values()];
  }
}

/** Returns the packages whose templates stand in for nodes of a graph, each with the prefix of its files. */
export function substitutesIn(clout: Clout): { prefix: string; ref: PackageRef }[] {
  const found = new Map<string, PackageRef>();
  for (const { substitution } of clout.vertexes.values()) {
    const ref = substitution && substituteFile(substitution.template)?.ref;
    if (ref) found.set(prefixOf(ref), ref);
  }
  return [...found].map(([prefix, ref]) => ({ prefix, ref }));
}

function prefixOf({ namespace, name, digest }: PackageRef): string {
  return `${namespace}/${name}@${digest}/`;
}

/** Returns the package and the path in it that a file's name with such a prefix means; nothing for other files. */
export function substituteFile(
  file: string,
): { readonly ref: PackageRef; readonly path: string } | undefined {
  const parts = /^([^/]+)\/([^/]+)@(sha256:[0-9a-f]{64})\/(.+)$/.exec(file);
  if (!parts) return undefined;
  const [, namespace, name, digest, path] = parts;
  return { ref: { namespace, kind: "template", name, digest }, path };
}

function standsIn(files: PackageFiles): boolean {
  return mentions(files, "substitution_mappings");
}

function mentions(files: PackageFiles, word: string): boolean {
  return [...files].some(([path, { bytes }]) =>
    /\.ya?ml$/.test(path) && new TextDecoder().decode(bytes).includes(word)
  );
}
