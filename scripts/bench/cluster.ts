import { SimulatedCluster } from "../../core/sim/cluster/mod.ts";
import {
  clusterParts,
  embedded,
  wholeRequest,
} from "../../tests/support/cluster/cluster_service.ts";
import type { BenchRow } from "../bench_row.ts";

const hosts = 100;
const instances = 20;
const rounds = 10;

/** How long it took from a host's death until gossip first said so, and until all that it ran was started elsewhere. */
interface Failover {
  readonly toldMs: number;
  readonly startedMs: number;
}

/** A cluster of agents in virtual time, made once for both rows. */
let failovers: Promise<readonly Failover[]> | undefined;

/** What takes virtual time: agents with gossip, store and plans, a hundred in one process. */
export const rows: readonly BenchRow[] = [
  row(`cluster: a host's death to what it ran started elsewhere, ${hosts} simulated hosts`, {
    of: ({ startedMs }) => startedMs,
  }),
  row(`cluster: of that, after gossip first told, ${hosts} simulated hosts`, {
    of: ({ startedMs, toldMs }) => startedMs - toldMs,
    target: { atMost: 5_000 },
  }),
];

function row(
  name: string,
  options: { readonly of: (each: Failover) => number; readonly target?: BenchRow["target"] },
): BenchRow {
  let round = 0;
  return {
    name,
    unit: "ms",
    rounds,
    target: options.target,
    prepare: async () => {
      const all = await (failovers ??= measure());
      return { sample: () => Promise.resolve(options.of(all[round++ % all.length])) };
    },
  };
}

async function measure(): Promise<Failover[]> {
  const options = { seed: 1, hosts, parts: clusterParts, embedded };
  const cluster = await SimulatedCluster.formed(options);
  await cluster.start(20);
  await cluster.clock.advance(30_000);
  const { useCases } = cluster.hosts[0].life!.agent!;
  const request = wholeRequest("alpha", { version: "v1", count: instances });
  await cluster.clock.run(useCases.deploy(request));
  await cluster.clock.advance(30_000);
  const found: Failover[] = [];
  while (found.length < rounds) {
    found.push(await failOver(cluster));
    await cluster.clock.advance(60_000);
  }
  for (const host of cluster.hosts) host.stop();
  return found;
}

/** Cuts the power of a host on which something runs; it comes back afterwards. */
async function failOver(cluster: SimulatedCluster): Promise<Failover> {
  const { clock, hosts } = cluster;
  const running = () => hosts.reduce((sum, { machine }) => sum + machine.running().length, 0);
  const victim = hosts.findLast(({ machine }) => machine.running().length > 0)!;
  const before = running();
  const startMs = clock.monotonicMs();
  victim.powerOff();
  const isTold = () =>
    hosts.some(({ life }) =>
      life?.agent?.membership.list().some(({ id, gossip }) =>
        id === victim.name && gossip === "dead"
      )
    );
  let toldMs = Infinity;
  while (running() < before && clock.monotonicMs() - startMs < 120_000) {
    await clock.advance(100);
    if (toldMs === Infinity && isTold()) toldMs = clock.monotonicMs() - startMs;
  }
  const startedMs = clock.monotonicMs() - startMs;
  victim.powerOn();
  return { toldMs, startedMs };
}
