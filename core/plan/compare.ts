import { createHash } from "node:crypto";
import { formatServiceRef, sameJson, stableJson } from "../base/mod.ts";
import type { Instance } from "./instance.ts";
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

/** Returns how a plan differs from one that was saved, as sentences; none where they do the same. */
export function planDifferences(saved: WholePlan, now: WholePlan): string[] {
  const differences: string[] = [];
  const name = formatServiceRef(now.service.ref);
  if (!sameJson(saved.service.ref, now.service.ref)) {
    differences.push(`it is for service "${formatServiceRef(saved.service.ref)}", not "${name}"`);
  }
  const { baseGeneration: base } = saved.service;
  if (base !== now.service.baseGeneration) {
    differences.push(
      `"${name}" was at generation ${base} and is at ${now.service.baseGeneration} now`,
    );
  }
  differences.push(...instanceDifferences(saved.service.instances, now.service.instances));
  const hosts = new Set([...saved.hosts, ...now.hosts].map(({ host }) => host));
  for (const host of hosts) {
    const steps = (plan: WholePlan) => plan.hosts.find((each) => each.host === host)?.steps ?? [];
    differences.push(...stepDifferences(host, steps(saved), steps(now)));
  }
  return differences;
}

function instanceDifferences(saved: readonly Instance[], now: readonly Instance[]): string[] {
  const keyOf = ({ id, host }: Instance) => `${id} ${host}`;
  return pairs(saved, now, keyOf).flatMap(({ one, other }) => {
    if (!one) return [`instance "${other!.id}" on host "${other!.host}" was not in it`];
    if (!other) return [`instance "${one.id}" on host "${one.host}" is not to be there any more`];
    const parts = Object.keys(one).filter((part) =>
      !sameJson(one[part as keyof Instance], other[part as keyof Instance])
    );
    return parts.map((part) => {
      const [from, to] = [one, other].map((each) => stableJson(each[part as keyof Instance]));
      return `"${part}" of instance "${one.id}" was ${from} and is ${to} now`;
    });
  });
}

function stepDifferences(host: string, saved: readonly Step[], now: readonly Step[]): string[] {
  const found = pairs(saved, now, ({ key }) => key).flatMap(({ one, other }) => {
    if (!one) return [`step "${other!.why}" on host "${host}" was not in it`];
    if (!other) return [`step "${one.why}" on host "${host}" is not to be done any more`];
    return sameJson(deedOf(one), deedOf(other))
      ? []
      : [`step "${one.why}" on host "${host}" does something else now`];
  });
  const keys = (steps: readonly Step[]) => steps.map(({ key }) => key);
  const isReordered = found.length === 0 && !sameJson(keys(saved), keys(now));
  return isReordered ? [`the steps on host "${host}" come in another order`] : found;
}

/** What a step does, without the words for people. */
function deedOf({ why: _why, ...deed }: Step): Omit<Step, "why"> {
  return deed;
}

function pairs<T>(
  saved: readonly T[],
  now: readonly T[],
  keyOf: (item: T) => string,
): { one?: T; other?: T }[] {
  const [before, after] = [saved, now].map((each) =>
    new Map(each.map((item) => [keyOf(item), item]))
  );
  const keys = new Set([...before.keys(), ...after.keys()]);
  return [...keys].map((key) => ({ one: before.get(key), other: after.get(key) }));
}
