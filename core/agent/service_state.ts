import { fail, formatServiceRef, mapAtOnce, type ServiceRef } from "../base/mod.ts";
import type { Instance } from "../plan/mod.ts";
import type { Membership } from "./members/membership.ts";
import type {
  GraphSpec,
  ObservedItem,
  ObservedSpec,
  ServiceSpec,
  StateDocument,
  Store,
} from "../store/mod.ts";

/** One service as the state has it. */
export interface ServiceState {
  readonly ref: ServiceRef;
  readonly asked?: StateDocument<ServiceSpec>;
  readonly graph?: StateDocument<GraphSpec>;
  /** What the graph's instances are, tombstones included. */
  readonly instances: readonly Instance[];
  /** By host. */
  readonly observed: ReadonlyMap<string, ObservedSpec>;
  /** Hosts of its instances that are dead or have left: what they wrote last is no longer so. */
  readonly away: ReadonlySet<string>;
}

/** Who is there, as far as reading a service has to know. */
export type Presence = Pick<Membership, "liveness">;

/** For who reads what was written, wherever its hosts are. */
const everybody: Presence = { liveness: () => "alive" };

/** How documents are read: `newest` for who decides on them, and may not be wrong by a stale listing. */
export type Reading = "latest" | "newest";

/** Reads a service; both documents are missing where there is no such service. */
export async function readServiceState(
  store: Store,
  ref: ServiceRef,
  presence: Presence = everybody,
  reading: Reading = "latest",
): Promise<ServiceState> {
  const [latest, graph, observers] = await Promise.all([
    store.asked(ref)[reading](),
    store.graph(ref)[reading](),
    store.observers(ref),
  ]);
  // A graph is of a wish that was written before it: one that is older is what a stale listing shows.
  const isStale = graph !== undefined && (latest?.generation ?? 0) < graph.spec.serviceGeneration;
  const asked = isStale ? await store.asked(ref).newest() : latest;
  const specs = await Promise.all(observers.map((host) => store.observed(ref, host).read()));
  const observed = new Map<string, ObservedSpec>();
  observers.forEach((host, index) => {
    const spec = specs[index];
    if (spec) observed.set(host, spec);
  });
  const instances = instancesOf(graph);
  const away = awayAmong([...new Set(instances.map((each) => each.host))], presence);
  return { ref, asked, graph, instances, observed, away: new Set(away) };
}

/** Returns those of some hosts that are dead or have left. */
export function awayAmong(hosts: readonly string[], presence: Presence): string[] {
  return hosts.filter((host) => {
    const liveness = presence.liveness(host);
    return liveness === "dead" || liveness === "left";
  });
}

/** How many services are read at the same time: enough to keep the state busy, few enough to leave others their turn. */
const readsMax = 16;

/** Reads services, in the order given; those that are gone by then are left out. */
export async function readServiceStates(
  store: Store,
  refs: readonly ServiceRef[],
  presence: Presence = everybody,
): Promise<ServiceState[]> {
  const states = await mapAtOnce(refs, readsMax, (ref) => readServiceState(store, ref, presence));
  return states
    .filter(({ asked, graph }) => asked !== undefined || graph !== undefined);
}

/** Reads a service that has to be there. */
export async function requireService(
  store: Store,
  ref: ServiceRef,
  presence: Presence = everybody,
  reading: Reading = "latest",
): Promise<ServiceState> {
  const state = await readServiceState(store, ref, presence, reading);
  if (state.asked === undefined && state.graph === undefined) {
    fail("AGENT_SERVICE_UNKNOWN", {
      what: `There is no service "${formatServiceRef(ref)}"`,
      fix: `See "khutulun service list"`,
    });
  }
  return state;
}

/** Returns the instances of a graph; the store keeps them opaque. */
export function instancesOf(graph: StateDocument<GraphSpec> | undefined): readonly Instance[] {
  return (graph?.spec.instances ?? []) as unknown as readonly Instance[];
}

/** Returns what is observed of an item, by whichever host has seen it in the item's newest epoch. */
export function observedItem(state: ServiceState, id: string): ObservedItem | undefined {
  let newest: ObservedItem | undefined;
  for (const spec of state.observed.values()) {
    const found = spec.items.find((each) => each.id === id);
    if (found && (newest === undefined || found.epoch > newest.epoch)) newest = found;
  }
  return newest;
}

/** Whether the instance's host has completed its removal. */
export function isRemoved(state: ServiceState, instance: Instance): boolean {
  const removed = state.observed.get(instance.host)?.removed ?? [];
  return removed.some(({ id, epoch }) => id === instance.id && epoch >= instance.epoch);
}

/** How far a service is. */
export interface Settlement {
  /** `ready`, `working`, `degraded`, `failed`, `deleting`. */
  readonly phase: string;
  readonly done: number;
  readonly total: number;
}

/** Returns how far a service is, by what its hosts have written. What is still to go from a host that is away keeps it from nothing. */
export function settlementOf(state: ServiceState): Settlement {
  const generation = state.graph?.generation ?? 0;
  const wanted = state.instances.filter((each) => each.want !== "absent");
  const isDeleting = state.asked?.spec.deleting ?? false;
  const going = state.instances.filter((each) =>
    each.want === "absent" && !isRemoved(state, each) && (isDeleting || !state.away.has(each.host))
  );
  const phases = wanted.map((each) => phaseOf(state, each));
  const done = wanted.filter((each, at) => {
    return (phases[at] === "ready" || phases[at] === "stopped") && !whyOutdated(state, each);
  }).length;
  const acted = haveActed(state, generation);
  const total = wanted.length;
  if (isDeleting) {
    return { phase: "deleting", done: state.instances.length - going.length, total: going.length };
  }
  if (phases.includes("failed")) return { phase: "failed", done, total };
  if (done === total && acted && going.length === 0) return { phase: "ready", done, total };
  const isDegraded = phases.includes("degraded") || phases.includes("lost");
  return { phase: isDegraded ? "degraded" : "working", done, total };
}

/** Whether every host that lives has acted on a generation of the graph, or on a newer one. */
export function haveActed(
  { instances, away, observed }: ServiceState,
  generation: number,
): boolean {
  const hosts = new Set(instances.map((each) => each.host));
  return [...hosts].every((host) =>
    away.has(host) || (observed.get(host)?.acted ?? 0) >= generation
  );
}

/** Whether an instance is as the newest generation wants it. */
export function isAsWanted(state: ServiceState, instance: Instance): boolean {
  if (whyOutdated(state, instance) !== undefined) return false;
  const phase = phaseOf(state, instance);
  if (instance.want === "absent") return phase === "absent";
  return phase === (instance.want === "stopped" ? "stopped" : "ready");
}

/** Whether nothing comes of an instance as things are: its host does not live, and no other took it. */
export function isStranded({ away }: ServiceState, { host, stranded }: Instance): boolean {
  return stranded === true && away.has(host);
}

/** Returns why an instance still is as an older generation wanted it; nothing where it is not. */
export function whyOutdated(state: ServiceState, { id, host }: Instance): string | undefined {
  return state.observed.get(host)?.items.find((each) => each.id === id)?.outdated;
}

/** Returns the phase of an instance, `pending` until its host has acted on its newest epoch, and `lost` while its host is away. */
export function phaseOf(state: ServiceState, instance: Instance): string {
  if (instance.want === "absent" && isRemoved(state, instance)) return "absent";
  if (state.away.has(instance.host)) return "lost";
  const seen = state.observed.get(instance.host)?.items.find((each) => each.id === instance.id);
  return seen !== undefined && seen.epoch >= instance.epoch ? seen.phase : "pending";
}
