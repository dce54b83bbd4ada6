/**
 * Gossip alone, under one seed: any number of members in one process, over a network of which every fault is an option.
 *
 * Members are the real `step()` and the real codec; only sockets and time are simulated. Checkers stand apart from the
 * protocol. A run is repeated to the last packet by its seed:
 *
 *     const simulator = new GossipSimulator({ seed: 7, settings: gossipProfiles.lan, faults: { loss: 0.2 } });
 *     simulator.add("alpha");
 *     simulator.add("bravo");
 *     simulator.join("bravo", "alpha");
 *     simulator.run(10_000);
 */
export { type ChaosOptions, type ChaosResult, runChaos } from "./chaos.ts";
export { disagreement, falseFailures, GossipChecker, toldAtMs } from "./gossip_checkers.ts";
export {
  GossipSimulator,
  type GossipSimulatorOptions,
  type SimulatedMember,
  type Traffic,
} from "./gossip_simulator.ts";
export { calmNetwork, type Cut, type NetworkFaults, oneWay, partition } from "./network_faults.ts";
