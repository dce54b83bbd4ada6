import assert from "node:assert/strict";
import { gossipProfiles, type GossipSettings } from "../../gossip/mod.ts";
import { disagreement, falseFailures, GossipChecker, toldAtMs } from "./gossip_checkers.ts";
import { GossipSimulator } from "./gossip_simulator.ts";
import { type NetworkFaults, oneWay, partition } from "./network_faults.ts";
import { runChaos } from "./chaos.ts";

interface ClusterOptions {
  readonly members: number;
  readonly seed?: number;
  readonly faults?: Partial<NetworkFaults>;
  readonly settings?: Partial<GossipSettings>;
  readonly keys?: readonly Uint8Array[];
  /** Whether they have yet to join, all by the first at once; else they know each other already. */
  readonly joins?: boolean;
}

function cluster(options: ClusterOptions): GossipSimulator {
  const { members, seed = 1, faults, settings, keys, joins = false } = options;
  const simulator = new GossipSimulator({
    seed,
    faults,
    keys,
    settings: { ...gossipProfiles.lan, ...settings },
  });
  for (let i = 0; i < members; i++) simulator.add(`m${i}`);
  if (!joins) simulator.acquaint();
  for (let i = 1; joins && i < members; i++) simulator.join(`m${i}`, "m0");
  return simulator;
}
const agreed = (simulator: GossipSimulator, limitMs: number) =>
  simulator.runUntil(() => disagreement(simulator) === undefined, limitMs);
/** How long after `sinceMs` the first and the last were told. */
function told(simulator: GossipSimulator, kind: "failed" | "left", name: string, sinceMs: number) {
  const times = [...toldAtMs(simulator, kind, name, sinceMs).values()].map((at) => at - sinceMs);
  return { count: times.length, firstMs: Math.min(...times), lastMs: Math.max(...times) };
}

Deno.test("simulator repeats a run to the last packet by its seed", () => {
  const fingerprint = (seed: number) => {
    const simulator = cluster({
      members: 8,
      seed,
      joins: true,
      faults: { loss: 0.1, duplication: 0.1 },
    });
    simulator.run(20_000);
    return simulator.fingerprint;
  };
  assert.equal(fingerprint(7), fingerprint(7));
  assert.notEqual(fingerprint(7), fingerprint(8));
});

Deno.test("simulator: 64 members that join at once through one seed know each other within seconds", () => {
  assert.ok(agreed(cluster({ members: 64, joins: true }), 5_000) !== undefined, "within 5 s");
});

Deno.test("simulator: an idle member sends two packets a second and no connection", () => {
  const simulator = cluster({ members: 16 });
  simulator.run(20_000);
  const before = simulator.get("m3").traffic.packets;
  simulator.run(60_000);
  const packets = simulator.get("m3").traffic.packets - before;
  assert.ok(packets >= 100 && packets <= 140, `${packets} packets in a minute`);
});

Deno.test("simulator: a crash is found within Lifeguard's time, by all at about the same moment", () => {
  const simulator = cluster({ members: 16 });
  simulator.run(10_000);
  const sinceMs = simulator.nowMs;
  simulator.crash("m5");
  simulator.run(40_000);
  const { count, firstMs, lastMs } = told(simulator, "failed", "m5", sinceMs);
  assert.equal(count, 15);
  assert.ok(firstMs > 4_816 && lastMs < 20_000, `${firstMs} to ${lastMs} ms`);
  assert.ok(lastMs - firstMs < 2_000);
});

Deno.test("simulator: a crash among 300 is told to all, and nobody else is doubted", () => {
  const simulator = cluster({ members: 300 });
  simulator.run(2_000);
  const sinceMs = simulator.nowMs;
  simulator.crash("m5");
  simulator.run(25_000);
  assert.equal(told(simulator, "failed", "m5", sinceMs).count, 299);
  assert.equal(falseFailures(simulator), 0);
});

Deno.test("simulator: a goodbye is told to all within two seconds", () => {
  const simulator = cluster({ members: 32 });
  simulator.run(10_000);
  const sinceMs = simulator.nowMs;
  simulator.input("m5", { kind: "leave" });
  simulator.run(2_000);
  assert.equal(told(simulator, "left", "m5", sinceMs).count, 31);
  assert.ok(simulator.get("m5").notifications.some(({ it }) => it.kind === "departed"));
});

Deno.test("simulator: what members pass on to each other misses nobody, in a cluster of nine as well", () => {
  assert.equal(missedOf(60, gossipProfiles.lan.missedOnceIn), 0);
  // Four copies, as memberlist counts them for fewer than ten members.
  assert.ok(missedOf(60, Math.E ** 4 / 9 - 0.01) > 0);
});

/** Returns how many of `count` payloads did not come to all of nine members within three seconds. */
function missedOf(count: number, missedOnceIn: number): number {
  const simulator = cluster({ members: 9, settings: { missedOnceIn } });
  const members = [...simulator.members.values()];
  let missed = 0;
  for (let number = 1; number <= count; number++) {
    const payload = Uint8Array.of(number);
    const told = new Set<string>();
    const tell = (name: string) => {
      told.add(name);
      simulator.input(name, { kind: "broadcast", payload });
    };
    tell(members[number % members.length].name);
    simulator.runUntil(() => {
      for (const { name, notifications } of members) {
        const isKnown = told.has(name) ||
          !notifications.some(({ it }) => it.kind === "message" && it.payload[0] === number);
        if (!isKnown) tell(name);
      }
      return told.size === members.length;
    }, 3_000);
    if (told.size < members.length) missed++;
  }
  return missed;
}

