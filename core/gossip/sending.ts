/** How messages become packets: piggyback, space, checksum, encryption. */
import type { Endpoint } from "../ports/mod.ts";
import { copiesOf } from "./broadcasts.ts";
import {
  bounds,
  compoundHeaderBytes,
  compoundPartOverheadBytes,
  encodeCompound,
  encodePacketMessage,
  encryptionOverheadBytes,
  nonceBytes,
  type PacketMessage,
  type SealOptions,
  sealPacket,
  sealStream,
  type StreamMessage,
} from "./codec/mod.ts";
import type { MemberView } from "./member.ts";
import type { Swim } from "./swim.ts";
import { protocolWith } from "./versions.ts";

/** What a member's announced highest protocol turns on; 0 where it announced none. */
export function protocolMax(member: MemberView): number {
  return member.vsn[1] ?? 0;
}

/** Sends one message with as many waiting broadcasts as fit behind it. */
export function sendWithPiggyback(swim: Swim, to: Endpoint, message: PacketMessage): void {
  const main = encodePacketMessage(message);
  const space = packetSpace(swim) - compoundHeaderBytes - compoundPartOverheadBytes - main.length;
  sendPacket(swim, to, [main, ...takeBroadcasts(swim, space, bounds.compoundPartsMax - 1)]);
}

/** Sends messages to a member as one packet, with a checksum where the member understands it. */
export function sendToMember(
  swim: Swim,
  member: MemberView,
  messages: readonly Uint8Array[],
): void {
  sendPacket(swim, member.endpoint, messages, protocolMax(member) >= protocolWith.crc);
}

/** Sends messages as one packet. */
export function sendPacket(
  swim: Swim,
  to: Endpoint,
  messages: readonly Uint8Array[],
  crc = false,
): void {
  const packet = sealPacket(encodeCompound(messages), { ...sealOptions(swim), crc });
  swim.outputs.sends.push({ to, packet });
}

/** Returns the bytes of a message for a connection, as the side that dialled or accepted writes it. */
export function streamBytes(
  swim: Swim,
  message: StreamMessage,
  role: "dialler" | "acceptor",
): Uint8Array {
  return sealStream(message, { ...sealOptions(swim), role });
}

function sealOptions(swim: Swim): SealOptions {
  const { label, settings } = swim;
  const keyring = settings.sendPlain ? undefined : swim.keyring;
  if (!keyring) return { label, compress: settings.compress };
  return { label, compress: settings.compress, keyring, nonce: swim.random.bytes(nonceBytes) };
}

/** Returns how many bytes of messages one packet takes. The checksum's five are not counted (as memberlist does). */
export function packetSpace(swim: Swim): number {
  const label = swim.label.length > 0 ? 2 + swim.label.length : 0;
  const encryption = swim.keyring && !swim.settings.sendPlain ? encryptionOverheadBytes(1) : 0;
  return swim.settings.packetBytes - label - encryption;
}

/**
 * Takes waiting broadcasts into `space` bytes. While the application has any, its share of the space is kept for it;
 * what one side leaves goes to the other.
 */
export function takeBroadcasts(swim: Swim, space: number, countMax: number): Uint8Array[] {
  const { queue, userQueue, settings } = swim;
  if (queue.size + userQueue.size === 0) return [];
  const limit = copiesOf(settings.missedOnceIn, swim.members.size);
  const kept = userQueue.waitingBytes(Math.floor(space * settings.broadcastShare));
  const taken = queue.take(space - kept, countMax, limit);
  const left = taken.reduce((rest, each) => rest - each.length - compoundPartOverheadBytes, space);
  if (userQueue.size > 0) taken.push(...userQueue.take(left, countMax - taken.length, limit));
  tellWhenSent(swim);
  return taken;
}

/** Tells the application when our own announcement has been sent its full number of times. */
function tellWhenSent(swim: Swim): void {
  if (!swim.awaited || swim.queue.has(swim.name)) return;
  swim.notify({ kind: swim.awaited });
  swim.awaited = undefined;
}
