import type { Liveness } from "../../gossip/mod.ts";

/**
 * How long the heartbeat of a host that gossip calls dead has to stand still before the host counts as dead: three beats and
 * the time of one write.
 */
export const stillMsMin = 6_500;

/**
 * The same for a host that gossip has not heard of since this agent started: after a power cut some hosts are up before
 * others, and what those run is not to be moved for that.
 */
export const unheardStillMsMin = 30_000;

/**
 * Returns what placement may go by.
 *
 * Gossip that is cut, while the store is there, makes a host suspect and never dead: its heartbeat goes on. Without a
 * heartbeat to look at (`stillMs` undefined: the store does not answer, or the watch has just begun) nothing is concluded.
 */
export function judge(gossip: Liveness | undefined, stillMs: number | undefined): Liveness {
  if (gossip === "alive" || gossip === "left" || gossip === "suspect") return gossip;
  const neededMs = gossip === "dead" ? stillMsMin : unheardStillMsMin;
  return stillMs !== undefined && stillMs >= neededMs ? "dead" : "suspect";
}
