import { gossipProfiles } from "../../core/gossip/mod.ts";
import { disagreement, GossipSimulator, partition, toldAtMs } from "../../core/sim/gossip/mod.ts";
import { lackingPeer } from "../../tests/interop/memberlist_peer.ts";
import type { BenchRow, PreparedBench } from "../bench_row.ts";
import { undoable } from "../bench_undos.ts";
import {
  type GossipCluster,
  MemberlistCluster,
  OurCluster,
  pause,
  startCluster,
  timeTold,
} from "../gossip_clusters.ts";

const memberlist = "memberlist";
const noWorse = { ratioAtMost: 1.25 } as const;
const idleMs = 20_000;
const lossShare = 0.2;

/** Gossip over real sockets on loopback, beside real memberlist nodes in the same run; then what only a simulator can hold. */
export const rows: readonly BenchRow[] = [
  ...[16, 64].flatMap((members) => [
    beside(`gossip: idle packets of a member of ${members}`, "packets/s", members, {
      rounds: 1,
      measure: async (cluster) => (await idleTraffic(cluster, members)).packets,
    }),
    beside(`gossip: idle bytes of a member of ${members}`, "B/s", members, {
      rounds: 1,
      measure: async (cluster) => (await idleTraffic(cluster, members)).bytes,
    }),
    beside(`gossip: new metadata known to all ${members}`, "ms", members, {
      rounds: 10,
      measure: updateKnown(),
    }),
    beside(`gossip: a late joiner known to all ${members}`, "ms", members, {
      rounds: 5,
      measure: (cluster) => joinerKnown(cluster),
    }),
    beside(`gossip: a goodbye known to all ${members}`, "ms", members, {
      rounds: 5,
      measure: (cluster) => goodbyeKnown(cluster),
    }),
    beside(`gossip: a crash told by all ${members} while 20 % of packets are lost`, "ms", members, {
      rounds: 3,
      loss: lossShare,
      measure: (cluster) => crashKnown(cluster),
    }),
    beside(
      `gossip: false deaths in 60 s while 20 % of packets are lost, ${members}`,
      "times",
      members,
      {
        rounds: 1,
        loss: lossShare,
        measure: (cluster) => falseDeaths(cluster),
      },
    ),
  ]),
  {
    name: "gossip: 64 join at once through one seed, worst of 20",
    unit: "ms",
    rounds: 1,
    floor: "memberlist, worst of 3, given up after 10 s",
    target: { atMost: 5_000 },
    lacking: lackingPeer,
    prepare: () =>
      Promise.resolve({
        sample: () => worstJoin(() => Promise.resolve(new OurCluster()), 20, 120_000),
        floor: () => worstJoin(() => MemberlistCluster.start(), 3, 10_000),
      }),
  },
  simulated("gossip: a 5-minute partition of 16 into halves heals (simulated)", {
    target: { atMost: 60_000 },
    sample: (round) => healMs(16, 8, round),
  }),
  simulated("gossip: a 5-minute partition of one of 64 heals (simulated)", {
    rounds: 1,
    target: { atMost: 60_000 },
    sample: (round) => healMs(64, 1, round),
  }),
  simulated("gossip: a crash told by all of 100 (simulated)", {
    sample: (round) => crashMs(100, round),
  }),
  simulated("gossip: a crash told by all of 1,000 (simulated)", {
    rounds: 1,
    sample: (round) => crashMs(1_000, round),
  }),
];

interface BesideOptions {
  readonly rounds: number;
  readonly loss?: number;
  readonly measure: (cluster: GossipCluster) => Promise<number>;
}

/** A row that measures our cluster, and memberlist's as its floor, in turns. */
function beside(
  name: string,
  unit: BenchRow["unit"],
  members: number,
  { rounds, loss = 0, measure }: BesideOptions,
): BenchRow {
  return {
    name,
    unit,
    rounds,
    floor: memberlist,
    target: noWorse,
    lacking: lackingPeer,
    prepare: async (): Promise<PreparedBench> => {
      const [ours, theirs] = [new OurCluster(), await MemberlistCluster.start()];
      const stopTheirs = undoable(() => theirs.stop());
      for (const cluster of [ours, theirs]) {
        await startCluster(cluster, members, { nudges: true });
        await cluster.setLoss(loss);
      }
      await pause(3_000); // what the joining left to be told
      return {
        sample: () => measure(ours),
        floor: () => measure(theirs),
        close: async () => {
          await ours.stop();
          await stopTheirs();
        },
      };
    },
  };
}

