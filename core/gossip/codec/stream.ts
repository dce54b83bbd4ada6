/** One TCP exchange: label once by the dialler, then in each direction one message, compressed and encrypted as set. */
import { type Problem, problem, ProblemError } from "../../base/mod.ts";
import { bounds } from "./bounds.ts";
import { concatBytes, uint32Bytes } from "./bytes.ts";
import { decrypt, encrypt, encryptedLength } from "./encryption.ts";
import { compressWherePays, decodeError, decodeRecord, encodeRecord, inflate } from "./envelope.ts";
import { labelHeader, takeLabel } from "./label.ts";
import { checkBound, malformed, refused } from "./malformed.ts";
import {
  messageType,
  type NodeState,
  nodeStateShape,
  type PushPullHeader,
  pushPullHeaderShape,
  type StreamMessage,
  userHeaderShape,
} from "./message.ts";
import type { OpenOptions, SealOptions } from "./packet.ts";
import { ByteReader, ShortInput } from "./reader.ts";
import { ByteWriter } from "./writer.ts";

/** Returns a message as it stands in a stream before compression and encryption. */
export function encodeStreamMessage(message: StreamMessage): Uint8Array {
  if (message.type === "pushPull") {
    const { join, nodes, userState } = message;
    const writer = new ByteWriter(1024).byte(messageType.pushPull);
    pushPullHeaderShape.write(writer, {
      join,
      nodes: nodes.length,
      userStateLen: userState.length,
    });
    for (const node of nodes) nodeStateShape.write(writer, node);
    return writer.bytes(userState).finish();
  }
  if (message.type === "user") {
    const writer = new ByteWriter(message.payload.length + 32).byte(messageType.user);
    userHeaderShape.write(writer, { userMsgLen: message.payload.length });
    return writer.bytes(message.payload).finish();
  }
  return encodeRecord(message);
}

/** Returns the bytes of one direction of an exchange; the dialler's begin with the label. */
export function sealStream(
  message: StreamMessage,
  options: SealOptions & { readonly role: "dialler" | "acceptor" },
): Uint8Array {
  let body = encodeStreamMessage(message);
  if (options.compress) body = compressWherePays(body);
  if (options.keyring) {
    const { keyring, nonce, encryptionVersion = 1, label } = options;
    if (!nonce) throw new TypeError("Encryption needs a nonce");
    const head = frameHead(encryptedLength(encryptionVersion, body.length));
    const associated = concatBytes(head, label);
    body = concatBytes(head, encrypt(encryptionVersion, keyring.primary, nonce, body, associated));
  }
  return options.role === "dialler" ? concatBytes(labelHeader(options.label), body) : body;
}

function frameHead(length: number): Uint8Array {
  return concatBytes(Uint8Array.of(messageType.encrypt), uint32Bytes(length));
}

/** Members read so far, so that a stream that arrives in pieces is not read from its start again and again. */
interface PartialPushPull {
  header?: PushPullHeader;
  readonly nodes: NodeState[];
  position: number;
}

/**
 * Reads one direction of an exchange as it arrives. `push` returns the message once it is whole, and throws a
 * problem for bytes that cannot become one. Bytes behind the message are ignored.
 */
export class StreamReader {
  readonly #options: OpenOptions & { readonly role: "dialler" | "acceptor" };
  #buffer = new Uint8Array(4_096);
  #length = 0;
  /** No message is whole before so many bytes are there. */
  #neededBytes = 1;
  /** Where the message starts, once the label is taken off. */
  #start: number | undefined;
  #partial: PartialPushPull = { nodes: [], position: 0 };

  /** `role` is the reader's own: an acceptor expects the label, a dialler reads a reply, which carries none. */
  constructor(options: OpenOptions & { readonly role: "dialler" | "acceptor" }) {
    this.#options = options;
    if (options.role === "dialler") this.#start = 0;
  }

