/**
 * Limits on each thing that a peer can make us hold or do (memberlist net.go, section 15 of the protocol page; the
 * ones of our own are marked). All are checked before anything of that size is allocated.
 */
export const bounds = {
  /** One datagram. */
  packetBytesMax: 65_536,
  /** All that one datagram may inflate to, over all its nested parts (ours; memberlist allows 40 MiB). */
  packetInflatedBytesMax: 1_048_576,
  /** Compound and compress inside each other (ours; memberlist does not stop). */
  nestingMax: 4,
  /** Parts of one compound message: its count is one byte. */
  compoundPartsMax: 255,
  /** One part of a compound message: its length is two bytes. */
  compoundPartBytesMax: 65_535,
  /** Members in one push/pull (ours; memberlist allows 1,048,576): twice what a member takes in unless told otherwise. */
  pushPullMembersMax: 131_072,
  /** User state in one push/pull, a reliable user message, and one encrypted frame, each. */
  userStateBytesMax: 20 * 1_048_576,
  userMessageBytesMax: 20 * 1_048_576,
  encryptedFrameBytesMax: 20 * 1_048_576,
  /** What a compressed stream message may inflate to. */
  streamInflatedBytesMax: 40 * 1_048_576,
  /** All that one stream may bring (ours). */
  streamBytesMax: 64 * 1_048_576,
  labelBytesMax: 255,
  /** Metadata that we send; what others send is taken up to `metaReceivedBytesMax`. */
  metaBytesMax: 512,
  /** Metadata that we keep of another (ours): a real node accepts any. */
  metaReceivedBytesMax: 4_096,
  /** A member's name (ours; Serf allows 128). */
  nameBytesMax: 512,
  /** Payload of an ack (ours). */
  ackPayloadBytesMax: 65_536,
} as const;
