/** Hostile bytes: whatever comes, a problem or a message, within the bounds. */
import assert from "node:assert/strict";
import fc from "fast-check";
import { bytes, hex, keys, plain, problemCode } from "./_examples.ts";
import { bounds } from "./bounds.ts";
import { concatBytes, noBytes, uint32Bytes } from "./bytes.ts";
import { decodePacketMessages, encodeCompound, encodePacketMessage } from "./envelope.ts";
import { Keyring } from "./keyring.ts";
import { compressLzw, inflateLzw } from "./lzw.ts";
import type { NodeState, PacketMessage } from "./message.ts";
import { openPacket } from "./packet.ts";
import { sealStream, StreamReader } from "./stream.ts";

Deno.test("inflateLzw() stops a bomb at its limit", () => {
  const bomb = compressLzw(new Uint8Array(300_000));
  assert.ok(bomb.length < 2_000);
  assert.equal(problemCode(() => inflateLzw(bomb, 100_000)), "GOSSIP_LIMIT");
});

Deno.test("decodePacketMessages() bounds what all nested bombs of one packet inflate to", () => {
  const buf = compressLzw(concatBytes(hex("08"), new Uint8Array(400_000)));
  const compressed = concatBytes(
    hex("0982a4416c676f00a3427566da"),
    uint32Bytes(buf.length).subarray(2),
    buf,
  );
  const { messages, problems } = decodePacketMessages(
    encodeCompound(Array.from({ length: 10 }, () => compressed)),
  );
  assert.equal(messages.length, 2);
  assert.deepEqual(new Set(problems.map(({ code }) => code)), new Set(["GOSSIP_LIMIT"]));
});

Deno.test("decodePacketMessages() inflates nothing more of a packet in which a bomb was", () => {
  const compressed = (bytes: number) => {
    const buf = compressLzw(concatBytes(hex("08"), new Uint8Array(bytes)));
    const length = uint32Bytes(buf.length).subarray(2);
    return concatBytes(hex("0982a4416c676f00a3427566da"), length, buf);
  };
  const [bomb, small] = [compressed(bounds.packetInflatedBytesMax), compressed(1_000)];
  assert.ok(bomb.length < 3_000);
  assert.equal(decodePacketMessages(encodeCompound([small, bomb])).messages.length, 1);
  const { messages, problems } = decodePacketMessages(encodeCompound([bomb, small, small]));
  assert.equal(messages.length, 0);
  assert.deepEqual(problems.map(({ code }) => code), Array(3).fill("GOSSIP_LIMIT"));
});

Deno.test("decodePacketMessages() takes the complete parts of a truncated compound", () => {
  const nack = encodePacketMessage({ type: "nack", seqNo: 1 });
  const whole = encodeCompound([nack, nack, nack]);
  const { messages, problems } = decodePacketMessages(whole.subarray(0, whole.length - 1));
  assert.equal(messages.length, 2);
  assert.deepEqual(problems.map(({ code }) => code), ["GOSSIP_MALFORMED"]);
});

Deno.test("decodePacketMessages() stops at compounds inside compounds", () => {
  let message = encodePacketMessage({ type: "nack", seqNo: 1 });
  for (let i = 0; i <= bounds.nestingMax; i++) {
    message = concatBytes(hex("0701"), uint32Bytes(message.length).subarray(2), message);
  }
  const { messages, problems } = decodePacketMessages(message);
  assert.equal(messages.length, 0);
  assert.deepEqual(problems.map(({ code }) => code), ["GOSSIP_LIMIT"]);
});

Deno.test("decodePacketMessages() answers every hostile packet with problems, never an error", () => {
  const deep = "91".repeat(60_000);
  const hostile = [
    "",
    "03",
    "03c1",
    "0383",
    `0381a158${deep}`,
    "0381a158df7fffffff",
    "0381a158ddffffffff",
    "0381a44e6f6465dbffffffff",
    "0381ab496e6361726e6174696f6ecfffffffffffffffff",
    "0381ab496e6361726e6174696f6eff",
    "0381a44e6f6465a2fffe",
    "07ff",
    "0702ffffffff",
    "0982a4416c676f01a3427566a0",
    "0982a4416c676f00a3427566a3ffffff",
    "0c00000000",
    "06",
    "0a00000000",
    "0d80",
    "fe",
  ];
  for (const text of hostile) {
    const { messages, problems } = decodePacketMessages(hex(text));
    assert.equal(messages.length, 0, text.slice(0, 40));
    assert.ok(problems.length > 0, text.slice(0, 40));
  }
});

