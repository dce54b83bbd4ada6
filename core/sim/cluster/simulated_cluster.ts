import { type Embedded, joinCluster, seedCluster } from "../../agent/mod.ts";
import type { NetworkFaults } from "../gossip/network_faults.ts";
import { SeededRandom } from "../seeded_random.ts";
import { VirtualClock } from "../virtual_clock.ts";
import { ClusterHost, type ClusterParts } from "./cluster_host.ts";
import { SimNetwork } from "./sim_network.ts";
import { WatchedDisk } from "./watched_disk.ts";

export interface SimulatedClusterOptions {
  readonly seed: number | string;
  readonly hosts: number;
  readonly parts: ClusterParts;
  readonly embedded: Embedded;
  readonly faults?: Partial<NetworkFaults>;
}

/** Machines with their agents, the network between them and the disk that they share, in one process under one seed. */
export class SimulatedCluster {
  readonly clock = new VirtualClock({ idleTurns: 0 });
  readonly random: SeededRandom;
  readonly network: SimNetwork;
  readonly shared: WatchedDisk;
  readonly hosts: readonly ClusterHost[];
  /** The cluster's own id. */
  id = "";

  private constructor(options: SimulatedClusterOptions) {
    const { clock } = this;
    this.random = new SeededRandom(options.seed);
    this.shared = new WatchedDisk(() => clock.nowMs());
    this.network = new SimNetwork({
      clock,
      random: this.random.stream("network"),
      faults: options.faults,
    });
    this.hosts = Array.from({ length: options.hosts }, (_, index) => {
      const number = index + 1;
      const address = `10.${number >> 16}.${(number >> 8) & 255}.${number & 255}`;
      return new ClusterHost(`h${number}`, address, this, options.parts);
    });
  }

  /** Makes the cluster on the first host and lets the others join. No agent runs yet. */
  static async formed(options: SimulatedClusterOptions): Promise<SimulatedCluster> {
    const cluster = new SimulatedCluster(options);
    const [first, ...others] = cluster.hosts;
    const form = async () => {
      const { ports, life } = first.open();
      const seed = { name: "test", address: first.address };
      const { cluster: { id } } = await seedCluster(ports, first.options, seed, options.embedded);
      life.faults.stop();
      cluster.id = id;
      for (const host of others) {
        const { ports, life } = host.open();
        await joinCluster(ports, host.options, { address: host.address, cluster: id });
        life.faults.stop();
      }
    };
    await cluster.clock.run(form());
    cluster.shared.syncAll();
    for (const host of cluster.hosts) host.machine.disk.syncAll();
    return cluster;
  }

  /** Starts every agent, one shortly after the other. */
  async start(spreadMs = 100): Promise<void> {
    for (const host of this.hosts) {
      host.start();
      await this.clock.advance(spreadMs);
    }
  }

  /** What went wrong in agents so far, and may not. */
  findings(): string[] {
    return this.hosts.flatMap((host) => host.findings);
  }
}
