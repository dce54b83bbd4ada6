import assert from "node:assert/strict";
import fc from "fast-check";
import { ProblemError } from "../base/mod.ts";
import type { Endpoint, Random } from "../ports/mod.ts";
import {
  type Alive,
  decodePacketMessages,
  encodeCompound,
  encodePacketMessage,
  noBytes,
  type NodeState,
  openPacket,
  type PacketMessage,
  sealPacket,
  type StreamMessage,
  StreamReader,
  utf8,
} from "./codec/mod.ts";
import type { Input } from "./input.ts";
import type { Outputs } from "./output.ts";
import { gossipProfiles, type GossipSettings } from "./settings.ts";
import { step } from "./step.ts";
import { Swim, type SwimOptions } from "./swim.ts";

const vsn = Uint8Array.of(1, 5, 2, 0, 0, 0);
const at = (number: number): Endpoint => ({ host: `10.0.0.${number}`, port: 7946 });
const bytesOf = (number: number) => Uint8Array.of(10, 0, 0, number);

/** Random enough, and the same each time. */
function lehmer(seed = 1): Random {
  let state = seed;
  const next = () => (state = (state * 48_271) % 0x7fff_ffff) / 0x7fff_ffff;
  return { next, bytes: (count) => Uint8Array.from({ length: count }, () => next() * 256) };
}

/** A member under test, with others known by number: `m2` at 10.0.0.2. It is `m1`. */
class Bench {
  readonly swim: Swim;
  nowMs = 0;

  constructor(
    others: number,
    options: Partial<Omit<SwimOptions, "settings">> & { settings?: Partial<GossipSettings> } = {},
  ) {
    this.swim = new Swim({
      name: "m1",
      address: { bytes: bytesOf(1), port: 7946 },
      random: lehmer(),
      ...options,
      settings: { ...gossipProfiles.lan, ...options.settings },
    });
    this.take({ kind: "start", meta: utf8("v1") });
    for (let number = 2; number < 2 + others; number++) this.hear(alive(number));
    this.drain();
  }

  take(input: Input): Outputs {
    return step(this.swim, input, this.nowMs);
  }

  hear(...messages: PacketMessage[]): Outputs {
    const bytes = sealPacket(encodeCompound(messages.map(encodePacketMessage)), { label: noBytes });
    return this.take({ kind: "packet", from: at(99), bytes });
  }

  fire(timer: Extract<Input, { kind: "timer" }>["timer"], afterMs = 0): Outputs {
    this.nowMs += afterMs;
    return this.take({ kind: "timer", timer });
  }

  /** Gossips until nothing waits. */
  drain(): void {
    for (let rounds = 0; rounds < 200 && this.swim.queue.size > 0; rounds++) {
      this.swim.queue.take(100_000, 255, 1);
    }
    this.fire({ kind: "gossip" });
  }

  liveness(number: number): string | undefined {
    return this.swim.members.get(`m${number}`)?.liveness;
  }

  /** Starts a probe, of the only other member where there is one. */
  probe(): Outputs {
    for (let tries = 0; tries < 3; tries++) {
      const outputs = this.fire({ kind: "probe" }, 1_000);
      if (this.swim.probe) return outputs;
    }
    throw new Error("nobody to probe");
  }
}

function alive(number: number, incarnation = 1, more: Partial<Alive> = {}): Alive {
  return {
    type: "alive",
    incarnation,
    node: `m${number}`,
    addr: bytesOf(number),
    port: 7946,
    meta: noBytes,
    vsn,
    ...more,
  };
}
const suspect = (number: number, incarnation = 1, from = "m9") =>
  ({ type: "suspect", incarnation, node: `m${number}`, from }) as const;
const dead = (number: number, incarnation = 1, from = "m9") =>
  ({ type: "dead", incarnation, node: `m${number}`, from }) as const;
const nodeState = (number: number, more: Partial<NodeState> = {}): NodeState => ({
  name: `m${number}`,
  addr: bytesOf(number),
  port: 7946,
  meta: noBytes,
  incarnation: 1,
  state: 0,
  vsn,
  ...more,
});
const pushPull = (...nodes: NodeState[]) =>
  ({ type: "pushPull", join: false, nodes, userState: noBytes }) as const;