async function idleTraffic(cluster: GossipCluster, members: number) {
  const before = await cluster.traffic();
  await pause(idleMs);
  const after = await cluster.traffic();
  const per = members * idleMs / 1_000;
  return {
    packets: (after.packets - before.packets) / per,
    bytes: (after.bytes - before.bytes) / per,
  };
}

function updateKnown(): (cluster: GossipCluster) => Promise<number> {
  let version = 0;
  return async (cluster) => {
    const meta = new Uint8Array(512).fill(++version);
    const name = cluster.names[1];
    const { lastMs } = await timeTold(cluster, "updated", name, () => cluster.update(name, meta));
    await pause(1_500);
    return lastMs;
  };
}

let joiners = 0;

async function joinerKnown(cluster: GossipCluster): Promise<number> {
  const name = `joiner-${++joiners}`;
  const seed = cluster.names[0];
  const { lastMs } = await timeTold(cluster, "joined", name, () => cluster.add(name, seed));
  await pause(1_500);
  cluster.leave(name);
  await pause(2_000);
  await cluster.stopMember(name);
  return lastMs;
}

async function goodbyeKnown(cluster: GossipCluster): Promise<number> {
  const name = `leaver-${++joiners}`;
  const seed = cluster.names[0];
  await timeTold(cluster, "joined", name, () => cluster.add(name, seed));
  await pause(2_000);
  const { lastMs } = await timeTold(cluster, "gone", name, () => cluster.leave(name));
  await pause(2_000);
  await cluster.stopMember(name);
  return lastMs;
}

async function crashKnown(cluster: GossipCluster): Promise<number> {
  const name = `victim-${++joiners}`;
  const seed = cluster.names[0];
  await timeTold(cluster, "joined", name, () => cluster.add(name, seed));
  await pause(2_000);
  return (await timeTold(cluster, "gone", name, () => cluster.stopMember(name))).lastMs;
}

async function falseDeaths(cluster: GossipCluster): Promise<number> {
  const from = cluster.events.length;
  await pause(60_000);
  return cluster.events.slice(from).filter(({ kind }) => kind === "gone").length;
}

async function worstJoin(
  make: () => Promise<GossipCluster>,
  runs: number,
  limitMs: number,
): Promise<number> {
  let worst = 0;
  for (let run = 0; run < runs; run++) {
    const cluster = await make();
    const stop = undoable(() => cluster.stop());
    try {
      worst = Math.max(worst, await startCluster(cluster, 64, { limitMs }));
    } finally {
      await stop();
    }
  }
  return worst;
}

/** A row that takes virtual time. */
function simulated(
  name: string,
  options: {
    readonly rounds?: number;
    readonly target?: BenchRow["target"];
    readonly sample: (round: number) => number;
  },
): BenchRow {
  const { rounds = 3, target, sample } = options;
  let round = 0;
  return {
    name,
    unit: "ms",
    rounds,
    target,
    prepare: () => Promise.resolve({ sample: () => Promise.resolve(sample(round++)) }),
  };
}

function simulatedCluster(members: number, seed: number): GossipSimulator {
  const simulator = new GossipSimulator({ seed, settings: gossipProfiles.lan });
  for (let i = 0; i < members; i++) simulator.add(`m${i}`);
  simulator.acquaint();
  simulator.run(10_000);
  return simulator;
}

function healMs(members: number, side: number, seed: number): number {
  const simulator = simulatedCluster(members, seed);
  const lift = simulator.cut(partition(Array.from({ length: side }, (_, i) => `m${i + 1}`)));
  simulator.run(300_000);
  lift();
  const ms = simulator.runUntil(() => disagreement(simulator) === undefined, 600_000);
  return ms ?? Infinity;
}

function crashMs(members: number, seed: number): number {
  const simulator = simulatedCluster(members, seed);
  const sinceMs = simulator.nowMs;
  simulator.crash("m5");
  const told = () => toldAtMs(simulator, "failed", "m5", sinceMs);
  const allMs = simulator.runUntil(() => told().size >= members - 1, 120_000, 500);
  if (allMs === undefined) return Infinity;
  return Math.max(...told().values()) - sinceMs;
}
