import { type ClusterHost, SimulatedCluster } from "../../core/sim/cluster/mod.ts";
import {
  clusterParts,
  embedded,
  wholeRequest,
} from "../../tests/support/cluster/cluster_service.ts";
import { type BenchRow, inTurn } from "../bench_row.ts";

const instances = 20;
const roundsShort = 3;

/** So many hosts are asked what gossip tells them: at more, one look at all of them would cost more than the cluster itself. */
const askedMax = 100;

/** Clusters in virtual time, agents with gossip, store and plans in one process. */
const sizes = [
  { hosts: 100, rounds: 10 },
  { hosts: 1_000, rounds: 1, askedBy: "1000 simulated" },
];

/** What one cluster gives, all in virtual milliseconds. */
interface Measured {
  /** From the start of the last agent until every host believes every other to be alive. */
  readonly agreedMs: number;
  readonly failovers: readonly Failover[];
}

/** How long it took from a host's death until gossip first said so, and until all that it ran was started elsewhere. */
interface Failover {
  readonly toldMs: number;
  readonly startedMs: number;
}

export const rows: readonly BenchRow[] = sizes.flatMap(rowsOf);

function rowsOf({ hosts, rounds, askedBy }: (typeof sizes)[number]): BenchRow[] {
  let made: Promise<Measured> | undefined;
  const of = `${hosts} simulated hosts`;
  // Sampled once more than kept: what there is is taken in turn.
  const row = (
    name: string,
    rest: Partial<BenchRow>,
    all: (of: Measured) => number[],
  ): BenchRow => ({
    name: `cluster: ${name}, ${of}`,
    unit: "ms",
    rounds,
    ...rest,
    askedBy,
    prepare: async (isShort) => {
      made ??= measure(hosts, isShort ? Math.min(rounds, roundsShort) : rounds);
      return { sample: inTurn(all(await made)) };
    },
  });
  return [
    row("start to all agreeing", { rounds: 1 }, ({ agreedMs }) => [agreedMs]),
    row(
      "a host's death to gossip telling of it",
      {},
      ({ failovers }) => failovers.map(({ toldMs }) => toldMs),
    ),
    row(
      "a host's death to what it ran started elsewhere",
      {},
      ({ failovers }) => failovers.map(({ startedMs }) => startedMs),
    ),
    row(
      "of that, after gossip first told",
      { target: { atMost: 5_000 } },
      ({ failovers }) => failovers.map(({ startedMs, toldMs }) => startedMs - toldMs),
    ),
  ];
}

async function measure(hosts: number, rounds: number): Promise<Measured> {
  const options = { seed: 1, hosts, parts: clusterParts, embedded };
  const cluster = await SimulatedCluster.formed(options);
  await cluster.start(20);
  const agreedMs = await untilAllAgree(cluster);
  const { useCases } = cluster.hosts[0].life!.agent!;
  const request = wholeRequest("alpha", { version: "v1", count: instances });
  await cluster.clock.run(useCases.deploy(request));
  await cluster.clock.advance(30_000);
  const failovers: Failover[] = [];
  for (let round = 0; round < rounds; round++) {
    if (round > 0) await cluster.clock.advance(60_000);
    failovers.push(await failOver(cluster));
  }
  for (const host of cluster.hosts) host.stop();
  return { agreedMs, failovers };
}

async function untilAllAgree({ clock, hosts }: SimulatedCluster): Promise<number> {
  const startMs = clock.monotonicMs();
  const agrees = ({ life }: ClusterHost) =>
    life?.agent !== undefined &&
    hosts.every(({ name }) => life.agent!.membership.liveness(name) === "alive");
  for (const host of hosts) {
    while (!agrees(host)) {
      if (clock.monotonicMs() - startMs > 300_000) throw new Error(`${host.name} never agrees`);
      await clock.advance(100);
    }
  }
  return clock.monotonicMs() - startMs;
}

/** Cuts the power of a host on which something runs; it comes back afterwards. */
async function failOver(cluster: SimulatedCluster): Promise<Failover> {
  const { clock, hosts } = cluster;
  const running = () => hosts.reduce((sum, { machine }) => sum + machine.running().length, 0);
  const victim = hosts.findLast(({ machine }) => machine.running().length > 0)!;
  const before = running();
  const startMs = clock.monotonicMs();
  victim.powerOff();
  const every = Math.ceil(hosts.length / askedMax);
  const asked = hosts.filter((host, index) => host !== victim && index % every === 0);
  const isTold = () =>
    asked.some(({ life }) =>
      life?.agent?.membership.list().some(({ id, gossip }) =>
        id === victim.name && gossip === "dead"
      )
    );
  let toldMs = Infinity;
  while (running() < before && clock.monotonicMs() - startMs < 120_000) {
    await clock.advance(100);
    if (toldMs === Infinity && isTold()) toldMs = clock.monotonicMs() - startMs;
  }
  if (running() < before) throw new Error(`what ${victim.name} ran was not started elsewhere`);
  const startedMs = clock.monotonicMs() - startMs;
  victim.powerOn();
  return { toldMs: Math.min(toldMs, startedMs), startedMs };
}
