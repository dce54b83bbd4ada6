import type { ServiceRef } from "../base/mod.ts";
import { jsonToClout } from "../clout/mod.ts";
import { type StoreContext, uniqueName } from "./_context.ts";
import { removeTree } from "./_directories.ts";
import { guarded, isFileError } from "./_file_problems.ts";
import type { GraphSpec, StateDocument } from "./documents.ts";
import type { SeenGenerations } from "./generations.ts";
import type { Layout } from "./layout.ts";
import type { Generations } from "./store.ts";

/** A service's directory on its way out: it is looked at once more … */
const asidePrefix = ".removed-";
/** … and may then be deleted by anybody. */
const gonePrefix = ".gone-";

/**
 * Removes services. That a service is gone is a generation of its graph like any other, so that of a removal and a change at the
 * same moment one wins; its directory goes after that, and whoever sees it completes what was cut short.
 */
export class ServiceRemoval {
  readonly #context: StoreContext;
  readonly #layout: Layout;
  readonly #seen: SeenGenerations;
  readonly #graphs: (ref: ServiceRef) => Generations<GraphSpec>;

  /** `graphs` are the documents as they are, with their last generations. */
  constructor(
    context: StoreContext,
    layout: Layout,
    seen: SeenGenerations,
    graphs: (ref: ServiceRef) => Generations<GraphSpec>,
  ) {
    this.#context = context;
    this.#layout = layout;
    this.#seen = seen;
    this.#graphs = graphs;
  }

  async remove(ref: ServiceRef, decidedOn: StateDocument<GraphSpec> | undefined): Promise<void> {
    const graphs = this.#graphs(ref);
    const isThere = await this.#context.files.stat(this.#layout.service(ref)).catch(() => true);
    const last = await graphs.latest();
    let removal = last?.generation;
    if (isThere && !last?.spec.isRemoved) {
      const spec = last?.spec ?? { serviceGeneration: 0, clout: nothing() };
      const gone: GraphSpec = { ...spec, instances: [], isRemoved: true };
      const written = await graphs.write(gone, decidedOn?.generation ?? 0, { read: decidedOn });
      removal = written.generation;
    }
    await this.#complete(ref, removal);
  }

  /** Returns the graphs of a service as everybody but a removal knows them: one that is gone has none. */
  graphs(ref: ServiceRef): Generations<GraphSpec> {
    const graphs = this.#graphs(ref);
    const visible = async (found: StateDocument<GraphSpec> | undefined) => {
      if (!found?.spec.isRemoved) return found;
      await this.#complete(ref, found.generation);
      return undefined;
    };
    return {
      latest: async () => await visible(await graphs.latest()),
      newest: async () => await visible(await graphs.newest()),
      at: (generation) => graphs.at(generation),
      history: () => graphs.history(),
      write: (spec, base, options) => graphs.write(spec, base, options),
    };
  }

  isRemains(name: string): boolean {
    return name.startsWith(asidePrefix) || name.startsWith(gonePrefix);
  }

  /** Completes every removal among the services of a namespace. */
  async sweepAll(above: string): Promise<void> {
    for (const name of await this.#context.files.list(above).catch(() => [])) {
      if (this.isRemains(name)) await this.sweep(above, name);
    }
  }

  /** Completes the removal of a directory that was moved aside. */
  async sweep(above: string, name: string): Promise<void> {
    const path = `${above}/${name}`;
    if (name.startsWith(gonePrefix)) return await removeTree(this.#context, path);
    const service = name.slice(asidePrefix.length, name.lastIndexOf("~"));
    await this.#finish(above, service, path);
  }

  /** Moves the directory aside whose graph ends with the generation `removal`, and deletes what was moved so. */
  #complete(ref: ServiceRef, removal?: number): Promise<void> {
    return guarded(this.#context, `remove service "${ref.service}"`, async () => {
      const path = this.#layout.service(ref);
      const above = this.#layout.services(ref.namespace);
      const service = path.slice(above.length + 1);
      for (const name of ["service", "clout"]) this.#seen.delete(`${path}/${name}`);
      const aside = `${above}/${asidePrefix}${service}~${uniqueName(this.#context)}`;
      try {
        // Another may have done it meanwhile, and a third begun the service anew: that one stays where it is.
        if (removal !== undefined && !await this.#isRemoval(`${path}/clout.${removal}`)) {
          return await this.sweepAll(above);
        }
        // Moved first: a service that is listed is whole.
        await this.#context.files.rename(path, aside);
        await this.#context.files.syncDirectory(above);
      } catch (error) {
        if (!isFileError(error, "ENOENT")) throw error;
      }
      await this.sweepAll(above);
    });
  }

  /**
   * Deletes what was moved aside, unless that is not what was meant: another removed the service first, and this is one that was
   * begun anew since. It goes back then.
   */
  async #finish(above: string, service: string, aside: string): Promise<void> {
    const { files } = this.#context;
    try {
      if (await this.#isGone(aside)) {
        const gone = `${above}/${gonePrefix}${uniqueName(this.#context)}`;
        await files.rename(aside, gone);
        await removeTree(this.#context, gone);
      } else await files.rename(aside, `${above}/${service}`);
    } catch (error) {
      if (!isFileError(error, "ENOENT")) throw error; // another did it
    }
  }

  /** Whether the last generation of the graph in a directory says that the service is gone. */
  async #isGone(directory: string): Promise<boolean> {
    const { files } = this.#context;
    const generations = (await files.list(directory))
      .map((name) => Number(name.match(/^clout\.(\d+)$/)?.[1] ?? 0));
    const last = Math.max(0, ...generations);
    if (last === 0) {
      return !(await files.list(directory)).some((name) => /^service\.\d+$/.test(name));
    }
    return await this.#isRemoval(`${directory}/clout.${last}`);
  }

  /** Whether a graph's document says that the service is gone; `ENOENT` where it is not there. */
  async #isRemoval(path: string): Promise<boolean> {
    return /^ {2}isRemoved: true$/m.test(await this.#context.files.readText(path));
  }
}

function nothing(): GraphSpec["clout"] {
  return jsonToClout({ format: 1, policies: [], outputs: {}, vertexes: [] });
}