Deno.test("simulator: nobody is declared dead by mistake while a fifth of all packets are lost", () => {
  const simulator = cluster({ members: 16, faults: { loss: 0.2 } });
  simulator.run(120_000);
  assert.equal(falseFailures(simulator), 0);
});

Deno.test("simulator: a member whose UDP is cut both ways stays alive by TCP", () => {
  const simulator = cluster({ members: 8 });
  simulator.run(5_000);
  const others = ["m0", "m1", "m2", "m3", "m4", "m5", "m6"];
  simulator.cut(oneWay(others, ["m7"], "datagrams"));
  simulator.cut(oneWay(["m7"], others, "datagrams"));
  simulator.run(120_000);
  assert.equal(falseFailures(simulator), 0);
});

Deno.test("simulator: a way that is cut between two members alone is bridged by the others", () => {
  const simulator = cluster({ members: 6, settings: { streamPing: false } });
  simulator.run(5_000);
  simulator.cut(oneWay(["m1"], ["m2"]));
  simulator.run(120_000);
  assert.equal(falseFailures(simulator), 0);
  assert.equal(disagreement(simulator), undefined);
});

Deno.test("simulator: a five-minute partition heals within a minute", () => {
  for (const side of [["m1"], ["m0", "m1", "m2", "m3"]]) {
    const simulator = cluster({ members: 8 });
    simulator.run(10_000);
    const lift = simulator.cut(partition(side));
    simulator.run(300_000);
    assert.equal(
      simulator.get("m7").swim.members.get("m1"),
      undefined,
      "each side forgot the other",
    );
    lift();
    assert.ok(agreed(simulator, 60_000) !== undefined, disagreement(simulator));
  }
});

Deno.test("simulator: two that were parted while alone find each other again", () => {
  const simulator = cluster({ members: 2 });
  simulator.run(10_000);
  const lift = simulator.cut(partition(["m1"]));
  simulator.run(300_000);
  lift();
  assert.ok(agreed(simulator, 60_000) !== undefined);
});

Deno.test("simulator: a member that comes back at once is believed, with its new metadata", () => {
  const simulator = cluster({ members: 8 });
  simulator.run(10_000);
  simulator.crash("m3");
  simulator.run(2_000);
  simulator.restart("m3", ["m0"], new Uint8Array(9));
  assert.ok(agreed(simulator, 40_000) !== undefined, disagreement(simulator));
});

Deno.test("simulator: a frozen member is declared dead and refutes when it thaws", () => {
  const simulator = cluster({ members: 8 });
  simulator.run(10_000);
  simulator.freeze("m3", 25_000);
  simulator.run(24_000);
  assert.ok(toldAtMs(simulator, "failed", "m3", 0).size > 0);
  assert.ok(agreed(simulator, 60_000) !== undefined, disagreement(simulator));
});

Deno.test("simulator: a member that stands still again and again accuses nobody", () => {
  const simulator = cluster({ members: 8, faults: { delayMinMs: 150, delayMaxMs: 200 } });
  simulator.run(10_000);
  for (let pause = 0; pause < 20; pause++) {
    simulator.freeze("m3", 2_500);
    simulator.run(4_600 + pause * 61); // so that it falls at every moment of a probe
  }
  const accused = simulator.get("m3").notifications
    .filter(({ it }) => it.kind === "suspected" || it.kind === "failed");
  assert.deepEqual(accused, []);
});

Deno.test("simulator: encrypted and labelled members agree as plain ones do", () => {
  const key = new Uint8Array(32).fill(1);
  const simulator = cluster({ members: 6, keys: [key], settings: { label: "shop" }, joins: true });
  assert.ok(agreed(simulator, 5_000) !== undefined);
});

Deno.test("chaos: members agree once random trouble ends, and incarnations never fall", () => {
  for (let seed = 1; seed <= 6; seed++) {
    const { findings } = runChaos({ seed, members: 5, minutes: 2 });
    assert.deepEqual(findings, [], `seed ${seed}`);
  }
});

Deno.test("GossipChecker finds an incarnation that fell and a member that doubts itself", () => {
  const checker = new GossipChecker();
  const simulator = new GossipSimulator({
    seed: 1,
    settings: gossipProfiles.lan,
    onStep: checker.onStep,
  });
  simulator.add("m0");
  simulator.add("m1");
  simulator.join("m1", "m0");
  simulator.run(5_000);
  assert.equal(checker.findings.length, 0);
  simulator.get("m0").swim.members.get("m1")!.incarnation = 0;
  simulator.get("m0").swim.self()!.liveness = "dead";
  simulator.run(2_000);
  assert.ok(checker.findings.some((finding) => finding.includes("took m1 back")));
  assert.ok(checker.findings.some((finding) => finding.includes("believes itself dead")));
});
