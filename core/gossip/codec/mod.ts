/**
 * memberlist's wire: bytes to messages and back, and nothing else. It knows no member, no time and no socket.
 *
 * Two ways in, `openPacket` with `decodePacketMessages` for UDP and `StreamReader` for TCP; two ways out, `sealPacket` and
 * `sealStream`. Everything that a peer can make us hold has a limit in `bounds`. A peer's bytes never throw anything
 * but a `ProblemError`.
 *
 *     const packet = sealPacket(encodePacketMessage(ping), { label: noBytes });
 *     const { messages } = decodePacketMessages(openPacket(packet, { label: noBytes }));
 */
export { bounds } from "./bounds.ts";
export { concatBytes, noBytes, sameBytes } from "./bytes.ts";
export { encryptionOverheadBytes, type EncryptionVersion, nonceBytes } from "./encryption.ts";
export {
  compoundHeaderBytes,
  compoundPartOverheadBytes,
  decodePacketMessages,
  encodeCompound,
  encodePacketMessage,
  type PacketContents,
} from "./envelope.ts";
export { Keyring } from "./keyring.ts";
export { labelBytes } from "./label.ts";
export { checkBound } from "./malformed.ts";
export {
  type Ack,
  type Alive,
  type Dead,
  type ErrorMessage,
  type IndirectPing,
  type Nack,
  type NodeState,
  type PacketMessage,
  type Ping,
  type PushPull,
  type StreamMessage,
  type Suspect,
  type UserMessage,
} from "./message.ts";
export { utf8 } from "./msgpack.ts";
export { type OpenOptions, openPacket, type SealOptions, sealPacket } from "./packet.ts";
export { sealStream, streamProblem, StreamReader } from "./stream.ts";
