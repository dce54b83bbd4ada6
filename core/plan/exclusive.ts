import type { Clout } from "../clout/mod.ts";
import type { Instance } from "./instance.ts";

/**
 * Within so long after the last acknowledged write of its heartbeat, a host has begun to stop its exclusive instances: itself,
 * or, where its agent is dead, the guard that the agent left behind.
 */
export const fenceMs = 60_000;

/** What clocks of two hosts may run apart in that time, and a write may take. */
const marginMs = 20_000;

/** How long an instance may take to stop where its template does not say. */
const stopDefaultMs = 10_000;

/** Whether an instance must never run twice (property `exclusive` of its node). */
export function isExclusive(clout: Clout, { vertex }: Pick<Instance, "vertex">): boolean {
  return clout.vertexes.get(vertex)?.properties.get("exclusive") === true;
}

/**
 * Returns why an exclusive instance may not be started yet: a copy of it may run elsewhere. Nothing where it may.
 *
 * It may once every host that had it before has removed it, or has not changed its heartbeat for as long as that host may take
 * to stop it by itself, on the clock of the host that asks (`stillMs`). An administrator who says that a host is lost
 * takes that host's copies out of `instances`.
 */
export function whyNotExclusive(
  instance: Instance,
  instances: readonly Instance[],
  others: {
    readonly isRemoved: (instance: Instance) => boolean;
    readonly stillMs: (host: string) => number;
    readonly stopMs?: number;
  },
): string | undefined {
  const neededMs = fenceMs + (others.stopMs ?? stopDefaultMs) + marginMs;
  for (const other of instances) {
    if (other.id !== instance.id || other.want !== "absent" || other.host === instance.host) {
      continue;
    }
    if (others.isRemoved(other)) continue;
    const leftMs = neededMs - others.stillMs(other.host);
    if (leftMs <= 0) continue;
    return `it is exclusive, and host "${other.host}" may still run it: that host says when it has ` +
      `stopped it, or is silent for ${Math.ceil(neededMs / 1_000)} s`;
  }
  return undefined;
}
