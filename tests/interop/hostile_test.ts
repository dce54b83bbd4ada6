/** An attacker beside our members and real memberlist nodes. */
import assert from "node:assert/strict";
import type { Problem } from "../../core/base/mod.ts";
import { compressLzw } from "../../core/gossip/codec/lzw.ts";
import {
  bounds,
  concatBytes,
  encodeCompound,
  encodePacketMessage,
  noBytes,
  sealPacket,
  utf8,
} from "../../core/gossip/codec/mod.ts";
import type { Endpoint } from "../../core/ports/mod.ts";
import { eventually } from "../support/eventually.ts";
import type { GossipPeer } from "../support/gossip_peer.ts";
import { forger, hex, interop, random, sees } from "./mixed.ts";

type Attack = readonly [name: string, bytes: Uint8Array, code: Problem["code"]];

const message = encodePacketMessage({ type: "user", payload: utf8("whole") });

/** A compress message whose content is much longer than itself. */
function bomb(inflatedBytes: number): Uint8Array {
  const buf = compressLzw(new Uint8Array(inflatedBytes).fill(8));
  assert.ok(buf.length < inflatedBytes / 300);
  const length = Uint8Array.of(buf.length >>> 24, buf.length >>> 16, buf.length >>> 8, buf.length);
  return concatBytes(hex("0982a4416c676f00a3427566db"), length, buf);
}

function damaged(bytes: Uint8Array): Uint8Array {
  return concatBytes(bytes.subarray(0, -1), Uint8Array.of(bytes[bytes.length - 1] ^ 1));
}

const withChecksum = sealPacket(message, { label: noBytes, crc: true });
const packets: readonly Attack[] = [
  ["a truncated compound", encodeCompound([message, message]).slice(0, -1), "GOSSIP_MALFORMED"],
  ["a compound without its parts", hex("0702ffffffff"), "GOSSIP_MALFORMED"],
  ["a wrong checksum", damaged(withChecksum), "GOSSIP_REFUSED"],
  ["an LZW bomb", bomb(2 * bounds.packetInflatedBytesMax), "GOSSIP_LIMIT"],
  ["broken LZW", hex("0982a4416c676f00a3427566a3ffffff"), "GOSSIP_MALFORMED"],
  ["a record of two thousand million fields", hex("0381a158df7fffffff"), "GOSSIP_LIMIT"],
  ["another label", sealPacket(message, { label: utf8("other") }), "GOSSIP_OTHER_CLUSTER"],
  ["an unknown type", hex("ff"), "GOSSIP_MALFORMED"],
];
const streams: readonly Attack[] = [
  ["two thousand million members", hex("0681a54e6f646573d27fffffff"), "GOSSIP_LIMIT"],
  ["two thousand million bytes", hex("0881aa557365724d73674c656ed27fffffff"), "GOSSIP_LIMIT"],
  ["encryption without a key", hex("0a7fffffff"), "GOSSIP_REFUSED"],
  ["an LZW bomb", bomb(bounds.streamInflatedBytesMax + 1), "GOSSIP_LIMIT"],
  ["an end before the message's", hex("06"), "GOSSIP_MALFORMED"],
];

/** Waits until one more thing was refused for this reason. */
async function refuses(peer: GossipPeer, code: Problem["code"], attack: () => unknown) {
  const count = () => peer.gossip.refused.get(code) ?? 0;
  const before = count();
  await attack();
  await eventually(() => count() > before);
}

async function writeTo({ host, port }: Endpoint, bytes: Uint8Array): Promise<void> {
  const conn = await Deno.connect({ hostname: host, port });
  try {
    for (let at = 0; at < bytes.length;) at += await conn.write(bytes.subarray(at));
  } catch {
    // It may hang up before it has read all.
  } finally {
    conn.close();
  }
}

interop(
  "hostile packets and streams are refused, each for its reason, and move nothing",
  async (mixed) => {
    const [real, ours] = [await mixed.real("real"), await mixed.ours("ours")];
    ours.gossip.join([real.endpoint]);
    await sees(real, "ours", "alive");
    await eventually(() => ours.sees("real") === "alive");
    const forge = await forger();
    try {
      for (const [name, bytes, code] of packets) {
        await refuses(ours, code, () => forge.sendBytes(ours.endpoint, bytes)).catch((error) => {
          throw new Error(`${name}: ${error.message}`);
        });
      }
      assert.equal(ours.messages().length, 1, "the whole part of the truncated compound");
      for (let i = 0; i < 300; i++) forge.sendBytes(ours.endpoint, random(200));
    } finally {
      await forge.stop();
    }
    for (const [name, bytes, code] of streams) {
      await refuses(ours, code, () => writeTo(ours.endpoint, bytes)).catch((error) => {
        throw new Error(`${name}: ${error.message}`);
      });
    }
    await new Promise((resolve) => setTimeout(resolve, 1_000));
    assert.equal(ours.count(), 2);
    assert.equal(await real.sees("ours"), "alive");
    assert.ok(ours.logger.lines.length <= 30, "hostile packets do not fill the log");
  },
);