/** Returns the messages of sent packets, by whom they go to. */
function sent({ sends }: Outputs): { to: string; messages: PacketMessage[] }[] {
  return sends.map(({ to, packet }) => ({
    to: to.host,
    messages: decodePacketMessages(openPacket(packet, { label: noBytes })).messages,
  }));
}
const kinds = ({ notifies }: Outputs) => notifies.map(({ kind }) => kind);
const codes = ({ reports }: Outputs) => reports.map(({ code }) => code);
const timers = ({ schedules }: Outputs) => schedules.map(({ timer }) => timer.kind);
const streamed = (bytes: Uint8Array, role: "dialler" | "acceptor" = "dialler") =>
  new StreamReader({ label: noBytes, role }).push(bytes) as StreamMessage;
const gossiped = (outputs: Outputs, bench: Bench) =>
  [outputs, bench.fire({ kind: "gossip" })].flatMap((each) => sent(each))
    .flatMap(({ messages }) => messages);

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

Deno.test("step() takes an unknown member in and passes the news on", () => {
  const bench = new Bench(1);
  const outputs = bench.hear(alive(3, 1, { meta: utf8("x") }));
  assert.deepEqual(kinds(outputs), ["joined"]);
  assert.deepEqual(gossiped(outputs, bench)[0], alive(3, 1, { meta: utf8("x") }));
});

Deno.test("step() ignores an announcement that is not newer, and takes one that is", () => {
  const bench = new Bench(1);
  assert.deepEqual(kinds(bench.hear(alive(2, 1, { meta: utf8("x") }))), []);
  assert.deepEqual(kinds(bench.hear(alive(2, 2, { meta: utf8("x") }))), ["updated"]);
  assert.deepEqual(kinds(bench.hear(alive(2, 3, { meta: utf8("x") }))), []);
});

Deno.test("step() refuses announcements that make no sense", () => {
  const bench = new Bench(1, {
    vetoes: ({ name }) => name === "m7" ? "It is not ours" : undefined,
  });
  const refused = [
    alive(3, 1, { node: "" }),
    alive(3, 1, { addr: Uint8Array.of(1, 2, 3) }),
    alive(3, 1, { port: 70_000 }),
    alive(3, 1, { vsn: Uint8Array.of(0, 5, 2, 0, 0, 0) }),
    alive(3, 1, { vsn: Uint8Array.of(4, 3, 2, 0, 0, 0) }),
    alive(7),
  ];
  for (const message of refused) {
    const outputs = bench.hear(message);
    assert.deepEqual([kinds(outputs), codes(outputs)], [[], ["GOSSIP_REFUSED"]]);
  }
  assert.equal(bench.swim.members.size, 2);
});

Deno.test("step() holds no more members than the setting allows", () => {
  const bench = new Bench(2, { settings: { membersMax: 3 } });
  assert.deepEqual(codes(bench.hear(alive(4))), ["GOSSIP_REFUSED"]);
  assert.deepEqual(kinds(bench.hear(alive(3, 2, { meta: utf8("x") }))), ["updated"]);
});

Deno.test("step() keeps a name to its address unless the member left or was dead for long enough", () => {
  const elsewhere = alive(2, 5, { addr: bytesOf(77) });
  const bench = new Bench(1, { settings: { reclaimMs: 10_000 } });
  assert.deepEqual(codes(bench.hear(elsewhere)), ["GOSSIP_NAME_TAKEN"]);
  bench.hear(dead(2));
  assert.deepEqual(codes(bench.hear(elsewhere)), ["GOSSIP_NAME_TAKEN"]);
  bench.nowMs += 10_000;
  assert.deepEqual(kinds(bench.hear(elsewhere)), ["joined"]);
  bench.hear(dead(2, 5, "m2"));
  assert.equal(bench.liveness(2), "left");
  assert.deepEqual(kinds(bench.hear(alive(2, 1))), ["joined"], "back with a lower incarnation");
  assert.deepEqual(bench.swim.members.get("m2")?.endpoint, at(2));
});

Deno.test("step() takes the 4-byte and the 16-byte form of one address as different, and passes both on as they came", () => {
  const bench = new Bench(1);
  const mapped = Uint8Array.of(0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 255, 255, 10, 0, 0, 3);
  const outputs = bench.hear(alive(3, 1, { addr: mapped }));
  assert.deepEqual(bench.swim.members.get("m3")?.endpoint, at(3));
  assert.deepEqual((gossiped(outputs, bench)[0] as Alive).addr, mapped);
  assert.deepEqual(codes(bench.hear(alive(3, 2))), ["GOSSIP_NAME_TAKEN"]);
});

