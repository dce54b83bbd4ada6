import { bounds } from "./bounds.ts";
import { type Field, RecordShape } from "./msgpack.ts";

/** First byte of each message (memberlist net.go). */
export const messageType = {
  ping: 0,
  indirectPing: 1,
  ack: 2,
  suspect: 3,
  alive: 4,
  dead: 5,
  pushPull: 6,
  compound: 7,
  user: 8,
  compress: 9,
  encrypt: 10,
  nack: 11,
  hasCrc: 12,
  err: 13,
  label: 244,
} as const;

/** Asks a member to answer with `ack`. The answer goes to the source where it is given, else to the packet's sender. */
export interface Ping {
  readonly type: "ping";
  readonly seqNo: number;
  readonly node: string;
  readonly sourceAddr: Uint8Array;
  readonly sourcePort: number;
  readonly sourceNode: string;
}

/** Asks a member to ping `target` and to relay its ack; with `nack` to say so when none came. */
export interface IndirectPing {
  readonly type: "indirectPing";
  readonly seqNo: number;
  readonly target: Uint8Array;
  readonly port: number;
  readonly node: string;
  readonly nack: boolean;
  readonly sourceAddr: Uint8Array;
  readonly sourcePort: number;
  readonly sourceNode: string;
}

export interface Ack {
  readonly type: "ack";
  readonly seqNo: number;
  readonly payload: Uint8Array;
}

export interface Nack {
  readonly type: "nack";
  readonly seqNo: number;
}

/** Says that `node` is there, at this address, with this metadata. */
export interface Alive {
  readonly type: "alive";
  readonly incarnation: number;
  readonly node: string;
  /** 4 or 16 bytes, kept as they came: the two forms of one address count as different. */
  readonly addr: Uint8Array;
  readonly port: number;
  readonly meta: Uint8Array;
  /** Protocol min, max, current; then the same of the application. */
  readonly vsn: Uint8Array;
}

export interface Suspect {
  readonly type: "suspect";
  readonly incarnation: number;
  readonly node: string;
  readonly from: string;
}

/** Says that `node` failed, or, where `from` is the node itself, that it left. */
export interface Dead {
  readonly type: "dead";
  readonly incarnation: number;
  readonly node: string;
  readonly from: string;
}

/** An application's payload. */
export interface UserMessage {
  readonly type: "user";
  readonly payload: Uint8Array;
}

/** What an acceptor answers that could not read the first message of a stream. */
export interface ErrorMessage {
  readonly type: "err";
  readonly error: string;
}

/** One member in a push/pull. */
export interface NodeState {
  readonly name: string;
  readonly addr: Uint8Array;
  readonly port: number;
  readonly meta: Uint8Array;
  readonly incarnation: number;
  /** 0 alive, 1 suspect, 2 dead, 3 left. */
  readonly state: number;
  readonly vsn: Uint8Array;
}

/** All that a node knows, and its application's state. */
export interface PushPull {
  readonly type: "pushPull";
  readonly join: boolean;
  readonly nodes: readonly NodeState[];
  readonly userState: Uint8Array;
}

/** What a datagram carries. */
export type PacketMessage =
  | Ping
  | IndirectPing
  | Ack
  | Nack
  | Alive
  | Suspect
  | Dead
  | UserMessage;

/** What a stream carries. */
export type StreamMessage = Ping | Ack | PushPull | UserMessage | ErrorMessage;

/** Messages that are a type byte and one record. */
export type RecordMessage = Exclude<PacketMessage, UserMessage> | ErrorMessage;

const addressBytesMax = 16;
const name = (wire: string, key: string): Field => ({
  wire,
  key,
  kind: "text",
  bytesMax: bounds.nameBytesMax,
});
const unsigned = (wire: string, key: string): Field => ({ wire, key, kind: "unsigned" });
const address = (wire: string, key: string): Field => ({
  wire,
  key,
  kind: "bytes",
  bytesMax: addressBytesMax,
});
const meta: Field = {
  wire: "Meta",
  key: "meta",
  kind: "bytes",
  bytesMax: bounds.metaReceivedBytesMax,
};
const versions: Field = { wire: "Vsn", key: "vsn", kind: "bytes", bytesMax: 64 };
const source: readonly Field[] = [
  { ...address("SourceAddr", "sourceAddr"), optional: true },
  { ...unsigned("SourcePort", "sourcePort"), optional: true },
  { ...name("SourceNode", "sourceNode"), optional: true },
];
const accusation: readonly Field[] = [
  unsigned("Incarnation", "incarnation"),
  name("Node", "node"),
  name("From", "from"),
];

/** The shapes of messages that are one record, by type. */
export const recordShapes = {
  ping: new RecordShape<Omit<Ping, "type">>([
    unsigned("SeqNo", "seqNo"),
    name("Node", "node"),
    ...source,
  ]),
  indirectPing: new RecordShape<Omit<IndirectPing, "type">>([
    unsigned("SeqNo", "seqNo"),
    address("Target", "target"),
    unsigned("Port", "port"),
    name("Node", "node"),
    { wire: "Nack", key: "nack", kind: "boolean" },
    ...source,
  ]),
  ack: new RecordShape<Omit<Ack, "type">>([
    unsigned("SeqNo", "seqNo"),
    { wire: "Payload", key: "payload", kind: "bytes", bytesMax: bounds.ackPayloadBytesMax },
  ]),
  nack: new RecordShape<Omit<Nack, "type">>([unsigned("SeqNo", "seqNo")]),
  suspect: new RecordShape<Omit<Suspect, "type">>(accusation),
  dead: new RecordShape<Omit<Dead, "type">>(accusation),
  alive: new RecordShape<Omit<Alive, "type">>([
    unsigned("Incarnation", "incarnation"),
    name("Node", "node"),
    address("Addr", "addr"),
    unsigned("Port", "port"),
    meta,
    versions,
  ]),
  err: new RecordShape<Omit<ErrorMessage, "type">>([
    { wire: "Error", key: "error", kind: "text", bytesMax: 65_536 },
  ]),
} as const;

/** What stands before the members of a push/pull. */
export interface PushPullHeader {
  readonly join: boolean;
  readonly nodes: number;
  readonly userStateLen: number;
}

export const pushPullHeaderShape = new RecordShape<PushPullHeader>([
  { wire: "Nodes", key: "nodes", kind: "signed" },
  { wire: "UserStateLen", key: "userStateLen", kind: "signed" },
  { wire: "Join", key: "join", kind: "boolean" },
]);

export const nodeStateShape = new RecordShape<NodeState>([
  name("Name", "name"),
  address("Addr", "addr"),
  unsigned("Port", "port"),
  meta,
  unsigned("Incarnation", "incarnation"),
  { wire: "State", key: "state", kind: "signed" },
  versions,
]);

export const userHeaderShape = new RecordShape<{ readonly userMsgLen: number }>([
  { wire: "UserMsgLen", key: "userMsgLen", kind: "signed" },
]);

export const compressShape = new RecordShape<
  { readonly algo: number; readonly buf: Uint8Array }
>([
  unsigned("Algo", "algo"),
  { wire: "Buf", key: "buf", kind: "bytes", bytesMax: bounds.streamBytesMax },
]);
