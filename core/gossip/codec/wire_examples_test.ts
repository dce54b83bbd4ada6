/**
 * Packets recorded from real memberlist nodes ("captured") and made by an independent script whose output real nodes
 * accepted ("computed"), both ways: bytes to messages, and messages to the same bytes.
 */
import assert from "node:assert/strict";
import { hex } from "./_examples.ts";
import { decodePacketMessages, encodeCompound, encodePacketMessage } from "./envelope.ts";
import { concatBytes, noBytes } from "./bytes.ts";
import { decrypt } from "./encryption.ts";
import { Keyring } from "./keyring.ts";
import type { Alive, PacketMessage, PushPull, StreamMessage } from "./message.ts";
import { utf8 } from "./msgpack.ts";
import { openPacket, sealPacket } from "./packet.ts";
import { encodeStreamMessage, sealStream, StreamReader } from "./stream.ts";

const toHex = (bytes: Uint8Array) => Buffer.from(bytes).toString("hex");
const loopback = hex("7f000001");
const versions = hex("010502000000");
const key = hex("000102030405060708090a0b0c0d0e0f");
const khutulun = utf8("khutulun");
const source = (node: string, port: number) => ({
  sourceAddr: loopback,
  sourcePort: port,
  sourceNode: node,
});
const alive = (node: string, port: number, meta: string): Alive => ({
  type: "alive",
  incarnation: 1,
  node,
  addr: loopback,
  port,
  meta: utf8(meta),
  vsn: versions,
});

/** Checks a packet without label and key, both ways. */
function checkPacket(
  name: string,
  text: string,
  messages: readonly PacketMessage[],
  crc = false,
): void {
  Deno.test(`wire example, both ways: ${name}`, () => {
    const packet = hex(text);
    const contents = decodePacketMessages(openPacket(packet, { label: noBytes }));
    assert.deepEqual(contents, { messages, problems: [] });
    const message = encodeCompound(messages.map(encodePacketMessage));
    assert.equal(toHex(sealPacket(message, { label: noBytes, crc })), toHex(packet));
  });
}

const ping1: PacketMessage = {
  type: "ping",
  seqNo: 1,
  node: "alpha",
  ...source("bravo", 17001),
};
checkPacket(
  "ping",
  "00 85 a44e6f6465 a5616c706861 a55365714e6f 01 aa536f7572636541646472 a47f000001 aa536f757263654e6f6465 a5627261766f aa536f75726365506f7274 cd4269",
  [ping1],
);
const ack1: PacketMessage = { type: "ack", seqNo: 1, payload: noBytes };
checkPacket("ack", "02 82 a75061796c6f6164 c0 a55365714e6f 01", [ack1]);
checkPacket(
  "alive with metadata",
  "04 86 a441646472 a47f000001 ab496e6361726e6174696f6e 01 a44d657461 a6726f6c653d77 a44e6f6465 a5627261766f a4506f7274 cd4269 a356736e a6010502000000",
  [alive("bravo", 17001, "role=w")],
);
checkPacket(
  "alive without metadata",
  "0486a441646472a47f000001ab496e6361726e6174696f6e01a44d657461c0a44e6f6465a7636861726c6965a4506f7274cd426aa356736ea6010502000000",
  [alive("charlie", 17002, "")],
);
checkPacket(
  "indirect ping",
  "0188a44e61636bc3a44e6f6465a7636861726c6965a4506f7274cd426aa55365714e6f0aaa536f7572636541646472a47f000001aa536f757263654e6f6465a5627261766faa536f75726365506f7274cd4269a6546172676574a47f000001",
  [{
    type: "indirectPing",
    seqNo: 10,
    target: loopback,
    port: 17002,
    node: "charlie",
    nack: true,
    ...source("bravo", 17001),
  }],
);
checkPacket("nack", "0b 81 a55365714e6f 09", [{ type: "nack", seqNo: 9 }]);
checkPacket(
  "suspect with checksum",
  "0c 7c2bfabe 03 83 a446726f6d a5627261766f ab496e6361726e6174696f6e 01 a44e6f6465 a7636861726c6965",
  [{ type: "suspect", incarnation: 1, node: "charlie", from: "bravo" }],
  true,
);
checkPacket(
  "dead (failed) with checksum",
  "0c006cc5090583a446726f6da5627261766fab496e6361726e6174696f6e01a44e6f6465a7636861726c6965",
  [{ type: "dead", incarnation: 1, node: "charlie", from: "bravo" }],
  true,
);
checkPacket(
  "dead (left) with checksum",
  "0c6388935c0583a446726f6da5627261766fab496e6361726e6174696f6e02a44e6f6465a5627261766f",
  [{ type: "dead", incarnation: 2, node: "bravo", from: "bravo" }],
  true,
);
checkPacket(
  "gossip of two alives",
  "0c237385f1 07 02 0046 0043 0486a441646472a47f000001ab496e6361726e6174696f6e01a44d657461a9726f6c653d73656564a44e6f6465a5616c706861a4506f7274cd4268a356736ea6010502000000 0486a441646472a47f000001ab496e6361726e6174696f6e01a44d657461a6726f6c653d77a44e6f6465a5627261766fa4506f7274cd4269a356736ea6010502000000",
  [alive("alpha", 17000, "role=seed"), alive("bravo", 17001, "role=w")],
  true,
);
checkPacket(
  "ack with a user broadcast",
  "07 02 0012 000d 0282a75061796c6f6164c0a55365714e6f06 08 68656c6c6f2d676f73736970",
  [{ type: "ack", seqNo: 6, payload: noBytes }, { type: "user", payload: utf8("hello-gossip") }],
);
checkPacket(
  "probe of a suspect",
  "0cca458abf0702004500270085a44e6f6465a7636861726c6965a55365714e6f0faa536f7572636541646472a47f000001aa536f757263654e6f6465a5616c706861aa536f75726365506f7274cd42680383a446726f6da5616c706861ab496e6361726e6174696f6e01a44e6f6465a7636861726c6965",
  [
    { type: "ping", seqNo: 15, node: "charlie", ...source("alpha", 17000) },
    { type: "suspect", incarnation: 1, node: "charlie", from: "alpha" },
  ],
  true,
);

