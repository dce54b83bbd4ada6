import { gossipProfiles } from "../../core/gossip/mod.ts";
import { disagreement, GossipSimulator, partition, toldAtMs } from "../../core/sim/gossip/mod.ts";
import { lackingPeer } from "../../tests/interop/memberlist_peer.ts";
import { type BenchRow, inTurn, type PreparedBench } from "../bench_row.ts";
import { undoable } from "../bench_undos.ts";
import {
  type GossipCluster,
  MemberlistCluster,
  OurCluster,
  startCluster,
} from "../gossip_clusters.ts";
import { crashRounds, type Samples, SideBySide, victimsAtOnce } from "../gossip_side_by_side.ts";

const memberlist = "memberlist";
const noWorse = { ratioAtMost: 1.25 } as const;
/** With five, the median of either moved by as much as the target allows: × 0.86 to × 1.75 in eight runs. */
const rounds = 11;
const roundsShort = 2;
const lossy = "while 20 % of packets are lost";

/** Gossip over real sockets on loopback, beside real memberlist nodes in the same run; then what only a simulator can hold. */
export const rows: readonly BenchRow[] = [
  ...[16, 64].flatMap((members) => [
    beside(`gossip: idle packets of a member of ${members}`, "packets/s", members, {
      samples: async (pair) => (await pair.idle()).packets,
    }),
    beside(`gossip: idle bytes of a member of ${members}`, "B/s", members, {
      samples: async (pair) => (await pair.idle()).bytes,
    }),
    beside(`gossip: new metadata known to all ${members}`, "ms", members, {
      rounds,
      samples: (pair) => pair.updates(),
    }),
    beside(`gossip: a late joiner known to all ${members}`, "ms", members, {
      rounds,
      samples: async (pair) => (await pair.guests()).joins,
    }),
    beside(`gossip: a goodbye known to all ${members}`, "ms", members, {
      rounds,
      samples: async (pair) => (await pair.guests()).goodbyes,
    }),
    beside(`gossip: a crash first told among ${members} ${lossy}`, "ms", members, {
      rounds: crashRounds * victimsAtOnce,
      samples: async (pair) => (await pair.losses()).first,
    }),
    beside(`gossip: a crash told by all ${members} ${lossy}`, "ms", members, {
      rounds: crashRounds * victimsAtOnce,
      samples: async (pair) => (await pair.losses()).all,
    }),
    beside(`gossip: false deaths meanwhile, of ${members}`, "times", members, {
      samples: async (pair) => (await pair.losses()).falseDeaths,
    }),
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

let pair: { readonly members: number; readonly started: Promise<SideBySide> } | undefined;

/** Returns the clusters of a size: started for the first row of that size, ended before those of another. */
async function shared(members: number, isShort: boolean): Promise<SideBySide> {
  if (pair?.members !== members) {
    await close();
    const started = SideBySide.start(members, isShort ? roundsShort : rounds);
    pair = { members, started };
  }
  return await pair.started;
}

/** Ends what the rows share. */
export async function close(): Promise<void> {
  const ending = pair;
  pair = undefined;
  const clusters = await ending?.started.catch(() => undefined);
  await clusters?.stop();
}

/** A row that holds our cluster against memberlist's. All of its samples are taken as it is prepared: rows share them. */
function beside(
  name: string,
  unit: BenchRow["unit"],
  members: number,
  options: { readonly rounds?: number; readonly samples: (pair: SideBySide) => Promise<Samples> },
): BenchRow {
  return {
    name,
    unit,
    rounds: options.rounds ?? 1,
    floor: memberlist,
    target: noWorse,
    lacking: lackingPeer,
    prepare: async (isShort): Promise<PreparedBench> => {
      const { ours, theirs } = await options.samples(await shared(members, isShort));
      return { sample: inTurn(ours), floor: inTurn(theirs) };
    },
  };
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
