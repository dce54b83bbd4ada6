/** Rounds of gossip: what waits is sent to a few random members, again and again, until it has been told enough. */
import { bounds, compoundHeaderBytes, encodePacketMessage } from "./codec/mod.ts";
import type { Alive, Dead, Suspect } from "./codec/mod.ts";
import type { MemberView } from "./member.ts";
import { packetSpace, sendToMember, takeBroadcasts } from "./sending.ts";
import type { Swim } from "./swim.ts";

/** Queues a message about a member; an older one about the same member gives way. */
export function spread(swim: Swim, message: Alive | Suspect | Dead, nowMs: number): void {
  swim.queue.queue(encodePacketMessage(message), message.node);
  scheduleGossip(swim, nowMs);
}

/** Queues a payload of the application. */
export function spreadPayload(
  swim: Swim,
  payload: Uint8Array,
  key: string | undefined,
  nowMs: number,
): void {
  swim.userQueue.queue(encodePacketMessage({ type: "user", payload }), key);
  scheduleGossip(swim, nowMs);
}

/**
 * Rounds come in their interval while something waits and somebody hears; an idle member has no such timer at all, nor one
 * that is alone: whoever comes is spread, and with that what waits.
 */
function scheduleGossip(swim: Swim, nowMs: number): void {
  if (swim.isGossipScheduled) return;
  swim.isGossipScheduled = true;
  // The first round falls anywhere in the interval, so that members that heard the same do not send in step.
  swim.schedule({ kind: "gossip" }, nowMs + swim.random.next() * swim.settings.gossipIntervalMs);
}

export function onGossipTimer(swim: Swim, nowMs: number): void {
  const { queue, userQueue, settings } = swim;
  const space = packetSpace(swim) - compoundHeaderBytes;
  const hearers = swim.members.choose(settings.gossipMembers, hears);
  for (const member of hearers) {
    const messages = takeBroadcasts(swim, space, bounds.compoundPartsMax);
    if (messages.length === 0) break;
    sendToMember(swim, member, messages);
  }
  swim.isGossipScheduled = hearers.length > 0 && queue.size + userQueue.size > 0;
  if (swim.isGossipScheduled) swim.schedule({ kind: "gossip" }, nowMs + settings.gossipIntervalMs);

  function hears({ name, liveness, changedAtMs }: MemberView): boolean {
    if (name === swim.name || liveness === "left") return false;
    return liveness !== "dead" || nowMs - changedAtMs < settings.gossipToTheDeadMs;
  }
}
