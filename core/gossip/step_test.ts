import assert from "node:assert/strict";
import fc from "fast-check";
import { at, Bench, bytesOf, lehmer, timers } from "../../tests/support/member_bench.ts";
import { type PacketMessage, utf8 } from "./codec/mod.ts";
import { gossipProfiles } from "./settings.ts";
import { step } from "./step.ts";
import { Swim } from "./swim.ts";

Deno.test("step() announces the member at its start and asks for its timers", () => {
  const swim = new Swim({
    name: "m1",
    address: { bytes: bytesOf(1), port: 7946 },
    random: lehmer(),
    settings: gossipProfiles.lan,
  });
  const outputs = step(swim, { kind: "start", meta: utf8("v1") }, 0);
  assert.deepEqual(timers(outputs), ["gossip", "probe", "pushPull", "rejoin"]);
  assert.equal(swim.self()?.incarnation, 1);
});

Deno.test("step() takes hostile packets and streams calmly, and its own entry stays alive", () => {
  const names = fc.constantFrom("m1", "m2", "m3", "", "\u0000");
  const uint32 = fc.integer({ min: 0, max: 0xffff_ffff });
  const some = fc.uint8Array({ maxLength: 16 });
  const messages = fc.oneof(
    fc.record({
      type: fc.constantFrom("suspect", "dead"),
      incarnation: uint32,
      node: names,
      from: names,
    }),
    fc.record({
      type: fc.constant("alive"),
      incarnation: uint32,
      node: names,
      addr: some,
      port: uint32,
      meta: some,
      vsn: some,
    }),
    fc.record({
      type: fc.constant("indirectPing"),
      seqNo: uint32,
      target: some,
      port: uint32,
      node: names,
      nack: fc.boolean(),
      sourceAddr: some,
      sourcePort: uint32,
      sourceNode: names,
    }),
    fc.record({
      type: fc.constant("ping"),
      seqNo: uint32,
      node: names,
      sourceAddr: some,
      sourcePort: uint32,
      sourceNode: names,
    }),
    fc.record({ type: fc.constantFrom("ack", "nack"), seqNo: fc.nat(10), payload: some }),
  ) as fc.Arbitrary<PacketMessage>;
  fc.assert(
    fc.property(
      fc.array(messages, { maxLength: 20 }),
      fc.uint8Array({ maxLength: 100 }),
      (list, noise) => {
        const bench = new Bench(2);
        for (const message of list) {
          bench.hear(message);
          bench.take({ kind: "packet", from: at(4), bytes: noise });
          bench.fire({ kind: "probe" }, 1_000);
          const seqNo = bench.swim.probe?.seqNo ?? 0; // nobody is probed once all others are dead
          bench.fire({ kind: "probeTimeout", seqNo }, 500);
          bench.fire({ kind: "gossip" }, 200);
          bench.fire({ kind: "probeDeadline", seqNo }, 300);
        }
        assert.equal(bench.liveness(1), "alive");
        const { members } = bench.swim;
        assert.equal(members.alive, members.all().filter((it) => it.liveness === "alive").length);
      },
    ),
    { numRuns: 60 },
  );
});
