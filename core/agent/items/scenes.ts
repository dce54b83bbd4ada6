import { formatEndpoint, type JsonObject, RecentlyUsed, type ServiceRef } from "../../base/mod.ts";
import type { Clout } from "../../clout/mod.ts";
import { type Instance, resourceName } from "../../plan/mod.ts";
import type { PackageRef, Store } from "../../store/mod.ts";
import { sha256 } from "../packages/digest.ts";
import type { Scene } from "./items.ts";
import type { Membership } from "../members/membership.ts";
import type { Language } from "../packages/language.ts";
import type { Realisers } from "./realisers.ts";
import type { ServiceState } from "../service_state.ts";
import { substitutesIn } from "../packages/substitutes.ts";
import type { PackageFiles } from "../packages/upload.ts";

/** Files of a package with where they are in the state. */
export type ArtifactIndex = ReadonlyMap<string, { readonly path: string; readonly digest: string }>;

/** What a scene is made of, beside what is in the state. */
export interface SceneParts {
  readonly ref: ServiceRef;
  readonly clout: Clout;
  readonly instances: readonly Instance[];
  readonly attributes: ReadonlyMap<string, JsonObject>;
  readonly owned: ReadonlyMap<string, readonly string[]>;
  readonly realisers: Realisers;
  readonly artifacts: ArtifactIndex;
}

/** How many packages' indexes are kept. */
const indexesMax = 256;

/** Of how many hosts the addresses are kept. */
const addressesMax = 4_096;

/** Makes scenes: a graph with what has to be known to make items of it. */
export class SceneMaker {
  readonly #store: Store;
  readonly #language: Language;
  readonly #indexes = new RecentlyUsed<ArtifactIndex>({ entriesMax: indexesMax });

  readonly #membership: Pick<Membership, "api">;
  readonly #addresses = new RecentlyUsed<{ readonly address: string; readonly said: string }>({
    entriesMax: addressesMax,
  });

  constructor(store: Store, language: Language, membership: Pick<Membership, "api">) {
    this.#store = store;
    this.#language = language;
    this.#membership = membership;
  }

  async make(parts: SceneParts): Promise<Scene> {
    const { artifacts, ...rest } = parts;
    await this.#language.load();
    return {
      ...rest,
      addresses: await this.#addressesOf(parts.instances),
      artifact: (file) => artifacts.get(file),
      evaluate: (value, place) => this.#language.evaluate(value, place),
      nameOf: (item) => resourceName(parts.ref, item),
    };
  }

  /** Returns the files of a registered package by path; each package is read once. */
  async artifactsOf(ref: PackageRef): Promise<ArtifactIndex> {
    const known = this.#indexes.get(ref.digest);
    if (known) return known;
    const index = this.indexOf(ref, await this.#store.packages.files(ref));
    this.#indexes.set(ref.digest, index);
    return index;
  }

  /** Adds the files of the templates that stand in for nodes of a graph. */
  async withSubstitutes(own: ArtifactIndex, clout: Clout): Promise<ArtifactIndex> {
    const others = substitutesIn(clout);
    if (others.length === 0) return own;
    const all = new Map(own);
    for (const { prefix, ref } of others) {
      for (const [path, file] of await this.artifactsOf(ref)) all.set(prefix + path, file);
    }
    return all;
  }

  /** Returns the files of a package as they are, or would be, in the state. */
  indexOf(ref: PackageRef, files: PackageFiles): ArtifactIndex {
    return new Map(
      [...files].map(([path, { bytes }]) => [path, {
        path: this.#store.packages.path(ref, path),
        digest: sha256(bytes),
      }]),
    );
  }

  async #addressesOf(instances: readonly Instance[]): Promise<Map<string, string>> {
    const addresses = new Map<string, string>();
    for (const host of new Set(instances.map((each) => each.host))) {
      const address = await this.#addressOf(host);
      if (address !== undefined) addresses.set(host, address);
    }
    return addresses;
  }

  /** Reads a host's address, once until the host says that it is to be found elsewhere: a network may give it another. */
  async #addressOf(host: string): Promise<string | undefined> {
    const api = this.#membership.api(host);
    const said = api ? formatEndpoint(api) : "";
    const known = this.#addresses.get(host);
    if (known?.said === said) return known.address;
    const spec = await this.#store.host(host).read();
    if (spec) this.#addresses.set(host, { address: spec.address, said });
    return spec?.address ?? known?.address;
  }
}

/**
 * Returns what has been observed of a service's items, on whichever host. Of an instance that moved, only what its new host
 * says counts: what it was elsewhere is no longer so.
 */
export function observedAttributes(state: ServiceState): Map<string, JsonObject> {
  const wanted = new Map(
    state.instances.filter(({ want }) => want !== "absent").map((each) => [each.id, each]),
  );
  const attributes = new Map<string, JsonObject>();
  const epochs = new Map<string, number>();
  for (const [host, spec] of state.observed) {
    for (const item of spec.items) {
      const instance = wanted.get(item.id);
      const isElsewhere = instance && (instance.host !== host || item.epoch < instance.epoch);
      if (isElsewhere || (epochs.get(item.id) ?? -1) >= item.epoch) continue;
      epochs.set(item.id, item.epoch);
      attributes.set(item.id, item.attributes);
    }
  }
  return attributes;
}
