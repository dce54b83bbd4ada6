import type { Dead } from "./codec/mod.ts";
import { spread } from "./dissemination.ts";
import { refute } from "./refutation.ts";
import { forgetLost, rememberLost } from "./rejoin.ts";
import type { Swim } from "./swim.ts";

/** Takes the news that a member failed, or, where it says so itself, left (section 8 of the protocol page, `dead`). */
export function onDead(swim: Swim, message: Dead, nowMs: number): void {
  const member = swim.members.get(message.node);
  if (!member || message.incarnation < member.incarnation) return;
  swim.suspicions.delete(message.node);
  if (member.liveness === "dead" || member.liveness === "left") {
    // No news, but what it said before that incarnation is old now, in whatever order gossip arrives.
    if (message.node !== swim.name) member.incarnation = message.incarnation;
    return;
  }
  if (message.node === swim.name && !swim.isLeaving) {
    return refute(swim, member, message.incarnation, nowMs);
  }
  const hasLeft = message.from === message.node;
  member.incarnation = message.incarnation;
  swim.members.setLiveness(member, hasLeft ? "left" : "dead", nowMs);
  spread(swim, message, nowMs);
  if (message.node === swim.name) return;
  if (hasLeft) forgetLost(swim, member);
  else rememberLost(swim, member, nowMs);
  swim.notify({ kind: hasLeft ? "left" : "failed", member });
}

/** Says goodbye: told to all as a death that the member announces itself. */
export function leave(swim: Swim, nowMs: number): void {
  const member = swim.self();
  if (swim.isLeaving || !member) return;
  swim.isLeaving = true;
  const { name, incarnation } = swim;
  onDead(swim, { type: "dead", incarnation, node: name, from: name }, nowMs);
  if (swim.aliveOthers() > 0) swim.awaited = "departed";
  else swim.notify({ kind: "departed" });
}