Deno.test("step() suspects, then declares dead when the time is over, under its own name", () => {
  const bench = new Bench(1);
  const outputs = bench.hear(suspect(2));
  assert.deepEqual(kinds(outputs), ["suspected"]);
  const { atMs } = outputs.schedules.find(({ timer }) => timer.kind === "suspicion")!;
  assert.equal(atMs, 4_000);
  bench.nowMs = atMs - 1;
  assert.deepEqual(kinds(bench.fire({ kind: "suspicion", member: "m2" })), []);
  const over = bench.fire({ kind: "suspicion", member: "m2" }, 1);
  assert.deepEqual(kinds(over), ["failed"]);
  bench.nowMs += 100;
  assert.ok(
    gossiped(over, bench).some((message) => message.type === "dead" && message.from === "m1"),
  );
});

Deno.test("step() lets a suspect refute by a higher incarnation alone", () => {
  const bench = new Bench(1);
  bench.hear(suspect(2));
  assert.deepEqual(kinds(bench.hear(alive(2, 1))), []);
  assert.deepEqual(kinds(bench.hear(alive(2, 2))), ["recovered"]);
  assert.deepEqual(kinds(bench.fire({ kind: "suspicion", member: "m2" }, 60_000)), []);
  assert.equal(bench.liveness(2), "alive");
});

Deno.test("step() ignores accusations of unknown members and of older incarnations", () => {
  const bench = new Bench(1);
  bench.hear(alive(2, 5));
  for (const message of [suspect(8), dead(8), suspect(2, 4), dead(2, 4)]) {
    assert.deepEqual(kinds(bench.hear(message)), []);
  }
  assert.equal(bench.liveness(2), "alive");
});

Deno.test("step() refutes what is said of itself by raising its own incarnation", () => {
  for (
    const [message, incarnation] of [
      [suspect(1, 1), 2],
      [dead(1, 50), 51],
      [alive(1, 200, { meta: utf8("foreign") }), 201],
      [alive(1, 1, { meta: utf8("foreign") }), 2],
    ] as const
  ) {
    const bench = new Bench(1);
    const outputs = bench.hear(message);
    const [answer] = gossiped(outputs, bench) as Alive[];
    assert.deepEqual([answer.node, answer.incarnation, answer.type], ["m1", incarnation, "alive"]);
    assert.deepEqual(answer.meta, utf8("v1"));
    assert.equal(bench.swim.awareness.score, 1);
    assert.equal(bench.liveness(1), "alive");
  }
});

Deno.test("step() does not answer its own words, nor older ones", () => {
  const bench = new Bench(1);
  for (const message of [alive(1, 1, { meta: utf8("v1") }), suspect(1, 0), dead(1, 0)]) {
    bench.hear(message);
  }
  assert.equal(bench.swim.incarnation, 1);
});

Deno.test("step() does not wrap its incarnation round where no higher one exists", () => {
  const bench = new Bench(1);
  assert.deepEqual(codes(bench.hear(dead(1, 0xffff_ffff))), ["GOSSIP_REFUSED"]);
  assert.equal(bench.swim.incarnation, 1);
});

Deno.test("step() believes the same in the end, in whatever order gossip arrives", () => {
  const messages = fc.array(
    fc.record({
      type: fc.constantFrom("alive" as const, "suspect" as const, "dead" as const),
      incarnation: fc.integer({ min: 1, max: 4 }),
    }),
    { minLength: 1, maxLength: 8 },
  );
  fc.assert(
    fc.property(
      messages,
      fc.infiniteStream(fc.double({ min: 0, max: 0.999, noNaN: true })),
      (list, draws) => {
        // A suspicion of one that is dead here is ignored, as memberlist does, until the announcement that it is about comes.
        const deadFirst = Math.min(
          ...list.map(({ type, incarnation }) => type === "dead" ? incarnation : Infinity),
        );
        fc.pre(
          list.every(({ type, incarnation }) => type !== "suspect" || incarnation <= deadFirst),
        );
        const end = (order: typeof list) => {
          const bench = new Bench(6);
          for (const { type, incarnation } of order) {
            bench.hear(
              type === "alive"
                ? alive(2, incarnation)
                : (type === "suspect" ? suspect : dead)(2, incarnation),
            );
          }
          const { liveness, incarnation } = bench.swim.members.get("m2")!;
          return { liveness, incarnation };
        };
        const shuffled = [...list, ...list];
        for (let i = shuffled.length - 1; i > 0; i--) {
          const j = Math.floor(draws.next().value! * (i + 1));
          [shuffled[i], shuffled[j]] = [shuffled[j], shuffled[i]];
        }
        assert.deepEqual(end(shuffled), end(list));
      },
    ),
    { numRuns: 60 },
  );
});

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

