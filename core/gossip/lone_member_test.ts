import assert from "node:assert/strict";
import { encodePacketMessage, noBytes, sealPacket, utf8 } from "./codec/mod.ts";
import type { Input } from "./input.ts";
import type { Outputs } from "./output.ts";
import { gossipProfiles } from "./settings.ts";
import { step } from "./step.ts";
import { Swim } from "./swim.ts";

/** A member that has just started, and knows of nobody. */
function alone(): { take(input: Input, nowMs: number): Outputs } {
  let state = 1;
  const next = () => (state = (state * 48_271) % 0x7fff_ffff) / 0x7fff_ffff;
  const swim = new Swim({
    name: "m1",
    address: { bytes: Uint8Array.of(10, 0, 0, 1), port: 7946 },
    random: { next, bytes: (count) => Uint8Array.from({ length: count }, () => next() * 256) },
    settings: gossipProfiles.lan,
  });
  step(swim, { kind: "start", meta: utf8("v1") }, 0);
  return { take: (input, nowMs) => step(swim, input, nowMs) };
}

const gossip: Input = { kind: "timer", timer: { kind: "gossip" } };
const hasRounds = ({ schedules }: Outputs) =>
  schedules.some(({ timer }) => timer.kind === "gossip");

Deno.test("onGossipTimer() asks for no more rounds while nobody hears, and for rounds again once somebody is there", () => {
  const member = alone();
  assert.equal(hasRounds(member.take(gossip, 200)), false);
  const hello = encodePacketMessage({
    type: "alive",
    incarnation: 1,
    node: "m2",
    addr: Uint8Array.of(10, 0, 0, 2),
    port: 7946,
    meta: noBytes,
    vsn: Uint8Array.of(1, 5, 2, 0, 0, 0),
  });
  const bytes = sealPacket(hello, { label: noBytes });
  const from = { host: "10.0.0.2", port: 7946 };
  assert.equal(hasRounds(member.take({ kind: "packet", from, bytes }, 5_000)), true);
  const round = member.take(gossip, 5_200);
  assert.equal(round.sends.length, 1, "what waited is told");
  assert.equal(hasRounds(round), true);
});
