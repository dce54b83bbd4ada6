import assert from "node:assert/strict";
import fc from "fast-check";
import {
  alive,
  at,
  Bench,
  bytesOf,
  codes,
  dead,
  gossiped,
  kinds,
  suspect,
} from "../../tests/support/member_bench.ts";
import { type Alive, utf8 } from "./codec/mod.ts";

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