  push(chunk: Uint8Array): StreamMessage | undefined {
    checkBound(this.#length + chunk.length, bounds.streamBytesMax, "length of a stream");
    this.#append(chunk);
    if (this.#length < this.#neededBytes) return undefined;
    try {
      return this.#read(new ByteReader(this.#buffer.subarray(0, this.#length)));
    } catch (error) {
      if (!(error instanceof ShortInput)) throw error;
      checkBound(error.neededBytes, bounds.streamBytesMax, "length of a stream");
      this.#neededBytes = error.neededBytes;
      return undefined;
    }
  }

  #read(reader: ByteReader): StreamMessage {
    if (this.#start === undefined) {
      takeLabel(reader, this.#options);
      this.#start = reader.position;
    }
    reader.position = this.#start;
    const { keyring, acceptPlain } = this.#options;
    const isEncrypted = reader.peek() === messageType.encrypt;
    if (isEncrypted && !keyring) refused("it is encrypted and we have no key", fixKey);
    if (!isEncrypted && keyring && !acceptPlain) refused("it is not encrypted", fixKey);
    if (isEncrypted) return wholeMessage(this.#decrypt(reader));
    return readMessage(reader, this.#partial);
  }

  #decrypt(reader: ByteReader): Uint8Array {
    const head = reader.take(5);
    const length = new ByteReader(head, 1).unsigned(4);
    checkBound(length, bounds.encryptedFrameBytesMax, "length of an encrypted frame");
    const associated = concatBytes(head, this.#options.label);
    return decrypt(this.#options.keyring!, reader.take(length), associated);
  }

  #append(chunk: Uint8Array): void {
    const wanted = this.#length + chunk.length;
    if (wanted > this.#buffer.length) {
      const larger = new Uint8Array(Math.max(wanted, this.#buffer.length * 2));
      larger.set(this.#buffer.subarray(0, this.#length));
      this.#buffer = larger;
    }
    this.#buffer.set(chunk, this.#length);
    this.#length = wanted;
  }
}

const fixKey = "Give all members of one cluster the same gossip keys";

/** Returns the problem behind an error that reading a stream threw; a bug of ours is thrown on. */
export function streamProblem(error: unknown): Problem {
  if (error instanceof ProblemError) return error.problem;
  if (!(error instanceof ShortInput)) throw error;
  return problem("GOSSIP_MALFORMED", {
    what: "Cannot read a gossip stream",
    why: "it ended before its message did",
  });
}

/** Reads a message of which all bytes are there. */
function wholeMessage(bytes: Uint8Array): StreamMessage {
  try {
    return readMessage(new ByteReader(bytes), { nodes: [], position: 0 });
  } catch (error) {
    if (error instanceof ShortInput) malformed("its bytes run short");
    throw error;
  }
}

function readMessage(
  reader: ByteReader,
  partial: PartialPushPull,
  isInflated = false,
): StreamMessage {
  const type = reader.byte();
  switch (type) {
    case messageType.compress: {
      if (isInflated) malformed("it is compressed twice");
      const inflated = inflate(reader, bounds.streamInflatedBytesMax);
      return readInflated(inflated);
    }
    case messageType.pushPull:
      return readPushPull(reader, partial);
    case messageType.user: {
      const { userMsgLen } = userHeaderShape.read(reader);
      checkBound(userMsgLen, bounds.userMessageBytesMax, "length of a user message");
      return { type: "user", payload: reader.take(userMsgLen) };
    }
    case messageType.ping:
    case messageType.ack:
      return decodeRecord(type, reader) as StreamMessage;
    case messageType.err:
      return decodeError(reader);
    default:
      malformed(`its type ${type} is not known, or not allowed in a stream`);
  }
}

function readInflated(inflated: Uint8Array): StreamMessage {
  try {
    return readMessage(new ByteReader(inflated), { nodes: [], position: 0 }, true);
  } catch (error) {
    if (error instanceof ShortInput) malformed("its bytes run short");
    throw error;
  }
}

/** Goes on where the last call ran short. */
function readPushPull(reader: ByteReader, partial: PartialPushPull): StreamMessage {
  if (!partial.header) {
    const header = pushPullHeaderShape.read(reader);
    checkBound(header.nodes, bounds.pushPullMembersMax, "number of members in a push/pull");
    checkBound(header.userStateLen, bounds.userStateBytesMax, "length of user state");
    partial.header = header;
    partial.position = reader.position;
  }
  const { header, nodes } = partial;
  while (nodes.length < header.nodes) {
    reader.position = partial.position;
    nodes.push(nodeStateShape.read(reader));
    partial.position = reader.position;
  }
  reader.position = partial.position;
  const userState = reader.take(header.userStateLen);
  return { type: "pushPull", join: header.join, nodes, userState };
}
