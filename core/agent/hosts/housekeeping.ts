import {
  formatServiceRef,
  ProblemError,
  type ServiceRef,
  stableJson,
  toProblem,
} from "../../base/mod.ts";
import type { Claims } from "../../store/mod.ts";
import type { AgentContext } from "../agent_context.ts";
import type { Deployer } from "../deploy/deployer.ts";
import type { Isolation } from "./isolation.ts";
import { instancesOf, isRemoved, readServiceState, type ServiceState } from "../service_state.ts";

const beatEveryMs = 2_000;

/** Claims and listeners are looked at every so many beats. */
const beatsPerLook = 30;

/**
 * A claim that no graph has is left alone for so long: its deploy may be under way on another host. Counted from when it was
 * first seen so, for wall clocks jump and differ.
 */
const claimGraceMs = 60_000;

/**
 * Claims that all were those of graphs are looked at again when there are others or graphs have changed, and every so many
 * looks in any case: another host's change may have been told to nobody.
 */
const looksPerReview = 60;

/** Since when (monotonic) each claim has been seen without a graph that has it. */
export type ForgottenClaims = Map<string, number>;

/** What is kept between looks at the claims. */
interface ClaimReview {
  readonly forgotten: ForgottenClaims;
  /** The claims when all of them were those of graphs. */
  placed?: string;
  looks: number;
}

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
  const { bus, clock, heart, logger } = context;
  const review: ClaimReview = { forgotten: new Map(), looks: 0 };
  const stop = bus.listen(({ kind }) => {
    if (kind === "graph" || kind === "observed") review.placed = undefined;
  });
  signal.addEventListener("abort", stop, { once: true });
  for (let beat = 1; !signal.aborted; beat++) {
    if (!isolation.problem) {
      try {
        await heart.beat();
      } catch (error) {
        if (error instanceof ProblemError) isolation.consider(error.problem);
        logger.log("warning", "The heartbeat could not be written", { error: String(error) });
      }
    }
    if (!isolation.problem) {
      try {
        if (beat % beatsPerLook === 1) await publishListeners(context);
        if (beat % beatsPerLook === 0) await reviewClaims(context, deployer, review);
      } catch (error) {
        if (error instanceof ProblemError) isolation.consider(error.problem);
        const { what, why } = toProblem(error, "look at what is claimed and who listens");
        logger.log("warning", what, { why });
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

/** Looks at the claims where there are others than those that were looked at before. */
async function reviewClaims(
  context: AgentContext,
  deployer: Pick<Deployer, "isUnderway">,
  review: ClaimReview,
): Promise<void> {
  const claims = await context.store.claims(context.host).list();
  const text = stableJson(claims);
  if (review.placed === text && ++review.looks % looksPerReview !== 0) return;
  const { areAllPlaced } = await freeForgottenClaims(context, deployer, claims, review.forgotten);
  review.placed = areAllPlaced ? text : undefined;
}

/** Frees those of this host's claims that their holders' graphs have not had for a while; `forgotten` is kept between calls. */
async function freeForgottenClaims(
  context: AgentContext,
  deployer: Pick<Deployer, "isUnderway">,
  claims: Awaited<ReturnType<Claims["list"]>>,
  forgotten: ForgottenClaims,
): Promise<{ readonly areAllPlaced: boolean }> {
  const { store, own, host, clock } = context;
  let areAllPlaced = true;
  const states = new Map<string, ServiceState | undefined>();
  const before = new Map(forgotten);
  forgotten.clear();
  for (const { kind, key, holder } of claims) {
    const ref: ServiceRef = { namespace: holder.namespace, service: holder.service };
    const claim = `${kind}/${key}`;
    if (deployer.isUnderway(ref)) {
      areAllPlaced = false;
      continue;
    }
    const name = formatServiceRef(ref);
    if (!states.has(name)) states.set(name, await readWhereWhole(context, ref));
    const state = states.get(name);
    if (state && isPlaced(state, host, claim)) continue;
    areAllPlaced = false;
    if (state === undefined) continue;
    const isUsed = [...(await own.ledger.of(ref)).values()].some((owned) => owned.length > 0);
    if (isUsed && isBehind(state, host)) continue;
    const id = `${claim} ${name} ${holder.instance} ${holder.epoch} ${holder.attempt}`;
    const since = before.get(id) ?? clock.monotonicMs();
    forgotten.set(id, since);
    if (clock.monotonicMs() - since < claimGraceMs) continue;
    const graph = await store.graph(ref).newest();
    const sure = { ...state, graph, instances: instancesOf(graph) };
    if (isPlaced(sure, host, claim) || (isUsed && isBehind(sure, host))) continue;
    await store.claims(host).free(kind, key, holder);
    forgotten.delete(id);
  }
  return { areAllPlaced };
}

/** Reads a service; nothing where its documents are damaged: what it claims stays, and what others claim is looked at all the same. */
async function readWhereWhole(
  { store, membership, logger }: AgentContext,
  ref: ServiceRef,
): Promise<ServiceState | undefined> {
  try {
    return await readServiceState(store, ref, membership);
  } catch (error) {
    if (!(error instanceof ProblemError) || error.problem.code !== "STATE_DAMAGED") throw error;
    logger.log("warning", error.problem.what, { ...ref, why: error.problem.why });
    return undefined;
  }
}

/** Whether the graph has the claim on this host: it is its holder's as long as that is so. */
function isPlaced(state: ServiceState, host: string, claim: string): boolean {
  return state.instances.some((each) =>
    each.host === host && !(each.want === "absent" && isRemoved(state, each)) &&
    each.claims.some(({ kind, key }) => `${kind}/${key}` === claim)
  );
}

/**
 * Whether this host has not acted on the newest graph yet: what it has made for the service may use what the graph before
 * gave it.
 */
function isBehind(state: ServiceState, host: string): boolean {
  const acted = state.observed.get(host)?.acted ?? 0;
  return acted < (state.graph?.generation ?? Infinity);
}
