import { createHash } from "node:crypto";
import { stableJson } from "../base/mod.ts";
import type { HostPlan, ServicePlan } from "./service_plan.ts";
import type { Step } from "./step.ts";

/** A plan as a whole: what should be where, and the steps of every host that could be asked. */
export interface WholePlan {
  readonly service: ServicePlan;
  readonly hosts: readonly HostPlan[];
}

/**
 * Returns the digest of what a plan does: service, base, instances with claims, steps in their order. Reasons and other
 * words for people are no part of it.
 */
export function planDigest({ service, hosts }: WholePlan): string {
  const { ref, baseGeneration, instances } = service;
  const steps = hosts.map(({ host, steps, waits }) => ({ host, waits, steps: steps.map(deedOf) }));
  const hash = createHash("sha256").update(stableJson({ ref, baseGeneration, instances, steps }));
  return `sha256:${hash.digest("hex")}`;
}

/** What a step does, without the words for people. */
function deedOf({ why: _why, ...deed }: Step): Omit<Step, "why"> {
  return deed;
}