/** Checks one direction of a stream without label and key, both ways. */
function checkStream(name: string, text: string, message: StreamMessage, compress = false): void {
  Deno.test(`wire example, both ways: ${name}`, () => {
    const bytes = hex(text);
    const reader = new StreamReader({ label: noBytes, role: "acceptor" });
    assert.deepEqual(reader.push(bytes), message);
    if (compress) return; // a message that does not shrink is not compressed by us
    assert.equal(toHex(sealStream(message, { label: noBytes, role: "dialler" })), toHex(bytes));
  });
}

const bravoPush: PushPull = {
  type: "pushPull",
  join: true,
  nodes: [{
    name: "bravo",
    addr: loopback,
    port: 17001,
    meta: utf8("role=w"),
    incarnation: 1,
    state: 0,
    vsn: versions,
  }],
  userState: utf8("BRAVOSTATE"),
};
checkStream(
  "push of a joining node",
  "06 83 a44a6f696e c3 a54e6f646573 01 ac5573657253746174654c656e 0a 87 a441646472 a47f000001 ab496e6361726e6174696f6e 01 a44d657461 a6726f6c653d77 a44e616d65 a5627261766f a4506f7274 cd4269 a55374617465 00 a356736e a6010502000000 425241564f5354415445",
  bravoPush,
);
const reliable: StreamMessage = { type: "user", payload: utf8("reliable") };
const reliablePlain = "08 81 aa557365724d73674c656e 08 72656c6961626c65";
checkStream("reliable user message", reliablePlain, reliable);
checkStream(
  "reliable user message, compressed",
  "09 82 a4416c676f 00 a3427566 bb 0011045255654e19394de69c6152c60d023965d8a40923864d9980",
  reliable,
  true,
);
checkStream(
  "error",
  "0d81a54572726f72da003a" +
    toHex(utf8("remote state is encrypted and encryption is not configured")),
  { type: "err", error: "remote state is encrypted and encryption is not configured" },
);

Deno.test("wire example: 140 members are counted as Go's int", () => {
  const nodes = Array.from({ length: 140 }, (_, i) => ({
    ...bravoPush.nodes[0],
    name: `node-${i}`,
  }));
  const bytes = encodeStreamMessage({ ...bravoPush, join: false, nodes, userState: noBytes });
  assert.ok(toHex(bytes).startsWith("0683a44a6f696ec2a54e6f646573d1008c"));
});

const plainPing = hex(
  "0085a44e6f6465a462657461a55365714e6f01aa536f7572636541646472a47f000001aa536f757263654e6f6465a5616c706861aa536f75726365506f7274cd1f0a",
);
const fixedNonce = hex("0f0e0d0c0b0a090807060504");

/** Checks an encrypted packet both ways: it opens to the message and the message seals to it. */
function checkEncrypted(
  name: string,
  text: string,
  plain: Uint8Array,
  options: { label?: Uint8Array; encryptionVersion?: 0 | 1; crc?: boolean } = {},
): void {
  Deno.test(`wire example, both ways: encrypted, ${name}`, () => {
    const packet = hex(text);
    const { label = noBytes } = options;
    const keyring = new Keyring([key]);
    assert.equal(toHex(openPacket(packet, { label, keyring })), toHex(plain));
    const at = (label.length > 0 ? 2 + label.length : 0) + 1;
    const nonce = packet.slice(at, at + 12);
    const sealed = sealPacket(plain, { keyring, nonce, ...options, label });
    assert.equal(toHex(sealed), toHex(packet));
  });
}

