/**
 * A whole cluster under one seed: hosts with clocks of their own, the network between them, the disk that they share.
 *
 *     const network = new SimNetwork({ clock, random });
 *     network.add(host);
 *     const transports = network.transports(host, faults); // goes with the process that `faults` is the life of
 */
export { HostClock, ProcessClock } from "./host_clock.ts";
export {
  type NetworkHost,
  type NetworkProcess,
  SimNetwork,
  type SimNetworkOptions,
} from "./sim_network.ts";
