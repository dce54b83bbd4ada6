import { fail, formatServiceRef, type ServiceRef } from "../../base/mod.ts";
import type { Claim, Instance } from "../../plan/mod.ts";
import { type AgentContext, timeText } from "../agent_context.ts";
import { instancesOf } from "../service_state.ts";

/** A claim that was taken for an instance, and was nobody's before. */
export interface TakenClaim {
  readonly instance: Instance;
  readonly claim: Claim;
}

/** Takes every claim of the plan, or none. Returns those that were new. */
export async function takeClaims(
  context: AgentContext,
  ref: ServiceRef,
  instances: readonly Instance[],
): Promise<TakenClaim[]> {
  const { store, clock } = context;
  const taken: TakenClaim[] = [];
  for (const instance of instances) {
    if (instance.want === "absent") continue;
    for (const claim of instance.claims) {
      const holder = { ...ref, instance: instance.id, epoch: instance.epoch };
      const at = timeText(clock.nowMs());
      const claims = store.claims(instance.host);
      const result = await claims.take(claim.kind, claim.key, { ...holder, at });
      if (result.taken) {
        // What another's deploy of the same has taken is not ours to free.
        if (result.isNew) taken.push({ instance, claim });
        continue;
      }
      await freeClaims(context, ref, taken);
      fail("AGENT_CLAIM_HELD", {
        what: `Cannot reserve ${claim.kind} ${claim.key} for "${instance.id}"`,
        where: { host: instance.host, subject: instance.id },
        why: `"${result.by.instance}" of service "${formatServiceRef(result.by)}" holds it`,
        fix: "Deploy again: another one is chosen where any will do",
      });
    }
  }
  return taken;
}

/** Frees claims that the current graph does not have. */
export async function freeClaims(
  { store }: AgentContext,
  ref: ServiceRef,
  taken: readonly TakenClaim[],
): Promise<void> {
  const current = await store.graph(ref).newest();
  const kept = new Set(
    instancesOf(current).flatMap((each) =>
      each.claims.map(({ kind, key }) => `${each.host} ${kind}/${key}`)
    ),
  );
  for (const { instance, claim: { kind, key } } of taken) {
    if (kept.has(`${instance.host} ${kind}/${key}`)) continue;
    const holder = { ...ref, instance: instance.id, epoch: instance.epoch };
    await store.claims(instance.host).free(kind, key, holder);
  }
}
