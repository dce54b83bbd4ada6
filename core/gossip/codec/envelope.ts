/** The envelopes inside a packet: compound and compress. */
import { type Problem, ProblemError } from "../../base/mod.ts";
import { bounds } from "./bounds.ts";
import { compressLzw, inflateLzw } from "./lzw.ts";
import { limitProblem, malformed } from "./malformed.ts";
import {
  type Ack,
  type Alive,
  compressShape,
  type Dead,
  type ErrorMessage,
  type IndirectPing,
  messageType,
  type Nack,
  type PacketMessage,
  type Ping,
  type RecordMessage,
  recordShapes,
  type Suspect,
} from "./message.ts";
import { ByteReader, ShortInput } from "./reader.ts";
import { ByteWriter } from "./writer.ts";

/** Returns a message that is a type byte and one record. */
export function encodeRecord(message: RecordMessage): Uint8Array {
  const writer = new ByteWriter().byte(messageType[message.type]);
  switch (message.type) {
    case "ping":
      recordShapes.ping.write(writer, message);
      break;
    case "indirectPing":
      recordShapes.indirectPing.write(writer, message);
      break;
    case "ack":
      recordShapes.ack.write(writer, message);
      break;
    case "nack":
      recordShapes.nack.write(writer, message);
      break;
    case "suspect":
      recordShapes.suspect.write(writer, message);
      break;
    case "dead":
      recordShapes.dead.write(writer, message);
      break;
    case "alive":
      recordShapes.alive.write(writer, message);
      break;
    case "err":
      recordShapes.err.write(writer, message);
  }
  return writer.finish();
}

/** Returns a message of a datagram: a record, or a user message, whose payload follows its type byte as it is. */
export function encodePacketMessage(message: PacketMessage): Uint8Array {
  if (message.type !== "user") return encodeRecord(message);
  return new ByteWriter(message.payload.length + 1)
    .byte(messageType.user)
    .bytes(message.payload)
    .finish();
}

/** Bytes that a compound adds to each of its parts, and once. */
export const compoundPartOverheadBytes = 2;
export const compoundHeaderBytes = 2;

/** Returns the messages as one; at most 255 of at most 65535 bytes each. One alone stays as it is. */
export function encodeCompound(messages: readonly Uint8Array[]): Uint8Array {
  if (messages.length === 1) return messages[0];
  const size = messages.reduce((sum, message) => sum + message.length + 2, 2);
  const writer = new ByteWriter(size).byte(messageType.compound).byte(messages.length);
  for (const message of messages) writer.unsigned(message.length, 2);
  for (const message of messages) writer.bytes(message);
  return writer.finish();
}

/** Returns the message compressed, or as it is where that is no longer. */
export function compressWherePays(message: Uint8Array): Uint8Array {
  if (message.length < compressBytesMin) return message;
  const buf = compressLzw(message);
  if (buf.length + compressHeaderBytesMax >= message.length) return message;
  const writer = new ByteWriter(buf.length + compressHeaderBytesMax).byte(messageType.compress);
  compressShape.write(writer, { algo: 0, buf });
  return writer.finish();
}

/** Shorter messages (every ping and ack) never shrink. */
const compressBytesMin = 128;
const compressHeaderBytesMax = 17;

/** Returns what a compress message holds, its type byte taken off already. */
export function inflate(reader: ByteReader, bytesMax: number): Uint8Array {
  const { algo, buf } = compressShape.read(reader);
  if (algo !== 0) malformed(`it is compressed by algorithm ${algo}, which is not known`);
  return inflateLzw(buf, bytesMax);
}

/** What a datagram held: every message that could be read, and what was wrong with the rest. */
export interface PacketContents {
  readonly messages: PacketMessage[];
  readonly problems: Problem[];
}

/** Reads the message of a datagram, label, encryption and checksum taken off; opens compounds and compression. */
export function decodePacketMessages(message: Uint8Array): PacketContents {
  const contents: PacketContents = { messages: [], problems: [] };
  const budget = { inflatedBytesLeft: bounds.packetInflatedBytesMax };
  readInto(contents, message, budget, 0);
  return contents;
}

