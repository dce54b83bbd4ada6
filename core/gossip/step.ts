import { fail, type Problem, problem, ProblemError, unreachable } from "../base/mod.ts";
import type { Endpoint } from "../ports/mod.ts";
import { announce, onAlive } from "./alive.ts";
import {
  bounds,
  decodePacketMessages,
  encodePacketMessage,
  noBytes,
  openPacket,
  type PacketMessage,
  type StreamMessage,
} from "./codec/mod.ts";
import { leave, onDead } from "./dead.ts";
import { onGossipTimer, spreadPayload } from "./dissemination.ts";
import { onEchoTimer } from "./echo.ts";
import { dial, onAnswer, onEnded } from "./exchange.ts";
import type { Input, Timer } from "./input.ts";
import type { Outputs } from "./output.ts";
import { onAck, onNack, onProbeDeadline, onProbeTimeout, onProbeTimer } from "./probe.ts";
import { everything, merge, onPushPullTimer, pushPullIntervalMs } from "./push_pull.ts";
import { join, onHurryTimer, onRejoinTimer } from "./rejoin.ts";
import { onIndirectPing, onPing, onRelayTimeout } from "./relay.ts";
import { packetSpace, sendToMember, streamBytes } from "./sending.ts";
import { onSuspect, onSuspicionTimer } from "./suspect.ts";
import type { Swim } from "./swim.ts";

/**
 * Takes one thing that happened into a member's state and returns what is to be done about it.
 *
 * `nowMs` never falls; where it starts does not matter. The same state, input, time and randomness give the same
 * outputs. A peer's bytes never throw; a wrong input of our own (metadata too large) throws a `ProblemError` before anything has changed.
 */
export function step(swim: Swim, input: Input, nowMs: number): Outputs {
  switch (input.kind) {
    case "start":
      start(swim, input.meta, nowMs);
      break;
    case "packet":
      onPacket(swim, input.from, input.bytes, nowMs);
      break;
    case "stream":
      onStream(swim, input.stream, input.from, input.message, nowMs);
      break;
    case "unreadable":
      onUnreadable(swim, input.stream, input.from, input.problem);
      break;
    case "answer":
      onAnswer(swim, input.exchange, input.message, nowMs);
      break;
    case "ended":
      onEnded(swim, input.exchange, input.problem, nowMs);
      break;
    case "timer":
      onTimer(swim, input.timer, nowMs);
      break;
    case "join":
      join(swim, input.seeds, nowMs);
      break;
    case "leave":
      leave(swim, nowMs);
      break;
    case "update":
      update(swim, input.meta, nowMs);
      break;
    case "broadcast":
      broadcast(swim, input.payload, input.key, nowMs);
      break;
    case "message":
      sendPayload(swim, input.to, input.payload, input.isReliable);
      break;
    case "userState":
      checkSize(input.state.length, bounds.userStateBytesMax, "the user state");
      swim.userState = input.state.slice();
      break;
    case "key":
      changeKey(swim, input.action, input.key);
      break;
    default:
      unreachable(input, "an input");
  }
  return swim.takeOutputs();
}

function start(swim: Swim, meta: Uint8Array, nowMs: number): void {
  checkSize(meta.length, bounds.metaBytesMax, "the metadata");
  swim.meta = meta.slice();
  announce(swim, nowMs);
  const { settings, random } = swim;
  // Members that start together must not act in step.
  swim.schedule({ kind: "probe" }, nowMs + random.next() * settings.probeIntervalMs);
  swim.schedule({ kind: "pushPull" }, nowMs + random.next() * pushPullIntervalMs(swim));
  if (settings.rejoinIntervalMs > 0) {
    swim.schedule({ kind: "rejoin" }, nowMs + random.next() * settings.rejoinIntervalMs);
  }
}

function onTimer(swim: Swim, timer: Timer, nowMs: number): void {
  switch (timer.kind) {
    case "probe":
      return onProbeTimer(swim, nowMs);
    case "probeTimeout":
      return onProbeTimeout(swim, timer.seqNo, nowMs);
    case "probeDeadline":
      return onProbeDeadline(swim, timer.seqNo, nowMs);
    case "relayTimeout":
      return onRelayTimeout(swim, timer.seqNo);
    case "suspicion":
      return onSuspicionTimer(swim, timer.member, nowMs);
    case "gossip":
      return onGossipTimer(swim, nowMs);
    case "pushPull":
      return onPushPullTimer(swim, nowMs);
    case "echo":
      return onEchoTimer(swim, nowMs);
    case "hurry":
      return onHurryTimer(swim, timer.seed, nowMs);
    case "rejoin":
      return onRejoinTimer(swim, nowMs);
  }
}

