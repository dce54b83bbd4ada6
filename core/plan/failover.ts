import { compareStrings, type ServiceRef } from "../base/mod.ts";
import { hashText } from "./hash.ts";
import type { Instance } from "./instance.ts";
import type { HostInventory } from "./inventory.ts";

/** How long each host leaves it to those that rank before it. */
export const takeoverStepMs = 4_000;

export interface FailoverInput {
  readonly ref: ServiceRef;
  readonly instances: readonly Instance[];
  /** Every host as this one sees it. */
  readonly hosts: readonly Pick<HostInventory, "id" | "liveness">[];
  /** This host. */
  readonly self: string;
  /** For how long each host has been dead, or gone, to this one. */
  readonly goneMs: ReadonlyMap<string, number>;
}

/** What a host has to do about instances that are on hosts which are dead or have left. */
export interface FailoverDuty {
  /** The instances, in id order. */
  readonly lost: readonly Instance[];
  /** After how long this host is to place them anew, unless another has by then. */
  readonly waitMs: number;
}

/**
 * Returns what this host has to do about what dead hosts ran of a service; nothing where all is where somebody lives.
 *
 * All live hosts come to the same order without a word (rendezvous hashing): the first acts at once, each next one only
 * when those before it had their time and did not. Two that act at once, because they see different hosts, cost work and
 * nothing else: one generation wins.
 */
export function failoverDuty(input: FailoverInput): FailoverDuty | undefined {
  const { ref, instances, hosts, self, goneMs } = input;
  const gone = new Set(
    hosts.filter(({ liveness }) => liveness === "dead" || liveness === "left").map(({ id }) => id),
  );
  const lost = instances.filter(({ host, want }) => want !== "absent" && gone.has(host));
  if (lost.length === 0) return undefined;
  const order = takeoverOrder(
    ref,
    hosts.filter(({ liveness }) => liveness === "alive").map(({ id }) => id),
  );
  const rank = order.indexOf(self);
  const longestMs = Math.max(...lost.map(({ host }) => goneMs.get(host) ?? 0));
  const waitMs = Math.max(0, (rank < 0 ? order.length : rank) * takeoverStepMs - longestMs);
  return { lost, waitMs };
}

/** Returns hosts in the order in which they take over a service: another one for each service. */
export function takeoverOrder(ref: ServiceRef, hosts: readonly string[]): string[] {
  const rank = (host: string) => hashText(`${ref.namespace}/${ref.service} ${host}`);
  return [...hosts].sort((a, b) => rank(b) - rank(a) || compareStrings(a, b));
}
