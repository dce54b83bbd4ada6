import assert from "node:assert/strict";
import {
  alive,
  at,
  Bench,
  codes,
  dead,
  kinds,
  nodeState,
  pushPull,
  streamed,
  timers,
} from "../../tests/support/member_bench.ts";
import { noBytes } from "./codec/mod.ts";

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

Deno.test("step() asks a silent seed again soon while it knows nobody, a few times", () => {
  const bench = new Bench(0);
  let outputs = bench.take({ kind: "join", seeds: [at(2)] });
  let asked = 0;
  for (let tries = 0; tries < 20; tries++) {
    asked += outputs.dials.length;
    const hurry = outputs.schedules.find(({ timer }) => timer.kind === "hurry");
    if (!hurry) break;
    assert.ok(hurry.atMs > bench.nowMs && hurry.atMs <= bench.nowMs + 4_500);
    outputs = bench.fire(hurry.timer, hurry.atMs - bench.nowMs);
  }
  assert.equal(asked, 6);
  assert.ok(bench.nowMs < 12_000);
});

Deno.test("step() asks another member where the seed's answer was lost, and none where it came", () => {
  const lost = new Bench(0);
  const { schedules: [{ timer }] } = lost.take({ kind: "join", seeds: [at(2)] });
  lost.hear(alive(3));
  const outputs = lost.fire(timer, 900);
  assert.deepEqual([outputs.dials.length, timers(outputs)], [0, ["echo"]]);
  assert.deepEqual(lost.fire({ kind: "echo" }, 1_800).dials.map(({ to }) => to), [at(3)]);

  const answered = new Bench(0);
  const { dials: [{ exchange }] } = answered.take({ kind: "join", seeds: [at(2)] });
  answered.take({ kind: "answer", exchange, message: pushPull(nodeState(2)) });
  const quiet = answered.fire(timer, 900);
  assert.deepEqual([quiet.dials.length, timers(quiet)], [0, []]);
});

Deno.test("step() makes an echo again with another member until one answers, four times at most", () => {
  for (const isAnswered of [true, false]) {
    const bench = new Bench(0);
    for (let number = 2; number < 6; number++) bench.hear(alive(number));
    let asked = 0;
    for (let tries = 0; tries < 10; tries++) {
      for (const { exchange } of bench.fire({ kind: "echo" }, 1_800).dials) {
        asked++;
        const message = pushPull(nodeState(2));
        if (isAnswered) bench.take({ kind: "answer", exchange, message });
      }
    }
    assert.equal(asked, isAnswered ? 1 : 4);
  }
});

Deno.test("step() remembers no more seeds and lost members than its limits", () => {
  const bench = new Bench(0);
  for (let number = 0; number < 1_000; number++) {
    bench.take({ kind: "join", seeds: [{ host: "10.9.9.9", port: 1_000 + number }] });
  }
  assert.equal(bench.swim.seeds.size, 256);
  assert.ok(bench.swim.seeds.has("10.9.9.9 1999"), "the one named last is kept");
  for (let number = 0; number < 5_000; number++) {
    const node = `x${number}`;
    bench.hear(alive(2, 1, { node, addr: Uint8Array.of(10, 8, number >> 8, number & 255) }));
    bench.hear({ type: "dead", incarnation: 1, node, from: "m9" });
  }
  assert.equal(bench.swim.lost.size, 4_096);
});

Deno.test("step() reports a few of the wrong entries of a list, however many there are", () => {
  const bench = new Bench(1);
  const nodes = Array.from(
    { length: 5_000 },
    (_, i) => nodeState(3, { name: `x${i}`, addr: noBytes }),
  );
  const outputs = bench.take({
    kind: "stream",
    stream: 1,
    from: at(3),
    message: pushPull(...nodes),
  });
  assert.equal(outputs.reports.length, 64);
  assert.equal(bench.swim.members.size, 2);
});

Deno.test("step() has no hurry to reach a seed while it knows others", () => {
  const bench = new Bench(3);
  const outputs = bench.take({ kind: "join", seeds: [at(9)] });
  assert.deepEqual([outputs.dials.length, timers(outputs)], [1, []]);
});
