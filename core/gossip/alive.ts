import { sameAddress } from "./address.ts";
import { type Alive, bounds, sameBytes } from "./codec/mod.ts";
import { spread } from "./dissemination.ts";
import { noteNewcomer } from "./echo.ts";
import { endpointOf, type MemberAddress } from "./address.ts";
import { type Member, newMember } from "./member.ts";
import { refute } from "./refutation.ts";
import { forgetLost } from "./rejoin.ts";
import type { Swim } from "./swim.ts";
import { badVersions } from "./versions.ts";

/** Takes the announcement of a member (section 8 of the protocol page, `alive`). */
export function onAlive(swim: Swim, message: Alive, nowMs: number): void {
  const isSelf = message.node === swim.name;
  if (isSelf && swim.isLeaving) return;
  const address = { bytes: message.addr, port: message.port || swim.address.port };
  const known = swim.members.get(message.node);
  // Nearly all announcements in an exchange of everything are known: they are done with at once.
  const isOld = known !== undefined && !isSelf && message.incarnation <= known.incarnation;
  if (isOld && sameAddress(known.address, address)) return;
  const refusal = refusalOf(swim, message, address, isSelf);
  if (refusal) {
    return swim.reportPeer("GOSSIP_REFUSED", `Cannot let in member "${message.node}"`, refusal);
  }
  const takesOver = known !== undefined && !sameAddress(known.address, address);
  if (takesOver && !mayTakeOver(swim, known, nowMs)) return reportConflict(swim, known, address);
  const member = known ?? newMember(message.node, ownAddress(address), nowMs);
  if (!known) swim.members.add(member);

  if (isSelf) {
    if (message.incarnation < member.incarnation) return;
    const isSame = message.incarnation === member.incarnation &&
      sameBytes(message.meta, member.meta) && sameBytes(message.vsn, member.vsn);
    if (!isSame) refute(swim, member, message.incarnation, nowMs);
    return;
  }
  if (message.incarnation <= member.incarnation && !takesOver) return;
  swim.suspicions.delete(message.node);
  store(swim, member, message, address, nowMs);
  spread(swim, { ...message, port: address.port }, nowMs);
}

/** Announces ourselves with our current metadata under the next incarnation. */
export function announce(swim: Swim, nowMs: number): void {
  const member = swim.self() ?? newMember(swim.name, swim.address, nowMs);
  if (!swim.self()) swim.members.add(member);
  member.incarnation = ++swim.incarnation;
  member.meta = swim.meta;
  member.vsn = swim.versions;
  swim.members.setLiveness(member, "alive", nowMs);
  spread(swim, aliveOf(member), nowMs);
}

/** Returns the announcement of a member as we know it. */
export function aliveOf(member: Member): Alive {
  const { name, incarnation, address, meta, vsn } = member;
  return {
    type: "alive",
    incarnation,
    node: name,
    addr: address.bytes,
    port: address.port,
    meta,
    vsn,
  };
}

function refusalOf(
  swim: Swim,
  message: Alive,
  address: MemberAddress,
  isSelf: boolean,
): string | undefined {
  if (message.node === "") return "It has no name";
  if (address.bytes.length !== 4 && address.bytes.length !== 16) {
    return `Its address has ${address.bytes.length} bytes, an IP address has 4 or 16`;
  }
  if (address.port > 65_535) return `Its port is ${address.port}`;
  const versions = badVersions(message.vsn);
  if (versions) return versions;
  if (isSelf) return undefined;
  if (!swim.members.get(message.node) && swim.members.size >= swim.settings.membersMax) {
    return `${swim.settings.membersMax} members are known, which is the limit`;
  }
  return swim.vetoes({ name: message.node, address, meta: message.meta });
}

/** A name comes back from another address when it had left, or been dead for long enough. */
function mayTakeOver(swim: Swim, { liveness, changedAtMs }: Member, nowMs: number): boolean {
  const { reclaimMs } = swim.settings;
  return liveness === "left" ||
    (liveness === "dead" && reclaimMs > 0 && nowMs - changedAtMs >= reclaimMs);
}

function reportConflict(swim: Swim, known: Member, address: MemberAddress): void {
  const { host, port } = endpointOf(address);
  swim.reportPeer(
    "GOSSIP_NAME_TAKEN",
    `Cannot let in member "${known.name}" at ${host}:${port}`,
    `A member of that name is at ${known.endpoint.host}:${known.endpoint.port}`,
  );
}

function store(
  swim: Swim,
  member: Member,
  message: Alive,
  address: MemberAddress,
  nowMs: number,
): void {
  const before = member.liveness;
  const isUpdate = !sameBytes(member.meta, message.meta);
  if (!sameAddress(member.address, address)) {
    member.address = ownAddress(address);
    member.endpoint = endpointOf(address);
  }
  member.incarnation = message.incarnation;
  if (isUpdate) member.meta = message.meta.slice();
  member.vsn = message.vsn.slice();
  swim.members.setLiveness(member, "alive", nowMs);
  forgetLost(swim, member);
  if (before === "dead" || before === "left") {
    noteNewcomer(swim, nowMs);
    swim.notify({ kind: "joined", member });
    return;
  }
  if (before === "suspect") swim.notify({ kind: "recovered", member });
  if (isUpdate) swim.notify({ kind: "updated", member });
}

/** Messages are views of whole packets: what is kept is copied, so that it does not keep them all. */
function ownAddress({ bytes, port }: MemberAddress): MemberAddress {
  return { bytes: bytes.slice(0, bounds.packetBytesMax), port };
}
