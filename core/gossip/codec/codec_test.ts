/** Round trips, and what real nodes accept although they never send it. */
import assert from "node:assert/strict";
import fc from "fast-check";
import { bytes, hex, keys, plain, problemCode } from "./_examples.ts";
import { noBytes } from "./bytes.ts";
import { decodePacketMessages, encodeCompound, encodePacketMessage } from "./envelope.ts";
import { Keyring } from "./keyring.ts";
import { compressLzw, inflateLzw } from "./lzw.ts";
import type { PacketMessage, PushPull, StreamMessage } from "./message.ts";
import { utf8 } from "./msgpack.ts";
import { openPacket, sealPacket } from "./packet.ts";
import { sealStream, StreamReader } from "./stream.ts";

/** Plain objects, as the codec makes them. */
const record = <T>(model: { [K in keyof T]: fc.Arbitrary<T[K]> }) =>
  fc.record<T>(model, { noNullPrototype: true });
const uint32 = fc.integer({ min: 0, max: 0xffff_ffff });
const port = fc.integer({ min: 0, max: 65_535 });
const name = fc.string({ unit: "grapheme", maxLength: 20 });
const packetMessages: fc.Arbitrary<PacketMessage> = fc.oneof(
  record({
    type: fc.constant("ping" as const),
    seqNo: uint32,
    node: name,
    sourceAddr: bytes(16),
    sourcePort: port,
    sourceNode: name,
  }),
  record({
    type: fc.constant("indirectPing" as const),
    seqNo: uint32,
    target: bytes(16),
    port,
    node: name,
    nack: fc.boolean(),
    sourceAddr: bytes(16),
    sourcePort: port,
    sourceNode: name,
  }),
  record({ type: fc.constant("ack" as const), seqNo: uint32, payload: bytes(300) }),
  record({ type: fc.constant("nack" as const), seqNo: uint32 }),
  record({
    type: fc.constantFrom("suspect" as const, "dead" as const),
    incarnation: uint32,
    node: name,
    from: name,
  }),
  record({
    type: fc.constant("alive" as const),
    incarnation: uint32,
    node: name,
    addr: bytes(16),
    port,
    meta: bytes(512),
    vsn: bytes(6),
  }),
  record({ type: fc.constant("user" as const), payload: bytes(300) }),
);
const pushPulls: fc.Arbitrary<PushPull> = record({
  type: fc.constant("pushPull" as const),
  join: fc.boolean(),
  nodes: fc.array(
    record({
      name,
      addr: bytes(16),
      port,
      meta: bytes(40),
      incarnation: uint32,
      state: fc.integer({ min: 0, max: 3 }),
      vsn: bytes(6),
    }),
    { maxLength: 40 },
  ),
  userState: bytes(2_000),
});

Deno.test("openPacket() returns what sealPacket() was given, whatever is put around it", () => {
  fc.assert(
    fc.property(
      fc.array(packetMessages, { minLength: 1, maxLength: 6 }),
      fc.boolean(),
      fc.boolean(),
      fc.constantFrom(undefined, ...keys),
      fc.constantFrom(0 as const, 1 as const),
      fc.constantFrom("", "shop"),
      (messages, compress, crc, key, encryptionVersion, labelText) => {
        const label = utf8(labelText);
        const keyring = key && new Keyring([key]);
        const message = encodeCompound(messages.map(encodePacketMessage));
        const nonce = new Uint8Array(12).fill(7);
        const sealed = sealPacket(message, {
          label,
          compress,
          crc,
          keyring,
          nonce,
          encryptionVersion,
        });
        const ring = keyring && new Keyring([keys[1], keys[0], keys[2]]);
        const contents = decodePacketMessages(openPacket(sealed, { label, keyring: ring }));
        assert.deepEqual(contents, { messages, problems: [] });
      },
    ),
    { numRuns: 60 },
  );
});

Deno.test("StreamReader reads a push/pull that arrives in pieces of any size", () => {
  fc.assert(
    fc.property(
      pushPulls,
      fc.boolean(),
      fc.boolean(),
      fc.integer({ min: 1, max: 700 }),
      (message, compress, encrypted, pieceBytes) => {
        const keyring = encrypted ? new Keyring([keys[0]]) : undefined;
        const label = utf8("shop");
        const seal = { label, compress, keyring, nonce: new Uint8Array(12) };
        const sent = sealStream(message, { ...seal, role: "dialler" });
        const reader = new StreamReader({ label, keyring, role: "acceptor" });
        let got: StreamMessage | undefined;
        for (let at = 0; at < sent.length; at += pieceBytes) {
          assert.equal(got, undefined, "no message before its last piece");
          got = reader.push(sent.subarray(at, at + pieceBytes));
        }
        assert.deepEqual(got, message);
      },
    ),
    { numRuns: 40 },
  );
});