checkEncrypted(
  "version 1 with label",
  "f4086b687574756c756e 01 b726d1c1c8fe69ae473c7c20 e885ad6c4fc19bee4f07aa2e68059189db09a42785132dd772769689ff79d2d036ea",
  hex("0282a75061796c6f6164c0a55365714e6f01"),
  { label: khutulun },
);
checkEncrypted(
  "version 1 with label and checksum",
  "f4086b687574756c756e019a189c5661bd1a808ff1581086c448a095e2ac63dfb30da01f8cfe2f8f764753cc8fc5bbf3ee0bce31e9758c76",
  hex("08626573742d6566666f7274"),
  { label: khutulun, crc: true },
);
checkEncrypted(
  "version 0",
  "000304f0d198eacfdf466fd1bce2d32d65ab1450bbe7febe88f515f3ddf832088e1076e687128f6de999d356cc",
  hex("0b81a55365714e6f02"),
  { encryptionVersion: 0 },
);
checkEncrypted(
  "version 1, computed",
  "010f0e0d0c0b0a09080706050422e17110a35a59c70742b2d9a45e970552c340c5132e49b130db5508b30f34e355917c6f0e6a5ac35f6b0c82e078a6eafd77e7231a12760da841ecbb1164be2477f43a88bf87754cd5c01ac13bc0a8dce415",
  plainPing,
);
checkEncrypted(
  "version 1 with label, computed",
  "f4086b687574756c756e 010f0e0d0c0b0a09080706050422e17110a35a59c70742b2d9a45e970552c340c5132e49b130db5508b30f34e355917c6f0e6a5ac35f6b0c82e078a6eafd77e7231a12760da841ecbb1164be2477f4 2320f0589451962c18e11b088005b531",
  plainPing,
  { label: khutulun },
);
checkEncrypted(
  "version 0, computed",
  "000f0e0d0c0b0a09080706050422e17110a35a59c70742b2d9a45e970552c340c5132e49b130db5508b30f34e355917c6f0e6a5ac35f6b0c82e078a6eafd77e7231a12760da841ecbb1164be2477f4470c6cd4ddcedabc43f38f63b9a5d26b4b04eaa91c3d3624c846e00de756",
  plainPing,
  { encryptionVersion: 0 },
);

Deno.test("wire example: encrypted frame of a stream authenticates its own head", () => {
  const head = hex("0a0000005f");
  const body = hex(
    "010f0e0d0c0b0a09080706050422e17110a35a59c70742b2d9a45e970552c340c5132e49b130db5508b30f34e355917c6f0e6a5ac35f6b0c82e078a6eafd77e7231a12760da841ecbb1164be2477f4 739e5e29c684d02cfd23f75a8765def3",
  );
  assert.equal(toHex(decrypt(new Keyring([key]), body, head)), toHex(plainPing));
  const keyring = new Keyring([key]);
  const ping: StreamMessage = {
    type: "ping",
    seqNo: 1,
    node: "beta",
    ...source("alpha", 7946),
  };
  const sealed = sealStream(ping, {
    label: noBytes,
    keyring,
    nonce: fixedNonce,
    role: "dialler",
  });
  assert.equal(toHex(sealed), toHex(concatBytes(head, body)));
});

Deno.test("wire example: encrypted stream with label, both ways", () => {
  const frame = hex(
    "0a 00000033 01 48e4eaa4dc5afe06428f1c69 e5e0580a3ce463baf68e2fb6e729606b00c41bceb2d8b1499483c64170513c843806e97fcf85",
  );
  const keyring = new Keyring([key]);
  const header = hex("f4086b687574756c756e");
  const reader = new StreamReader({ label: khutulun, keyring, role: "acceptor" });
  assert.deepEqual(reader.push(concatBytes(header, frame)), reliable);
  const nonce = frame.slice(6, 18);
  const seal = { label: khutulun, keyring, nonce };
  assert.equal(
    toHex(sealStream(reliable, { ...seal, role: "dialler" })),
    toHex(concatBytes(header, frame)),
  );
  assert.equal(toHex(sealStream(reliable, { ...seal, role: "acceptor" })), toHex(frame));
});

Deno.test("wire example: checksum in front of a ping", () => {
  assert.equal(
    toHex(sealPacket(plainPing, { label: noBytes, crc: true })),
    `0ccae4b524${toHex(plainPing)}`,
  );
});
