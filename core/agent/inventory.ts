import { sameJson, type ServiceRef } from "../base/mod.ts";
import { type HeldClaim, type HostInventory, requestsOf, type Resources } from "../plan/mod.ts";
import type { Processes } from "../ports/mod.ts";
import type { HostSpec } from "../store/mod.ts";
import type { AgentContext } from "./agent_context.ts";
import { isRemoved, readServiceState } from "./service_state.ts";

/** A socket that something listens on. */
export interface Listener {
  /** `tcp/9001` */
  readonly key: string;
  /** Who listens, for people: `nginx (pid 812)`. */
  readonly holder: string;
}

export interface InventoryOptions {
  /** Which of these commands this host lacks is told. */
  readonly commands?: readonly string[];
  /** What instances of all services but this one ask for is told. It takes a look at every service. */
  readonly requests?: { readonly except: ServiceRef };
}

/**
 * Returns what is known of every host: its claims, what foreign programs listen on, and which of `commands` it lacks.
 *
 * Only this host can look at itself; others have written what they saw.
 */
export async function takeInventory(
  context: AgentContext,
  { commands = [], requests }: InventoryOptions = {},
): Promise<HostInventory[]> {
  const { store } = context;
  const used = requests ? await requestsOfOthers(context, requests) : new Map();
  const hosts: HostInventory[] = [];
  for (const id of await store.hosts()) {
    const [spec, wanted, claims] = await Promise.all([
      store.host(id).read(),
      store.wanted(id).latest(),
      store.claims(id).list(),
    ]);
    if (spec === undefined) continue;
    const isHere = id === context.host;
    const held: HeldClaim[] = claims.map(({ kind, key, holder }) => ({
      kind,
      key,
      namespace: holder.namespace,
      service: holder.service,
      instance: holder.instance,
    }));
    const listeners = isHere
      ? await findListeners(context.processes)
      : (await store.listeners(id).read())?.listeners ?? [];
    hosts.push({
      id,
      cluster: context.cluster.id,
      name: spec.name,
      labels: wanted?.spec.labels ?? {},
      isCordoned: wanted?.spec.cordoned ?? false,
      isDraining: wanted?.spec.drained ?? false,
      liveness: wanted?.spec.lost && !isHere ? "dead" : context.membership.liveness(id),
      capacity: capacityOf(spec),
      ...(used.has(id) && { used: used.get(id) }),
      claims: held,
      listeners: foreignListeners(listeners, held),
      ...(isHere && { missingCommands: await missingCommands(context.processes, commands) }),
    });
  }
  return hosts;
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
  for (const ref of await store.services()) {
    if (sameJson(ref, except)) continue;
    const state = await readServiceState(store, ref, membership);
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

/** What listens on a claimed port is taken for the claim's holder: its plugin tells who it really is. */
function foreignListeners(
  listeners: readonly Listener[],
  claims: readonly HeldClaim[],
): readonly Listener[] {
  const claimed = new Set(claims.map(({ kind, key }) => `${kind}/${key}`));
  return listeners.filter(({ key }) => !claimed.has(key));
}

async function missingCommands(
  processes: Processes,
  commands: readonly string[],
): Promise<string[]> {
  const missing: string[] = [];
  for (const command of new Set(commands)) {
    if (await processes.which(command) === undefined) missing.push(command);
  }
  return missing;
}

/** Returns the sockets that this host listens on; none where it has no `ss`, and then a plugin finds out at the start. */
export async function findListeners(processes: Processes): Promise<Listener[]> {
  const command = { argv: ["ss", "-Hlntup"], timeoutMs: 5_000 };
  const { exit, stdout } = await processes.run(command).catch(() => ({ exit: 1, stdout: "" }));
  return exit === 0 ? parseListeners(stdout) : [];
}

/**
 * Reads the lines of `ss -Hlntup`, with and without the column of the protocol:
 *
 *     tcp LISTEN 0 128 0.0.0.0:8080 0.0.0.0:* users:(("nginx",pid=812,fd=6))
 */
export function parseListeners(text: string): Listener[] {
  const found = new Map<string, Listener>();
  for (const line of text.split("\n")) {
    const words = line.trim().split(/\s+/);
    const protocol = words[0] === "udp" ? "udp" : "tcp";
    const local = words.find((word) => /:\d+$/.test(word));
    if (local === undefined) continue;
    const key = `${protocol}/${local.slice(local.lastIndexOf(":") + 1)}`;
    const user = line.match(/users:\(\("([^"]*)",pid=(\d+)/);
    const holder = user ? `${user[1]} (pid ${user[2]})` : "a process of another user";
    if (!found.has(key)) found.set(key, { key, holder });
  }
  return [...found.values()];
}
