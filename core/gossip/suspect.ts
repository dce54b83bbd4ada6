import type { Suspect } from "./codec/mod.ts";
import { onDead } from "./dead.ts";
import { spread } from "./dissemination.ts";
import type { Member } from "./member.ts";
import { refute } from "./refutation.ts";
import { Suspicion } from "./suspicion.ts";
import type { Swim } from "./swim.ts";

/** Takes somebody's suspicion of a member (section 8 of the protocol page, `suspect`). */
export function onSuspect(swim: Swim, message: Suspect, nowMs: number): void {
  const member = swim.members.get(message.node);
  if (!member || message.incarnation < member.incarnation) return;

  const running = swim.suspicions.get(message.node);
  if (running && message.incarnation > member.incarnation) {
    // Of a newer incarnation: a suspicion of its own, with its full time. (memberlist takes it for a confirmation of the
    // older one; then what is believed in the end depends on the order in which gossip arrived.)
    return begin(swim, member, message, nowMs);
  }
  if (running) {
    if (!running.confirm(message.from)) return;
    scheduleSuspicion(swim, message.node, running, nowMs);
    spread(swim, message, nowMs);
    return;
  }
  if (member.liveness !== "alive") return;
  if (message.node === swim.name) return refute(swim, member, message.incarnation, nowMs);

  swim.members.setLiveness(member, "suspect", nowMs);
  swim.notify({ kind: "suspected", member });
  begin(swim, member, message, nowMs);
}

function begin(swim: Swim, member: Member, message: Suspect, nowMs: number): void {
  const suspicion = new Suspicion(swim.settings, swim.members.size, message.from, nowMs);
  swim.suspicions.set(message.node, suspicion);
  member.incarnation = message.incarnation;
  scheduleSuspicion(swim, message.node, suspicion, nowMs);
  spread(swim, message, nowMs);
}

function scheduleSuspicion(swim: Swim, name: string, it: Suspicion, nowMs: number): void {
  swim.schedule({ kind: "suspicion", member: name }, Math.max(nowMs, it.deadlineMs));
}

/** A suspicion's timer fired: an earlier one of the same, or one of a suspicion that is over, changes nothing. */
export function onSuspicionTimer(swim: Swim, name: string, nowMs: number): void {
  const suspicion = swim.suspicions.get(name);
  const member = swim.members.get(name);
  if (!suspicion || !member || member.liveness !== "suspect") return;
  if (nowMs < suspicion.deadlineMs) return;
  if (suspicion.deservesHearing(nowMs, swim.settings.probeIntervalMs)) {
    return swim.schedule(
      { kind: "suspicion", member: name },
      nowMs + swim.settings.probeIntervalMs,
    );
  }
  const { incarnation } = member;
  onDead(swim, { type: "dead", incarnation, node: name, from: swim.name }, nowMs);
}