function onPacket(swim: Swim, from: Endpoint, bytes: Uint8Array, nowMs: number): void {
  const { label, keyring, settings: { skipLabelCheck, acceptPlain } } = swim;
  let message;
  try {
    message = openPacket(bytes, { label, keyring, skipLabelCheck, acceptPlain });
  } catch (error) {
    if (!(error instanceof ProblemError)) throw error;
    return swim.report(fromPeer(error.problem, from));
  }
  const { messages, problems } = decodePacketMessages(message);
  for (const each of problems) swim.report(fromPeer(each, from));
  for (const each of messages) onMessage(swim, each, from, nowMs);
}

function onMessage(swim: Swim, message: PacketMessage, from: Endpoint, nowMs: number): void {
  switch (message.type) {
    case "ping":
      return onPing(swim, message, from);
    case "indirectPing":
      return onIndirectPing(swim, message, from, nowMs);
    case "ack":
      return onAck(swim, message, nowMs);
    case "nack":
      return onNack(swim, message);
    case "alive":
      return onAlive(swim, message, nowMs);
    case "suspect":
      return onSuspect(swim, message, nowMs);
    case "dead":
      return onDead(swim, message, nowMs);
    case "user":
      return swim.notify({ kind: "message", payload: message.payload.slice(), from });
  }
}

/** The reply to a push/pull is written before the peer's state is merged: it says what we knew before. */
function onStream(
  swim: Swim,
  stream: number,
  from: Endpoint,
  message: StreamMessage,
  nowMs: number,
): void {
  if (message.type === "pushPull") {
    const bytes = streamBytes(swim, everything(swim, message.join), "acceptor");
    swim.outputs.replies.push({ stream, bytes });
    const refusal = merge(swim, message, nowMs);
    if (refusal) swim.report(fromPeer(refusal, from));
    return;
  }
  const isForUs = message.type === "ping" && (message.node === "" || message.node === swim.name);
  const bytes = isForUs
    ? streamBytes(swim, { type: "ack", seqNo: message.seqNo, payload: noBytes }, "acceptor")
    : noBytes;
  swim.outputs.replies.push({ stream, bytes });
  if (message.type === "user") swim.notify({ kind: "message", payload: message.payload, from });
}

/** A peer with another key is told so; one of another cluster, or one that sends nonsense, is not answered. */
function onUnreadable(swim: Swim, stream: number, from: Endpoint, it: Problem): void {
  swim.report(fromPeer(it, from));
  const bytes = it.code === "GOSSIP_REFUSED"
    ? streamBytes(swim, { type: "err", error: it.why ?? it.what }, "acceptor")
    : noBytes;
  swim.outputs.replies.push({ stream, bytes });
}

function fromPeer(it: Problem, { host, port }: Endpoint): Problem {
  return { ...it, severity: "warning", where: { host: `${host}:${port}` } };
}

function update(swim: Swim, meta: Uint8Array, nowMs: number): void {
  checkSize(meta.length, bounds.metaBytesMax, "the metadata");
  if (swim.isLeaving) return;
  swim.meta = meta.slice();
  announce(swim, nowMs);
  if (swim.aliveOthers() > 0) swim.awaited = "announced";
  else swim.notify({ kind: "announced" });
}

function broadcast(
  swim: Swim,
  payload: Uint8Array,
  key: string | undefined,
  nowMs: number,
): void {
  // What does not fit behind an ack or beside other gossip would never leave.
  checkSize(payload.length, Math.floor(packetSpace(swim) / 2), "the broadcast");
  spreadPayload(swim, payload, key, nowMs);
}

function sendPayload(swim: Swim, to: string, payload: Uint8Array, isReliable: boolean): void {
  const member = swim.members.get(to);
  if (!member) {
    return swim.report(problem("GOSSIP_UNREACHABLE", {
      what: `Cannot send a message to member "${to}"`,
      why: "No member of that name is known",
    }));
  }
  if (!isReliable) {
    checkSize(payload.length, datagramPayloadBytesMax, "the message");
    const message = encodePacketMessage({ type: "user", payload });
    return sendToMember(swim, member, [message]);
  }
  checkSize(payload.length, bounds.userMessageBytesMax, "the message");
  dial(swim, {
    purpose: { kind: "message" },
    to: member.endpoint,
    message: { type: "user", payload },
    wantsAnswer: false,
    timeoutMs: swim.settings.streamTimeoutMs,
  });
}

/** UDP carries 65,507 bytes; label, encryption and checksum take some. */
const datagramPayloadBytesMax = 65_000;

function changeKey(swim: Swim, action: "add" | "use" | "remove", key: Uint8Array): void {
  if (!swim.keyring) {
    fail("GOSSIP_KEY_INVALID", {
      what: `Cannot ${action} a gossip key`,
      why: "This member was started without gossip keys",
      fix: "Start it with a key, accepting and sending plain messages until all members have one",
    });
  }
  swim.keyring[action](key);
}

function checkSize(bytes: number, max: number, what: string): void {
  if (bytes <= max) return;
  fail("GOSSIP_TOO_LARGE", {
    what: `Cannot gossip ${what}`,
    why: `It has ${bytes} bytes, the limit is ${max}`,
    fix: "Send less, or put it where all members read it and gossip its name",
  });
}
