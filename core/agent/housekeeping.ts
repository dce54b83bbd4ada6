import { formatServiceRef, ProblemError, type ServiceRef } from "../base/mod.ts";
import type { AgentContext } from "./agent_context.ts";
import type { Deployer } from "./deployer.ts";
import type { Isolation } from "./isolation.ts";
import { instancesOf, isRemoved, readServiceState, type ServiceState } from "./service_state.ts";

const beatEveryMs = 2_000;

/** Claims and listeners are looked at every so many beats. */
const beatsPerLook = 30;

/**
 * A claim that no graph has is left alone for so long: its deploy may be under way on another host. Counted from when it was
 * first seen so, for wall clocks jump and differ.
 */
const claimGraceMs = 60_000;

/** Since when (monotonic) each claim has been seen without a graph that has it. */
export type ForgottenClaims = Map<string, number>;

/**
 * Writes the heartbeat, which also tells whether the shared state answers; publishes what listens on the host; and frees
 * claims that were left by a deploy that was cut short.
 */
export async function keepHouse(
  context: AgentContext,
  deployer: Deployer,
  isolation: Isolation,
  signal: AbortSignal,
): Promise<void> {
  const { clock, fence, store, host, logger } = context;
  const forgotten: ForgottenClaims = new Map();
  for (let beat = 1; !signal.aborted; beat++) {
    if (!isolation.problem) {
      try {
        const beganMs = clock.monotonicMs();
        await store.beat(host, beat);
        await fence.acknowledged(beganMs);
        if (beat % beatsPerLook === 1) await publishListeners(context);
        if (beat % beatsPerLook === 0) await freeForgottenClaims(context, deployer, forgotten);
      } catch (error) {
        if (error instanceof ProblemError) isolation.consider(error.problem);
        logger.log("warning", "The heartbeat could not be written", { error: String(error) });
      }
    }
    await clock.sleep(beatEveryMs, signal).catch(() => {});
  }
}

async function publishListeners({ store, host, listeners: sockets }: AgentContext): Promise<void> {
  const claimed = new Set(
    (await store.claims(host).list()).map(({ kind, key }) => `${kind}/${key}`),
  );
  const listeners = await sockets.find(claimed);
  const before = (await store.listeners(host).read())?.listeners ?? [];
  const keys = (all: readonly { readonly key: string }[]) => all.map(({ key }) => key).join();
  if (keys(before) !== keys(listeners)) await store.listeners(host).write({ listeners });
}

/** Frees this host's claims that their holders' graphs have not had for a while; `forgotten` is kept between calls. */
export async function freeForgottenClaims(
  context: AgentContext,
  deployer: Pick<Deployer, "isUnderway">,
  forgotten: ForgottenClaims,
): Promise<void> {
  const { store, own, host, clock } = context;
  const states = new Map<string, ServiceState>();
  const before = new Map(forgotten);
  forgotten.clear();
  for (const { kind, key, holder } of await store.claims(host).list()) {
    const ref: ServiceRef = { namespace: holder.namespace, service: holder.service };
    if (deployer.isUnderway(ref)) continue;
    const name = formatServiceRef(ref);
    const state = states.get(name) ?? await readServiceState(store, ref, context.membership);
    states.set(name, state);
    const isUsed = [...(await own.ledger.of(ref)).values()].some((owned) => owned.length > 0);
    if (isHeld(state, host, `${kind}/${key}`, isUsed)) continue;
    const id = `${kind}/${key} ${name} ${holder.instance} ${holder.epoch} ${holder.at}`;
    const since = before.get(id) ?? clock.monotonicMs();
    forgotten.set(id, since);
    if (clock.monotonicMs() - since < claimGraceMs) continue;
    const graph = await store.graph(ref).newest();
    const sure = { ...state, graph, instances: instancesOf(graph) };
    if (isHeld(sure, host, `${kind}/${key}`, isUsed)) continue;
    await store.claims(host).free(kind, key, holder);
    forgotten.delete(id);
  }
}

/**
 * A claim is its holder's as long as the graph has it there; and while this host has made something for the service and has
 * not acted on the newest graph yet, for that may use what the graph before gave it.
 */
function isHeld(state: ServiceState, host: string, claim: string, isUsed: boolean): boolean {
  const isPlaced = state.instances.some((each) =>
    each.host === host && !(each.want === "absent" && isRemoved(state, each)) &&
    each.claims.some(({ kind, key }) => `${kind}/${key}` === claim)
  );
  if (isPlaced) return true;
  const acted = state.observed.get(host)?.acted ?? 0;
  return isUsed && acted < (state.graph?.generation ?? Infinity);
}