Deno.test("decodePacketMessages() and StreamReader take random and damaged bytes calmly", () => {
  const valid = encodeCompound(
    [{ type: "nack", seqNo: 1 }, { type: "suspect", incarnation: 1, node: "a", from: "b" }].map((
      message,
    ) => encodePacketMessage(message as PacketMessage)),
  );
  fc.assert(
    fc.property(bytes(200), fc.nat(valid.length - 1), fc.nat(255), (random, at, value) => {
      const damaged = valid.slice();
      damaged[at] = value;
      for (const input of [random, damaged, concatBytes(hex("09"), random)]) {
        decodePacketMessages(input);
        for (const keyring of [undefined, new Keyring([keys[0]])]) {
          for (const type of [noBytes, hex("06"), hex("09"), hex("0a"), hex("08")]) {
            const reader = new StreamReader({ ...plain, keyring, role: "dialler" });
            problemCode(() => reader.push(concatBytes(type, input)));
            problemCode(() => openPacket(input, { ...plain, keyring }));
          }
        }
      }
    }),
    { numRuns: 150 },
  );
});

Deno.test("StreamReader refuses absurd counts before it holds anything", () => {
  const code = (text: string, keyring?: Keyring) =>
    problemCode(() => new StreamReader({ ...plain, keyring, role: "acceptor" }).push(hex(text)));
  assert.equal(code("0681a54e6f646573d27fffffff"), "GOSSIP_LIMIT");
  assert.equal(code("0681ac5573657253746174654c656ed27fffffff"), "GOSSIP_LIMIT");
  assert.equal(code("0681a54e6f646573d2ffffffff"), "GOSSIP_MALFORMED");
  assert.equal(code("0881aa557365724d73674c656ed27fffffff"), "GOSSIP_LIMIT");
  assert.equal(code("0affffffff", new Keyring([keys[0]])), "GOSSIP_LIMIT");
  assert.equal(code("0a00000010"), "GOSSIP_REFUSED");
  assert.equal(code("0681", new Keyring([keys[0]])), "GOSSIP_REFUSED");
  assert.equal(code("0982a4416c676f00a3427566dbffffffff"), "GOSSIP_LIMIT");
});

Deno.test("StreamReader takes damaged and cut exchanges calmly, plain, compressed and encrypted", () => {
  const nodes = Array.from({ length: 20 }, (_, i): NodeState => ({
    name: `member-${i}`,
    addr: Uint8Array.of(10, 0, 0, i),
    port: 7_946,
    meta: new Uint8Array(i),
    incarnation: i,
    state: i % 4,
    vsn: hex("010502000000"),
  }));
  const message = { type: "pushPull", join: true, nodes, userState: new Uint8Array(99) } as const;
  const keyring = new Keyring(keys);
  const forms = [
    { options: plain, sealed: { ...plain } },
    { options: plain, sealed: { ...plain, compress: true } },
    { options: { ...plain, keyring }, sealed: { ...plain, keyring, nonce: new Uint8Array(12) } },
  ].map(({ options, sealed }) => ({
    options,
    whole: sealStream(message, { ...sealed, role: "dialler" }),
  }));
  const damage = fc.array(fc.tuple(fc.nat(), fc.nat(255)), { maxLength: 4 });
  fc.assert(
    fc.property(fc.constantFrom(...forms), damage, fc.nat(), ({ options, whole }, changes, cut) => {
      const damaged = whole.slice(0, whole.length - (cut % 3 === 0 ? cut % whole.length : 0));
      for (const [at, value] of changes) {
        if (damaged.length > 0) damaged[at % damaged.length] = value;
      }
      const reader = new StreamReader({ ...options, role: "acceptor" });
      problemCode(() => {
        for (let at = 0; at < damaged.length; at += 100) {
          const read = reader.push(damaged.subarray(at, at + 100));
          if (read?.type === "pushPull") assert.ok(read.nodes.length <= bounds.pushPullMembersMax);
          if (read) return;
        }
      });
    }),
    { numRuns: 500 },
  );
});