Deno.test("step() answers an exchange of everything with what it knew before, then merges", () => {
  const bench = new Bench(1);
  const message = pushPull(nodeState(3), nodeState(2, { state: 2 }), nodeState(4, { state: 3 }));
  const outputs = bench.take({ kind: "stream", stream: 5, from: at(3), message });
  const answer = streamed(outputs.replies[0].bytes);
  assert.ok(answer.type === "pushPull");
  assert.deepEqual(answer.nodes.map(({ name }) => name).sort(), ["m1", "m2"]);
  assert.deepEqual(kinds(outputs), ["joined", "suspected"], "a dead member comes in as a suspect");
});

Deno.test("step() refuses a whole merge where one member speaks another version", () => {
  for (const wrong of [noBytes, Uint8Array.of(3, 5, 3, 0, 0, 0), Uint8Array.of(1, 5, 2, 2, 5, 4)]) {
    const bench = new Bench(1);
    const message = pushPull(nodeState(3), nodeState(4, { vsn: wrong }));
    const outputs = bench.take({ kind: "stream", stream: 5, from: at(3), message });
    assert.deepEqual([kinds(outputs), codes(outputs)], [[], ["GOSSIP_MERGE_REFUSED"]]);
  }
});

Deno.test("step() joins by a seed: exchanges everything, tells when it was reached, tries again when not", () => {
  const bench = new Bench(0);
  const { dials: [dial] } = bench.take({ kind: "join", seeds: [at(2)] });
  const request = streamed(dial.bytes, "acceptor");
  assert.ok(request.type === "pushPull" && request.join && dial.wantsAnswer);
  const problem = { code: "GOSSIP_UNREACHABLE", severity: "error", what: "x" } as const;
  assert.deepEqual(kinds(bench.take({ kind: "ended", exchange: dial.exchange, problem })), [
    "unreached",
  ]);
  const { dials: [again] } = bench.fire({ kind: "rejoin" }, 20_000);
  const message = pushPull(nodeState(2));
  const reached = bench.take({ kind: "answer", exchange: again.exchange, message });
  assert.deepEqual(kinds(reached), ["joined", "reached"]);
  assert.deepEqual(
    bench.fire({ kind: "rejoin" }, 100_000).dials,
    [],
    "a seed that is a member is left alone",
  );
});

Deno.test("step() tries a member that failed again, long after it is forgotten, but not one that left", () => {
  const bench = new Bench(2);
  bench.hear(dead(2), dead(3, 1, "m3"));
  let dials = 0;
  for (let minutes = 0; minutes < 30; minutes++) {
    bench.fire({ kind: "probe" }, 30_000);
    const outputs = bench.fire({ kind: "rejoin" }, 30_000);
    for (const { to, exchange } of outputs.dials) {
      assert.deepEqual(to, at(2));
      dials++;
      const problem = { code: "GOSSIP_UNREACHABLE", severity: "error", what: "x" } as const;
      assert.deepEqual(kinds(bench.take({ kind: "ended", exchange, problem })), []);
    }
  }
  assert.equal(bench.swim.members.size, 1);
  assert.ok(dials >= 25, `${dials} attempts`);
});

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

Deno.test("step() tells a peer with another key so, and one of another cluster nothing", () => {
  const bench = new Bench(1);
  const problem = { severity: "error", what: "x", why: "no key fits" } as const;
  const refused = bench.take({
    kind: "unreadable",
    stream: 1,
    from: at(2),
    problem: { ...problem, code: "GOSSIP_REFUSED" },
  });
  assert.deepEqual(streamed(refused.replies[0].bytes), { type: "err", error: "no key fits" });
  const other = bench.take({
    kind: "unreadable",
    stream: 2,
    from: at(2),
    problem: { ...problem, code: "GOSSIP_OTHER_CLUSTER" },
  });
  assert.equal(other.replies[0].bytes.length, 0);
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
          bench.probe();
          bench.nowMs += 700;
          bench.fire({ kind: "gossip" });
        }
        assert.equal(bench.liveness(1), "alive");
      },
    ),
    { numRuns: 60 },
  );
});