interface Budget {
  inflatedBytesLeft: number;
}

/** One bad part does not spoil the others: its problem is noted and reading goes on. */
function readInto(
  contents: PacketContents,
  message: Uint8Array,
  budget: Budget,
  nesting: number,
): void {
  try {
    readOne(contents, new ByteReader(message), budget, nesting);
  } catch (error) {
    // A packet of many broken parts is one broken packet: a few problems tell as much as a thousand.
    if (contents.problems.length >= problemsMax) return;
    contents.problems.push(problemOf(error));
  }
}

const problemsMax = 4;

function problemOf(error: unknown): Problem {
  if (error instanceof ProblemError) return error.problem;
  if (!(error instanceof ShortInput)) throw error;
  return {
    code: "GOSSIP_MALFORMED",
    severity: "error",
    what: "Cannot read a gossip message",
    why: "its bytes run short",
  };
}

function readOne(
  contents: PacketContents,
  reader: ByteReader,
  budget: Budget,
  nesting: number,
): void {
  const type = reader.byte();
  if (type === messageType.compound || type === messageType.compress) {
    if (nesting >= bounds.nestingMax) {
      throw new ProblemError(limitProblem(nesting + 1, bounds.nestingMax, "nesting of messages"));
    }
    if (type === messageType.compound) return readCompound(contents, reader, budget, nesting);
    const left = budget.inflatedBytesLeft;
    budget.inflatedBytesLeft = 0; // a bomb that is given up has cost all of it
    const inflated = inflate(reader, left);
    budget.inflatedBytesLeft = left - inflated.length;
    return readInto(contents, inflated, budget, nesting + 1);
  }
  contents.messages.push(decodePacketMessage(type, reader));
}

/** Where the bodies run short, the complete ones are taken and the rest dropped. */
function readCompound(
  contents: PacketContents,
  reader: ByteReader,
  budget: Budget,
  nesting: number,
): void {
  const lengths = Array.from({ length: reader.byte() }, () => 0);
  for (let i = 0; i < lengths.length; i++) lengths[i] = reader.unsigned(2);
  for (const length of lengths) readInto(contents, reader.take(length), budget, nesting + 1);
}

function decodePacketMessage(type: number, reader: ByteReader): PacketMessage {
  switch (type) {
    case messageType.user:
      return { type: "user", payload: reader.take(reader.left) };
    case messageType.alive:
    case messageType.suspect:
    case messageType.dead:
    case messageType.ping:
    case messageType.indirectPing:
    case messageType.ack:
    case messageType.nack:
      return decodeRecord(type, reader);
    default:
      malformed(`its type ${type} is not known, or not allowed in a packet`);
  }
}

/** Reads a record of the given type, its type byte taken off already. */
export function decodeRecord(
  type: 0 | 1 | 2 | 3 | 4 | 5 | 11,
  reader: ByteReader,
): Ping | IndirectPing | Ack | Nack | Suspect | Alive | Dead {
  switch (type) {
    case messageType.ping:
      return { type: "ping", ...recordShapes.ping.read(reader) };
    case messageType.indirectPing:
      return { type: "indirectPing", ...recordShapes.indirectPing.read(reader) };
    case messageType.ack:
      return { type: "ack", ...recordShapes.ack.read(reader) };
    case messageType.suspect:
      return { type: "suspect", ...recordShapes.suspect.read(reader) };
    case messageType.alive:
      return { type: "alive", ...recordShapes.alive.read(reader) };
    case messageType.dead:
      return { type: "dead", ...recordShapes.dead.read(reader) };
    case messageType.nack:
      return { type: "nack", ...recordShapes.nack.read(reader) };
  }
}

/** Reads an error message, its type byte taken off already. */
export function decodeError(reader: ByteReader): ErrorMessage {
  return { type: "err", ...recordShapes.err.read(reader) };
}
