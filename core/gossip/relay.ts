/** Pings that we send because another member asked: its own way to the target may be cut. */
import type { Endpoint } from "../ports/mod.ts";
import { endpointOf } from "./address.ts";
import type { IndirectPing, Ping } from "./codec/mod.ts";
import { pingOf } from "./probe.ts";
import { sendWithPiggyback } from "./sending.ts";
import { relaysMax, type Swim } from "./swim.ts";

/** One ping for another member. */
export interface Relay {
  /** Under which number and where the answer is awaited. */
  readonly seqNo: number;
  readonly requester: Endpoint;
  readonly wantsNack: boolean;
  isAnswered: boolean;
}

/** Answers a ping that is for us. */
export function onPing(swim: Swim, message: Ping, from: Endpoint): void {
  // Where the ping is for another, the pinger's list is stale: silence lets it find that out.
  if (message.node !== "" && message.node !== swim.name) return;
  const to = replyTo(message, from);
  sendWithPiggyback(swim, to, {
    type: "ack",
    seqNo: message.seqNo,
    payload: new Uint8Array(0),
  });
}

/** The answer goes to the source where it is given (all of it), else to where the packet came from. */
function replyTo(
  { sourceAddr, sourcePort }: Pick<Ping, "sourceAddr" | "sourcePort">,
  from: Endpoint,
): Endpoint {
  const isGiven = (sourceAddr.length === 4 || sourceAddr.length === 16) && sourcePort > 0 &&
    sourcePort <= 65_535;
  return isGiven ? endpointOf({ bytes: sourceAddr, port: sourcePort }) : from;
}

export function onIndirectPing(
  swim: Swim,
  message: IndirectPing,
  from: Endpoint,
  nowMs: number,
): void {
  const isIp = message.target.length === 4 || message.target.length === 16;
  if (!isIp || message.port > 65_535 || swim.relays.size >= relaysMax) return;
  const seqNo = swim.nextSeqNo();
  const requester = replyTo(message, from);
  swim.relays.set(seqNo, {
    seqNo: message.seqNo,
    requester,
    wantsNack: message.nack,
    isAnswered: false,
  });
  const target = endpointOf({
    bytes: message.target,
    port: message.port || swim.address.port,
  });
  sendWithPiggyback(swim, target, pingOf(swim, seqNo, message.node));
  swim.schedule({ kind: "relayTimeout", seqNo }, nowMs + swim.settings.probeTimeoutMs);
}

/** The target answered: so do we. */
export function relayAck(swim: Swim, seqNo: number): void {
  const relay = swim.relays.get(seqNo);
  if (!relay || relay.isAnswered) return;
  relay.isAnswered = true;
  const ack = { type: "ack", seqNo: relay.seqNo, payload: new Uint8Array(0) } as const;
  sendWithPiggyback(swim, relay.requester, ack);
}

export function onRelayTimeout(swim: Swim, seqNo: number): void {
  const relay = swim.relays.get(seqNo);
  if (!relay) return;
  swim.relays.delete(seqNo);
  if (relay.isAnswered || !relay.wantsNack) return;
  sendWithPiggyback(swim, relay.requester, { type: "nack", seqNo: relay.seqNo });
}
