/** The failure detector: one member a round is pinged, directly, through others, and over TCP (SWIM, section 3.1). */
import { type Ack, encodePacketMessage, type Nack, type Ping } from "./codec/mod.ts";
import { dial } from "./exchange.ts";
import type { Member, MemberView } from "./member.ts";
import { relayAck } from "./relay.ts";
import { protocolMax, sendToMember, sendWithPiggyback } from "./sending.ts";
import { onSuspect } from "./suspect.ts";
import type { Swim } from "./swim.ts";
import { protocolWith } from "./versions.ts";

/** The probe that runs. At most one runs at a time. */
export interface Probe {
  readonly seqNo: number;
  readonly member: Member;
  readonly incarnation: number;
  readonly startMs: number;
  readonly deadlineMs: number;
  /** How many of those asked to help promised to say when they got no answer either. */
  nacksWanted: number;
  nacks: number;
}

/** A probe is due. One that still runs is not disturbed; the next then follows it at once. */
export function onProbeTimer(swim: Swim, nowMs: number): void {
  swim.schedule({ kind: "probe" }, nowMs + swim.settings.probeIntervalMs);
  if (swim.probe) swim.isProbeDue = true;
  else probeNext(swim, nowMs);
}

function probeNext(swim: Swim, nowMs: number): void {
  swim.isProbeDue = false;
  // One pass over all members is enough to find one or to know that there is none.
  for (let tries = swim.members.size; tries >= 0; tries--) {
    const member = swim.members.nextInRound();
    if (!member) forgetDead(swim, nowMs);
    else if (member.name !== swim.name && isProbed(member)) return probe(swim, member, nowMs);
  }
}

function isProbed({ liveness }: MemberView): boolean {
  return liveness === "alive" || liveness === "suspect";
}

/** At the end of a round, members that have been dead or gone for long enough are forgotten. */
function forgetDead(swim: Swim, nowMs: number): void {
  const { gossipToTheDeadMs } = swim.settings;
  const forgotten = swim.members.forget((member) =>
    member.name !== swim.name && !isProbed(member) && nowMs - member.changedAtMs > gossipToTheDeadMs
  );
  for (const member of forgotten) swim.notify({ kind: "forgotten", member });
}

function probe(swim: Swim, member: Member, nowMs: number): void {
  const { settings, awareness } = swim;
  const seqNo = swim.nextSeqNo();
  const deadlineMs = nowMs + awareness.scale(settings.probeIntervalMs);
  const { incarnation } = member;
  swim.probe = { seqNo, member, incarnation, startMs: nowMs, deadlineMs, nacksWanted: 0, nacks: 0 };
  const ping = pingOf(swim, seqNo, member.name);
  if (member.liveness === "alive") sendWithPiggyback(swim, member.endpoint, ping);
  else {
    // A suspect is told so in the same packet, so that it can refute at once.
    const { name } = member;
    const suspicion = { type: "suspect", incarnation, node: name, from: swim.name } as const;
    sendToMember(swim, member, [encodePacketMessage(ping), encodePacketMessage(suspicion)]);
  }
  swim.schedule({ kind: "probeTimeout", seqNo }, nowMs + settings.probeTimeoutMs);
  swim.schedule({ kind: "probeDeadline", seqNo }, deadlineMs);
}

/** Returns a ping of ours. The answer is asked for at the address that we announce. */
export function pingOf(swim: Swim, seqNo: number, member: string): Ping {
  const { bytes, port } = swim.address;
  return {
    type: "ping",
    seqNo,
    node: member,
    sourceAddr: bytes,
    sourcePort: port,
    sourceNode: swim.name,
  };
}

/** No direct answer in time: others are asked to try, and TCP is tried. */
export function onProbeTimeout(swim: Swim, seqNo: number, nowMs: number): void {
  const it = swim.probe;
  if (!it || it.seqNo !== seqNo) return;
  const { member } = it;
  const helpers = swim.members.choose(
    swim.settings.indirectChecks,
    ({ name, liveness }) => name !== swim.name && name !== member.name && liveness === "alive",
  );
  const { type: _, ...ping } = pingOf(swim, seqNo, member.name);
  const { bytes: target, port } = member.address;
  for (const helper of helpers) {
    const nack = protocolMax(helper) >= protocolWith.nack;
    if (nack) it.nacksWanted++;
    sendWithPiggyback(swim, helper.endpoint, { ...ping, type: "indirectPing", target, port, nack });
  }
  if (!swim.settings.streamPing || protocolMax(member) < protocolWith.streamPing) return;
  dial(swim, {
    purpose: { kind: "ping", seqNo },
    to: member.endpoint,
    message: { ...ping, type: "ping" },
    wantsAnswer: true,
    timeoutMs: Math.max(1, it.deadlineMs - nowMs),
  });
}

/** An answer over UDP, from the member or through a helper; or to a ping that we sent for somebody else. */
export function onAck(swim: Swim, { seqNo }: Ack, nowMs: number): void {
  const it = swim.probe;
  if (!it || it.seqNo !== seqNo) return relayAck(swim, seqNo);
  const isDirect = nowMs - it.startMs <= swim.settings.probeTimeoutMs;
  if (isDirect) it.member.roundTripMs = nowMs - it.startMs;
  succeed(swim, nowMs);
}

/** An answer over TCP alone: the member lives, its datagrams do not arrive. */
export function onStreamAck(swim: Swim, seqNo: number, nowMs: number): void {
  const it = swim.probe;
  if (!it || it.seqNo !== seqNo) return;
  swim.reportPeer(
    "GOSSIP_UNREACHABLE",
    `Cannot reach member "${it.member.name}" by UDP, only by TCP`,
    "Its answers to pings do not arrive; a firewall may drop UDP between the hosts",
    it.member.endpoint,
  );
  succeed(swim, nowMs);
}

/** A helper got no answer either: at least the way to the helper is good. */
export function onNack(swim: Swim, { seqNo }: Nack): void {
  if (swim.probe?.seqNo === seqNo) swim.probe.nacks++;
}

function succeed(swim: Swim, nowMs: number): void {
  swim.awareness.add(-1);
  finish(swim, nowMs);
}

/** Nobody answered: the member is suspect. Helpers that are silent too speak against ourselves. */
export function onProbeDeadline(swim: Swim, seqNo: number, nowMs: number): void {
  const it = swim.probe;
  if (!it || it.seqNo !== seqNo) return;
  if (nowMs - it.deadlineMs > swim.settings.probeIntervalMs / 2) {
    // We stood still ourselves: the answer may lie unread, and the silence says nothing of the member.
    swim.awareness.add(1);
    return finish(swim, nowMs);
  }
  swim.awareness.add(it.nacksWanted > 0 ? Math.max(0, it.nacksWanted - it.nacks) : 1);
  const { member, incarnation } = it;
  onSuspect(swim, { type: "suspect", incarnation, node: member.name, from: swim.name }, nowMs);
  finish(swim, nowMs);
}

function finish(swim: Swim, nowMs: number): void {
  swim.probe = undefined;
  if (swim.isProbeDue) probeNext(swim, nowMs);
}
