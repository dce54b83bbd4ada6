import type { ServiceRef } from "../../base/mod.ts";
import type { Claim, Instance } from "../../plan/mod.ts";
import type { AgentContext } from "../agent_context.ts";
import type { ServiceState } from "../service_state.ts";

/** A claim that an instance of a service had on this host. */
export interface OldClaim {
  readonly claim: Claim;
  readonly holder: Pick<Instance, "id" | "epoch">;
}

/** Returns the claims of a service's instances on a host, those of its tombstones among them. */
export function claimsOn(instances: readonly Instance[], host: string): OldClaim[] {
  return instances.filter((each) => each.host === host).flatMap(({ id, epoch, claims }) =>
    claims.map((claim) => ({ claim, holder: { id, epoch } }))
  );
}

/**
 * Frees what the service's instances on this host had claimed (`before`) and no longer have, once all of them are as its
 * newest graph wants them: an instance that got another port has let go of the one before. Returns whether that was done;
 * where a newer graph is there or on its way it is not, for that may want them again. One that is made on another host
 * meanwhile takes over what it wants again, and what is freed is what was there before the newest graph was read.
 */
export async function freeOldClaims(
  { host, store }: AgentContext,
  { ref, graph, instances }: Pick<ServiceState, "ref" | "graph" | "instances">,
  before: readonly OldClaim[],
  isDeploying: (ref: ServiceRef) => boolean,
): Promise<boolean> {
  const kept = new Set(claimsOn(instances, host).map(({ claim }) => `${claim.kind}/${claim.key}`));
  const old = before.filter(({ claim }) => !kept.has(`${claim.kind}/${claim.key}`));
  if (old.length === 0) return true;
  const held = await store.claims(host).list();
  const isNewest = (await store.graph(ref).newest())?.generation === graph?.generation;
  if (!isNewest || isDeploying(ref)) return false;
  for (const { claim: { kind, key }, holder: { id, epoch } } of old) {
    const attempt = held.find((each) => each.kind === kind && each.key === key)?.holder.attempt;
    if (attempt === undefined) continue;
    await store.claims(host).free(kind, key, { ...ref, instance: id, epoch, attempt });
  }
  return true;
}
