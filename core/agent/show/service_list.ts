import { formatServiceRef, mapAtOnce, type ServiceRef } from "../../base/mod.ts";
import type { Store } from "../../store/mod.ts";
import {
  awayAmong,
  type Presence,
  readServiceStates,
  type ServiceState,
} from "../service_state.ts";
import type { ServiceView } from "../use_cases.ts";
import { viewService } from "./views.ts";

/** How many services are looked at at the same time: a look is cheap, and what waits goes to the state together. */
const looksAtOnceMax = 64;

interface Known {
  readonly stamp: string;
  /** The hosts of its instances, and those of them that were away. */
  readonly hosts: readonly string[];
  readonly away: string;
  readonly view: ServiceView;
}

/**
 * Services as rows, which are read again only where something was written since: of one that is as it was, two directories
 * are looked at in place of its documents. What is kept is a row for each, not its graph.
 */
export class ServiceList {
  readonly #store: Store;
  readonly #presence: Presence;
  readonly #known = new Map<string, Known>();

  constructor(store: Store, presence: Presence) {
    this.#store = store;
    this.#presence = presence;
  }

  /** Returns the rows of a namespace's services, or of all, by name. */
  async views(namespace?: string): Promise<ServiceView[]> {
    const refs = await this.#store.services(namespace);
    if (namespace === undefined) this.#forgetAllBut(refs);
    // Taken before anything is read: what is written meanwhile makes another stamp.
    const stamps = await mapAtOnce(refs, looksAtOnceMax, (ref) => this.#store.stamp(ref));
    const known = refs.map((ref, index) => this.#find(ref, stamps[index]));
    const changed = refs.filter((_, index) => known[index] === undefined);
    const states = await readServiceStates(this.#store, changed, this.#presence);
    const read = new Map(states.map((state) => [formatServiceRef(state.ref), state]));
    return refs.flatMap((ref, index) => {
      const state = read.get(formatServiceRef(ref));
      return known[index] ?? (state ? this.#keep(state, stamps[index]) : []);
    });
  }

  #find(ref: ServiceRef, stamp: string | undefined): ServiceView | undefined {
    const known = this.#known.get(formatServiceRef(ref));
    const isSame = known !== undefined && known.stamp === stamp &&
      known.away === awayAmong(known.hosts, this.#presence).join();
    return isSame ? known.view : undefined;
  }

  #keep(state: ServiceState, stamp: string | undefined): ServiceView {
    const view = viewService(state);
    const hosts = [...new Set(state.instances.map(({ host }) => host))];
    const away = hosts.filter((host) => state.away.has(host)).join();
    const key = formatServiceRef(state.ref);
    if (stamp === undefined) this.#known.delete(key);
    else this.#known.set(key, { stamp, hosts, away, view });
    return view;
  }

  #forgetAllBut(refs: readonly ServiceRef[]): void {
    const keys = new Set(refs.map(formatServiceRef));
    for (const key of this.#known.keys()) if (!keys.has(key)) this.#known.delete(key);
  }
}
