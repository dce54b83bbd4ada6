/** What gossip promises, in virtual time: the worst of many seeds. */
import assert from "node:assert/strict";
import { gossipProfiles } from "../../core/gossip/mod.ts";
import {
  disagreement,
  GossipSimulator,
  type NetworkFaults,
  partition,
} from "../../core/sim/gossip/mod.ts";

const seeds = 20;

function cluster(
  seed: number,
  members: number,
  faults: Partial<NetworkFaults> = {},
): GossipSimulator {
  const simulator = new GossipSimulator({ seed, settings: gossipProfiles.lan, faults });
  for (let i = 0; i < members; i++) simulator.add(`m${i}`);
  return simulator;
}

/** A cluster whose members have known each other for a while. */
function oldCluster(seed: number, members: number): GossipSimulator {
  const simulator = cluster(seed, members);
  simulator.acquaint();
  simulator.run(10_000);
  return simulator;
}

/** Asserts that all is done in time, whatever the seed: `ms` returns how long it took, or nothing where it took longer. */
function assertInTime(count: number, ms: (seed: number) => number | undefined): void {
  const late: number[] = [];
  for (let seed = 1; seed <= count; seed++) if (ms(seed) === undefined) late.push(seed);
  assert.deepEqual(late, [], `seeds of ${count} that took longer`);
}

const networks: Readonly<Record<string, Partial<NetworkFaults>>> = {
  "on a calm network": {},
  "while 20 % of packets are lost": { loss: 0.2 },
  "while one connection in twenty breaks": { brokenStreams: 0.05 },
};

for (const [name, faults] of Object.entries(networks)) {
  Deno.test(`64 members that join at once through one seed know each other within 5 s ${name}`, () => {
    assertInTime(seeds, (seed) => {
      const simulator = cluster(seed, 64, faults);
      for (let i = 1; i < 64; i++) simulator.join(`m${i}`, "m0");
      return simulator.runUntil(() => disagreement(simulator) === undefined, 5_000, 50);
    });
  });
}

for (const members of [16, 64]) {
  Deno.test(`512 bytes of new metadata are known to all of ${members} members within a second`, () => {
    assertInTime(members === 16 ? seeds : 5, (seed) => {
      const simulator = oldCluster(seed, members);
      const meta = new Uint8Array(512).fill(seed);
      simulator.input("m3", { kind: "update", meta });
      const isKnown = () =>
        [...simulator.members.values()].every(({ swim }) =>
          swim.members.get("m3")?.meta.every((byte) => byte === seed) &&
          swim.members.get("m3")?.meta.length === 512
        );
      return simulator.runUntil(isKnown, 1_000);
    });
  });
}

for (const [members, side] of [[16, 8], [64, 1]] as const) {
  Deno.test(`a 5-minute partition of ${side} of ${members} members heals within a minute`, () => {
    assertInTime(members === 16 ? 5 : 1, (seed) => {
      const simulator = oldCluster(seed, members);
      const lift = simulator.cut(partition(Array.from({ length: side }, (_, i) => `m${i + 1}`)));
      simulator.run(300_000);
      lift();
      return simulator.runUntil(() => disagreement(simulator) === undefined, 60_000, 100);
    });
  });
}
