import assert from "node:assert/strict";
import {
  alive,
  at,
  Bench,
  codes,
  dead,
  gossiped,
  kinds,
  sent,
  streamed,
  suspect,
} from "../../tests/support/member_bench.ts";
import { ProblemError } from "../base/mod.ts";
import { type Alive, encodePacketMessage, noBytes, sealPacket, utf8 } from "./codec/mod.ts";

Deno.test("step() leaves: tells all, does not refute, and says when enough were told", () => {
  const bench = new Bench(2);
  bench.take({ kind: "leave" });
  bench.hear(suspect(1, 1), dead(1, 1));
  assert.equal(bench.swim.incarnation, 1);
  const told: string[] = [];
  for (let rounds = 0; rounds < 10 && !told.includes("departed"); rounds++) {
    const outputs = bench.fire({ kind: "gossip" }, 200);
    told.push(...kinds(outputs));
    for (const { messages } of sent(outputs)) {
      assert.deepEqual(messages, [{ type: "dead", incarnation: 1, node: "m1", from: "m1" }]);
    }
  }
  assert.ok(told.includes("departed"));
  assert.deepEqual(kinds(new Bench(0).take({ kind: "leave" })), ["departed"], "nobody to tell");
});

Deno.test("step() announces new metadata under the next incarnation, and refuses what is too large", () => {
  const bench = new Bench(1);
  const outputs = bench.take({ kind: "update", meta: utf8("v2") });
  const [message] = gossiped(outputs, bench) as Alive[];
  assert.deepEqual([message.incarnation, message.meta], [2, utf8("v2")]);
  assert.throws(
    () => bench.take({ kind: "update", meta: new Uint8Array(513) }),
    (error) => error instanceof ProblemError && error.problem.code === "GOSSIP_TOO_LARGE",
  );
});

Deno.test("step() keeps a share of each packet for the application's broadcasts", () => {
  const bench = new Bench(4);
  for (let number = 10; number < 80; number++) {
    bench.hear(alive(number, 1, { meta: new Uint8Array(60) }));
  }
  for (let i = 0; i < 20; i++) {
    bench.take({ kind: "broadcast", payload: new Uint8Array(50).fill(i) });
  }
  for (const { messages } of sent(bench.fire({ kind: "gossip" }, 200))) {
    const users = messages.filter(({ type }) => type === "user").length;
    assert.ok(users >= 5, `${users} broadcasts beside ${messages.length - users} of members`);
    assert.ok(messages.length - users >= 5);
  }
});

Deno.test("step() sends packets no longer than its setting, encrypted and labelled too", () => {
  const key = new Uint8Array(32).fill(3);
  const bench = new Bench(0, {
    keys: [key],
    settings: { label: "shop", acceptPlain: true, compress: false },
  });
  for (let number = 2; number < 60; number++) {
    const meta = new Uint8Array(number * 3);
    const bytes = sealPacket(encodePacketMessage(alive(number, 1, { meta })), {
      label: utf8("shop"),
    });
    bench.take({ kind: "packet", from: at(2), bytes });
  }
  const { sends } = bench.fire({ kind: "gossip" }, 200);
  assert.equal(sends.length, 3);
  for (const { packet } of sends) {
    assert.ok(packet.length <= 1_405 && packet.length > 1_200, `${packet.length} bytes`);
  }
});

Deno.test("step() rotates keys without losing a packet", () => {
  const [older, newer] = [new Uint8Array(16).fill(1), new Uint8Array(32).fill(2)];
  const bench = new Bench(0, { keys: [older] });
  const from = new Bench(0, { keys: [older] });
  const passes = () => {
    const { sends: [{ packet }] } = from.take({ kind: "packet", from: at(2), bytes: pingTo(from) });
    return codes(bench.take({ kind: "packet", from: at(2), bytes: packet })).length === 0;
  };
  const pingTo = ({ swim }: Bench) =>
    sealPacket(
      encodePacketMessage({
        type: "ping",
        seqNo: 1,
        node: "",
        sourceAddr: noBytes,
        sourcePort: 0,
        sourceNode: "",
      }),
      { label: noBytes, keyring: swim.keyring, nonce: new Uint8Array(12) },
    );
  bench.take({ kind: "key", action: "add", key: newer });
  from.take({ kind: "key", action: "add", key: newer });
  assert.ok(passes());
  from.take({ kind: "key", action: "use", key: newer });
  assert.ok(passes());
  bench.take({ kind: "key", action: "use", key: newer });
  bench.take({ kind: "key", action: "remove", key: older });
  assert.ok(passes());
  from.take({ kind: "key", action: "use", key: older });
  assert.ok(!passes(), "the old key is refused once removed");
});

Deno.test("step() delivers payloads, and sends them in a packet or over a connection", () => {
  const bench = new Bench(1);
  const payload = utf8("hello");
  assert.deepEqual(kinds(bench.hear({ type: "user", payload })), ["message"]);
  const best = bench.take({ kind: "message", to: "m2", payload, isReliable: false });
  assert.deepEqual(sent(best), [{ to: "10.0.0.2", messages: [{ type: "user", payload }] }]);
  const reliable = bench.take({ kind: "message", to: "m2", payload, isReliable: true });
  assert.deepEqual(streamed(reliable.dials[0].bytes, "acceptor"), { type: "user", payload });
  assert.equal(reliable.dials[0].wantsAnswer, false);
  assert.deepEqual(codes(bench.take({ kind: "message", to: "m8", payload, isReliable: true })), [
    "GOSSIP_UNREACHABLE",
  ]);
});
