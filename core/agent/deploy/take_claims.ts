import { fail, formatServiceRef, type ServiceRef } from "../../base/mod.ts";
import type { Claim, Instance } from "../../plan/mod.ts";
import type { ClaimHolder } from "../../store/mod.ts";
import { type AgentContext, timeText } from "../agent_context.ts";
import { instancesOf } from "../service_state.ts";

/** A claim that was taken, and was nobody's before. */
export interface TakenClaim extends Pick<Claim, "kind" | "key"> {
  readonly host: string;
  readonly holder: ClaimHolder;
}

/**
 * Takes every claim of the plan, or none. Returns those that were new.
 *
 * `before` are the instances of the graph that the plan starts from: what they have claimed is not taken again. What
 * another attempt at the same has claimed is taken over, and it is neither's to free: where no graph comes to have it, it is
 * freed with the forgotten ones.
 */
export async function takeClaims(
  context: AgentContext,
  ref: ServiceRef,
  { instances, before }: {
    readonly instances: readonly Instance[];
    readonly before: readonly Instance[];
  },
): Promise<TakenClaim[]> {
  const { store, clock } = context;
  const placed = claimNames(before.filter(({ want }) => want !== "absent"));
  const taken: TakenClaim[] = [];
  for (const instance of instances) {
    if (instance.want === "absent") continue;
    const { host } = instance;
    for (const { kind, key } of instance.claims) {
      const wanted = { ...ref, instance: instance.id, epoch: instance.epoch };
      const at = timeText(clock.nowMs());
      const isPlaced = placed.has(nameOf(host, { kind, key }));
      const result = await store.claims(host).take(kind, key, { ...wanted, at }, { isPlaced });
      if (result.taken) {
        if (result.isNew) taken.push({ kind, key, host, holder: result.holder });
        continue;
      }
      await freeClaims(context, ref, taken);
      fail("AGENT_CLAIM_HELD", {
        what: `Cannot reserve ${kind} ${key} for "${instance.id}"`,
        where: { host, subject: instance.id },
        why: `"${result.by.instance}" of service "${formatServiceRef(result.by)}" holds it`,
        fix: "Deploy again: another one is chosen where any will do",
      });
    }
  }
  return taken;
}

/** Frees claims that the current graph does not have, and no other attempt has taken over. */
export async function freeClaims(
  { store }: AgentContext,
  ref: ServiceRef,
  taken: readonly TakenClaim[],
): Promise<void> {
  const placed = claimNames(instancesOf(await store.graph(ref).newest()));
  for (const { host, kind, key, holder } of taken) {
    if (placed.has(nameOf(host, { kind, key }))) continue;
    await store.claims(host).free(kind, key, holder);
  }
}

function claimNames(instances: readonly Instance[]): Set<string> {
  return new Set(
    instances.flatMap(({ host, claims }) => claims.map((claim) => nameOf(host, claim))),
  );
}

function nameOf(host: string, { kind, key }: Pick<Claim, "kind" | "key">): string {
  return `${host} ${kind}/${key}`;
}
