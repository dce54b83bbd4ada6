/**
 * A whole cluster under one seed: hosts with clocks of their own, the network between them, the disk that they share.
 *
 *     const cluster = await SimulatedCluster.formed({ seed: 7, hosts: 5, parts, embedded, enrol });
 *     await cluster.start();
 *     cluster.hosts[2].powerOff();
 *     await cluster.clock.advance(60_000);
 */
export {
  type AgentLife,
  ClusterHost,
  type ClusterParts,
  type ClusterPlaces,
} from "./cluster_host.ts";
export { HostClock, ProcessClock } from "./host_clock.ts";
export {
  type NetworkHost,
  type NetworkProcess,
  SimNetwork,
  type SimNetworkOptions,
} from "./sim_network.ts";
export { SimulatedCluster, type SimulatedClusterOptions } from "./simulated_cluster.ts";
export { type NameChange, WatchedDisk } from "./watched_disk.ts";