Deno.test("StreamReader reads 1,000 members in small pieces in linear time", () => {
  const node = { addr: hex("7f000001"), port: 1, incarnation: 1, state: 0, vsn: noBytes };
  const nodes = Array.from(
    { length: 1_000 },
    (_, i) => ({ ...node, name: `n${i}`, meta: new Uint8Array(500).fill(i) }),
  );
  const message: PushPull = { type: "pushPull", join: false, nodes, userState: noBytes };
  const sent = sealStream(message, { ...plain, role: "acceptor" });
  const reader = new StreamReader({ ...plain, role: "dialler" });
  let got: StreamMessage | undefined;
  for (let at = 0; at < sent.length; at += 256) got = reader.push(sent.subarray(at, at + 256));
  assert.deepEqual(got, message);
});

Deno.test("inflateLzw() returns what compressLzw() was given, past dictionary resets", () => {
  const noise = new Uint8Array(30_000);
  for (let i = 0, x = 1; i < noise.length; i++) {
    noise[i] = x = (Math.imul(x, 48_271) % 0x7fff_ffff) & 0xff || 1;
  }
  const inputs = [noBytes, noise, new Uint8Array(70_000), utf8("abcabcabc".repeat(3_000))];
  for (const input of inputs) {
    assert.deepEqual(inflateLzw(compressLzw(input), input.length), input);
  }
  fc.assert(
    fc.property(bytes(3_000), (input) => {
      assert.deepEqual(inflateLzw(compressLzw(input), input.length), input);
    }),
    { numRuns: 30 },
  );
});

Deno.test("openPacket() refuses a wrong checksum, label and key", () => {
  const nack = encodePacketMessage({ type: "nack", seqNo: 1 });
  const nonce = new Uint8Array(12);
  const code = (packet: Uint8Array, label = "", key?: Uint8Array) =>
    problemCode(() =>
      openPacket(packet, { label: utf8(label), keyring: key && new Keyring([key]) })
    );
  const crc = sealPacket(nack, { ...plain, crc: true });
  crc[2] ^= 1;
  assert.equal(code(crc), "GOSSIP_REFUSED");
  const labelled = sealPacket(nack, { label: utf8("shop") });
  assert.equal(code(labelled, "shop"), "none");
  assert.equal(code(labelled, "shop2"), "GOSSIP_OTHER_CLUSTER");
  assert.equal(code(labelled), "GOSSIP_OTHER_CLUSTER");
  assert.equal(code(nack, "shop"), "GOSSIP_OTHER_CLUSTER");
  assert.equal(code(hex("f400")), "GOSSIP_MALFORMED");
  assert.equal(code(hex("f4"), "shop"), "GOSSIP_MALFORMED");
  const sealed = sealPacket(nack, { label: utf8("a"), keyring: new Keyring([keys[0]]), nonce });
  assert.equal(code(sealed, "a", keys[0]), "none");
  assert.equal(code(sealed, "a", keys[1]), "GOSSIP_REFUSED");
  sealed[2] = "b".charCodeAt(0); // relabelled by somebody on the way: the label is authenticated
  assert.equal(code(sealed, "b", keys[0]), "GOSSIP_REFUSED");
  assert.equal(code(nack, "", keys[0]), "GOSSIP_REFUSED");
});

Deno.test("decodePacketMessages() accepts what real nodes accept: bin, str8, arrays, wide integers, unknown keys", () => {
  const suspect = { type: "suspect", incarnation: 7, node: "n", from: "f" };
  const check = (text: string) => {
    assert.deepEqual(decodePacketMessages(hex(text)), { messages: [suspect], problems: [] });
  };
  const incarnation = "ab496e6361726e6174696f6e";
  check(`03 83 ${incarnation} 07 a44e6f6465 d9016e a446726f6d c40166`);
  check(`03 83 ${incarnation} d30000000000000007 a44e6f6465 a16e a446726f6d 9166`);
  check(`03 84 a158 92 81a17801 c0 ${incarnation} cd0007 a44e6f6465 a16e a446726f6d a166`);
  check("03 93 07 a16e a166"); // positional
  check(`03 84 ${incarnation} 07 a46e6f6465 a178 a44e6f6465 a16e a446726f6d a166`); // wrong case is unknown
});

Deno.test("Keyring rotates: add, use, remove", () => {
  const ring = new Keyring([keys[0]]);
  ring.add(keys[1]);
  ring.add(keys[1]);
  assert.deepEqual(ring.keys, [keys[0], keys[1]]);
  assert.equal(problemCode(() => ring.remove(keys[0])), "GOSSIP_KEY_INVALID");
  assert.equal(problemCode(() => ring.use(keys[2])), "GOSSIP_KEY_INVALID");
  ring.use(keys[1]);
  assert.deepEqual(ring.keys, [keys[1], keys[0]]);
  ring.remove(keys[0]);
  assert.deepEqual(ring.keys, [keys[1]]);
  assert.equal(problemCode(() => ring.add(new Uint8Array(17))), "GOSSIP_KEY_INVALID");
  assert.equal(problemCode(() => new Keyring([])), "GOSSIP_KEY_INVALID");
});
