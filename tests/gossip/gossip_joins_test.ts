/** Mass joins in virtual time: the worst of many seeds. */
import assert from "node:assert/strict";
import { gossipProfiles } from "../../core/gossip/mod.ts";
import { disagreement, GossipSimulator, type NetworkFaults } from "../../core/sim/gossip/mod.ts";

const seeds = 20;
const limitMs = 5_000;

/** How long 64 members that join at once through the first take until each knows all. */
function joinMs(seed: number, faults: Partial<NetworkFaults>): number | undefined {
  const simulator = new GossipSimulator({ seed, settings: gossipProfiles.lan, faults });
  for (let i = 0; i < 64; i++) simulator.add(`m${i}`);
  for (let i = 1; i < 64; i++) simulator.join(`m${i}`, "m0");
  return simulator.runUntil(() => disagreement(simulator) === undefined, limitMs, 50);
}

const networks: Readonly<Record<string, Partial<NetworkFaults>>> = {
  "on a calm network": {},
  "while 20 % of packets are lost": { loss: 0.2 },
  "while one connection in twenty breaks": { brokenStreams: 0.05 },
};

for (const [name, faults] of Object.entries(networks)) {
  Deno.test(`64 members that join at once through one seed know each other within 5 s ${name}`, () => {
    const late: number[] = [];
    for (let seed = 1; seed <= seeds; seed++) {
      if (joinMs(seed, faults) === undefined) late.push(seed);
    }
    assert.deepEqual(late, [], `seeds of ${seeds} that took longer`);
  });
}
