import assert from "node:assert/strict";
import {
  at,
  Bench,
  bytesOf,
  codes,
  kinds,
  sent,
  streamed,
  suspect,
} from "../../tests/support/member_bench.ts";
import { noBytes } from "./codec/mod.ts";

Deno.test("step() pings one member an interval and is content with an ack", () => {
  const bench = new Bench(1);
  bench.swim.awareness.add(3);
  const [{ to, messages: [ping] }] = sent(bench.probe());
  assert.equal(to, "10.0.0.2");
  assert.ok(ping.type === "ping" && ping.node === "m2" && ping.sourceNode === "m1");
  bench.nowMs += 30;
  bench.hear({ type: "ack", seqNo: ping.seqNo, payload: noBytes });
  assert.equal(bench.swim.probe, undefined);
  assert.equal(bench.swim.awareness.score, 2);
  assert.equal(bench.swim.members.get("m2")?.roundTripMs, 30);
  assert.deepEqual(sent(bench.fire({ kind: "probeTimeout", seqNo: ping.seqNo }, 470)), []);
});

Deno.test("step() asks others and tries TCP when the ack is late, under the same number", () => {
  const bench = new Bench(5);
  const [{ messages: [ping] }] = sent(bench.probe());
  assert.ok(ping.type === "ping");
  const outputs = bench.fire({ kind: "probeTimeout", seqNo: ping.seqNo }, 500);
  const helpers = sent(outputs);
  assert.equal(helpers.length, 3);
  for (const { to, messages: [message] } of helpers) {
    assert.ok(message.type === "indirectPing" && message.nack && message.seqNo === ping.seqNo);
    assert.equal(message.node, ping.node);
    assert.notEqual(to, `10.0.0.${message.target[3]}`);
  }
  const [dial] = outputs.dials;
  assert.deepEqual(streamed(dial.bytes, "acceptor"), ping);
  assert.equal(dial.timeoutMs, 500);
});

Deno.test("step() suspects a silent member at the deadline, and blames itself where helpers are silent too", () => {
  const bench = new Bench(5);
  const [{ messages: [ping] }] = sent(bench.probe());
  assert.ok(ping.type === "ping");
  bench.fire({ kind: "probeTimeout", seqNo: ping.seqNo }, 500);
  bench.hear({ type: "nack", seqNo: ping.seqNo });
  const outputs = bench.fire({ kind: "probeDeadline", seqNo: ping.seqNo }, 500);
  assert.deepEqual(kinds(outputs), ["suspected"]);
  assert.equal(bench.swim.awareness.score, 2, "two of three helpers sent no nack");
});

Deno.test("step() takes an ack over TCP for life, and reports that UDP is cut", () => {
  const bench = new Bench(1);
  const [{ messages: [ping] }] = sent(bench.probe());
  assert.ok(ping.type === "ping");
  const { dials: [{ exchange }] } = bench.fire({ kind: "probeTimeout", seqNo: ping.seqNo }, 500);
  const wrong = { type: "ack", seqNo: ping.seqNo + 1, payload: noBytes } as const;
  bench.take({ kind: "answer", exchange: 999, message: wrong });
  const message = { type: "ack", seqNo: ping.seqNo, payload: noBytes } as const;
  assert.deepEqual(codes(bench.take({ kind: "answer", exchange, message })), [
    "GOSSIP_UNREACHABLE",
  ]);
  assert.deepEqual(kinds(bench.fire({ kind: "probeDeadline", seqNo: ping.seqNo }, 500)), []);
  assert.equal(bench.liveness(2), "alive");
});

Deno.test("step() tells a suspect that it is one in the ping's own packet", () => {
  const bench = new Bench(1);
  bench.hear(suspect(2));
  bench.drain();
  const [{ messages }] = sent(bench.probe());
  assert.deepEqual(messages.map(({ type }) => type), ["ping", "suspect"]);
});

Deno.test("step() probes slower the worse its own health is", () => {
  const bench = new Bench(1);
  bench.swim.awareness.add(7);
  const outputs = bench.probe();
  const { atMs } = outputs.schedules.find(({ timer }) => timer.kind === "probeDeadline")!;
  assert.equal(atMs - bench.nowMs, 8_000);
});

Deno.test("step() answers a ping at the source it names, else where the packet came from", () => {
  const bench = new Bench(1);
  const ping = { type: "ping", seqNo: 7, node: "m1", sourceNode: "m5" } as const;
  const given = bench.hear({ ...ping, sourceAddr: bytesOf(5), sourcePort: 80 });
  assert.deepEqual(given.sends[0].to, { host: "10.0.0.5", port: 80 });
  const absent = bench.hear({ ...ping, sourceAddr: noBytes, sourcePort: 0 });
  assert.deepEqual(absent.sends[0].to, at(99));
  assert.deepEqual(sent(absent)[0].messages, [{ type: "ack", seqNo: 7, payload: noBytes }]);
  const other = bench.hear({ ...ping, node: "m2", sourceAddr: noBytes, sourcePort: 0 });
  assert.deepEqual(other.sends, []);
});

Deno.test("step() relays a ping: the ack under the requester's number, a nack where there was none", () => {
  const bench = new Bench(2);
  const request = {
    type: "indirectPing",
    seqNo: 70,
    target: bytesOf(3),
    port: 7946,
    node: "m3",
    nack: true,
    sourceAddr: bytesOf(2),
    sourcePort: 7946,
    sourceNode: "m2",
  } as const;
  const relay = () => {
    const [{ to, messages: [ping] }] = sent(bench.hear(request));
    assert.ok(ping.type === "ping" && ping.sourceNode === "m1" && to === "10.0.0.3");
    return ping.seqNo;
  };
  const answered = relay();
  const ack = bench.hear({ type: "ack", seqNo: answered, payload: noBytes });
  assert.deepEqual(sent(ack), [{
    to: "10.0.0.2",
    messages: [{ type: "ack", seqNo: 70, payload: noBytes }],
  }]);
  assert.deepEqual(sent(bench.fire({ kind: "relayTimeout", seqNo: answered }, 500)), []);
  const silent = relay();
  const nack = sent(bench.fire({ kind: "relayTimeout", seqNo: silent }, 500));
  assert.deepEqual(nack, [{ to: "10.0.0.2", messages: [{ type: "nack", seqNo: 70 }] }]);
  assert.deepEqual(sent(bench.hear({ type: "ack", seqNo: silent, payload: noBytes })), []);
});

Deno.test("step() sends no more pings for others than its limit", () => {
  const bench = new Bench(1);
  const request = {
    type: "indirectPing",
    seqNo: 1,
    target: bytesOf(3),
    port: 1,
    node: "",
    nack: true,
    sourceAddr: noBytes,
    sourcePort: 0,
    sourceNode: "",
  } as const;
  let count = 0;
  for (let i = 0; i < 2_000; i++) count += bench.hear(request).sends.length;
  assert.equal(count, 1_020);
});
