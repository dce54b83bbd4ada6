import { mapAtOnce, sameJson, type ServiceRef } from "../../base/mod.ts";
import { type HeldClaim, type HostInventory, requestsOf, type Resources } from "../../plan/mod.ts";
import type { Processes } from "../../ports/mod.ts";
import type { HostSpec } from "../../store/mod.ts";
import type { AgentContext } from "../agent_context.ts";
import { isRemoved, readServiceStates } from "../service_state.ts";

export interface InventoryOptions {
  /** Which of these commands this host lacks is told. */
  readonly commands?: readonly string[];
  /** What instances of all services but this one ask for is told. It takes a look at every service. */
  readonly requests?: { readonly except: ServiceRef };
}

/** How many hosts are read at the same time. */
const hostsAtOnceMax = 16;

/**
 * Returns what is known of every host: its claims, what foreign programs listen on, and which of `commands` it lacks.
 *
 * Only this host can look at itself; others have written what they saw.
 */
export async function takeInventory(
  context: AgentContext,
  { commands = [], requests }: InventoryOptions = {},
): Promise<HostInventory[]> {
  const [ids, used, missing] = await Promise.all([
    context.store.hosts(),
    requests ? requestsOfOthers(context, requests) : new Map<string, Resources>(),
    missingCommands(context.processes, commands),
  ]);
  const hosts = await mapAtOnce(ids, hostsAtOnceMax, async (id) => {
    const known = await readHost(context, id);
    if (known === undefined) return [];
    return [{
      ...known,
      ...(used.has(id) && { used: used.get(id) }),
      ...(id === context.host && { missingCommands: missing }),
    }];
  });
  return hosts.flat();
}

/** Returns what is known of one host; nothing where its document is gone. */
async function readHost(context: AgentContext, id: string): Promise<HostInventory | undefined> {
  const { cluster, membership, store } = context;
  const isHere = id === context.host;
  const [spec, wanted, claims, written] = await Promise.all([
    store.host(id).read(),
    store.wanted(id).latest(),
    store.claims(id).list(),
    isHere ? undefined : store.listeners(id).read(),
  ]);
  if (spec === undefined) return undefined;
  const held: HeldClaim[] = claims.map(({ kind, key, holder }) => ({
    kind,
    key,
    namespace: holder.namespace,
    service: holder.service,
    instance: holder.instance,
  }));
  // What listens on a claimed port is taken for the claim's holder: its plugin tells who it really is.
  const claimed = new Set(claims.map(({ kind, key }) => `${kind}/${key}`));
  const listeners = isHere
    ? await context.listeners.find(claimed)
    : (written?.listeners ?? []).filter(({ key }) => !claimed.has(key));
  const isLost = wanted?.spec.lost === true && !isHere;
  return {
    id,
    cluster: cluster.id,
    name: spec.name,
    labels: wanted?.spec.labels ?? {},
    isCordoned: wanted?.spec.cordoned ?? false,
    isDraining: wanted?.spec.drained ?? false,
    liveness: isLost ? "dead" : membership.liveness(id),
    // One that was given up and is back removes what it has like any other.
    ...(isLost && membership.liveness(id) !== "alive" && { isLost }),
    capacity: capacityOf(spec),
    claims: held,
    listeners,
  };
}

function capacityOf({ facts }: Pick<HostSpec, "facts">): Resources {
  const { cpus, memoryBytes } = facts;
  return {
    ...(typeof cpus === "number" && { cpus }),
    ...(typeof memoryBytes === "number" && { memoryBytes }),
  };
}

/** Adds up, by host, what the instances of other services ask for: those that are to go too, while they are there. */
async function requestsOfOthers(
  { membership, store }: AgentContext,
  { except }: { readonly except: ServiceRef },
): Promise<Map<string, Resources>> {
  const all = new Map<string, Required<Resources>>();
  const others = (await store.services()).filter((ref) => !sameJson(ref, except));
  for (const state of await readServiceStates(store, others, membership)) {
    for (const each of state.instances) {
      const vertex = state.graph?.spec.clout.vertexes.get(each.vertex);
      if (vertex === undefined || isRemoved(state, each)) continue;
      const { cpus, memoryBytes } = requestsOf(vertex);
      const sum = all.get(each.host) ?? { cpus: 0, memoryBytes: 0 };
      all.set(each.host, { cpus: sum.cpus + cpus, memoryBytes: sum.memoryBytes + memoryBytes });
    }
  }
  return all;
}

async function missingCommands(
  processes: Processes,
  commands: readonly string[],
): Promise<string[]> {
  const wanted = [...new Set(commands)];
  const found = await Promise.all(wanted.map((command) => processes.which(command)));
  return wanted.filter((_, index) => found[index] === undefined);
}
