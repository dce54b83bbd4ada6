/** Runs of random trouble: what the nightly thousands of seeds run. */
import { gossipProfiles } from "../../gossip/mod.ts";
import { SeededRandom } from "../seeded_random.ts";
import { disagreement, GossipChecker } from "./gossip_checkers.ts";
import { GossipSimulator, type GossipSimulatorOptions } from "./gossip_simulator.ts";
import { oneWay, partition } from "./network_faults.ts";

export interface ChaosOptions {
  readonly seed: number;
  readonly members: number;
  /** For how much virtual time there is trouble. */
  readonly minutes: number;
  readonly step?: GossipSimulatorOptions["step"];
}

/** What one run found: nothing where all held. */
export interface ChaosResult {
  readonly findings: readonly string[];
  readonly fingerprint: number;
  /** How long the members took to agree once the trouble was over. */
  readonly agreedMs: number | undefined;
}

/** How long members may take to agree after the trouble: the longest pause of healing, and one round of everything. */
export const agreementLimitMs = 120_000;

/** Runs random trouble on a cluster, ends all faults, and checks that the members agree. */
export function runChaos(options: ChaosOptions): ChaosResult {
  const random = new SeededRandom(options.seed).stream("chaos");
  const checker = new GossipChecker();
  const simulator = new GossipSimulator({
    seed: options.seed,
    settings: gossipProfiles.lan,
    step: options.step,
    onStep: checker.onStep,
    faults: {
      delayMinMs: 0.2,
      delayMaxMs: random.pick([2, 20, 100]),
      loss: random.pick([0, 0.02, 0.1, 0.25]),
      duplication: random.pick([0, 0.05]),
      reordering: random.pick([0, 0.1]),
      reorderMs: 300,
      brokenStreams: random.pick([0, 0.05, 0.3]),
    },
  });
  const names = Array.from({ length: options.members }, (_, i) => `m${i}`);
  for (const name of names) simulator.add(name);
  for (const name of names.slice(1)) simulator.join(name, names[0]);
  simulator.run(5_000);
  for (let leftMs = options.minutes * 60_000; leftMs > 0;) {
    const lastsMs = Math.min(leftMs, random.integer(1_000, 60_000));
    trouble(simulator, names, random, lastsMs);
    leftMs -= lastsMs;
  }
  for (const name of names) {
    if (!simulator.get(name).isRunning) restart(simulator, names, name);
    simulator.get(name).slowMs = 0;
  }
  Object.assign(simulator.faults, { loss: 0, duplication: 0, reordering: 0, brokenStreams: 0 });
  const agreedMs = simulator.runUntil(
    () => disagreement(simulator) === undefined,
    agreementLimitMs,
    500,
  );
  const findings = [...checker.findings];
  if (agreedMs === undefined) findings.push(`no agreement: ${disagreement(simulator)}`);
  return { findings, fingerprint: simulator.fingerprint, agreedMs };
}

/** One kind of trouble, for a while. */
function trouble(
  simulator: GossipSimulator,
  names: readonly string[],
  random: SeededRandom,
  lastsMs: number,
): void {
  const name = random.pick(names);
  const member = simulator.get(name);
  const some = names.filter(() => random.chance(0.5));
  switch (random.integer(0, 7)) {
    case 0:
      if (member.isRunning) simulator.crash(name);
      else restart(simulator, names, name);
      return simulator.run(lastsMs);
    case 1:
      return cutFor(simulator, partition(some), lastsMs);
    case 2:
      return cutFor(simulator, oneWay([name], names.filter((each) => each !== name)), lastsMs);
    case 3:
      return cutFor(simulator, oneWay(some, [name], "datagrams"), lastsMs);
    case 4:
      simulator.freeze(name, random.integer(500, lastsMs));
      return simulator.run(lastsMs);
    case 5:
      member.slowMs = random.pick([0, 50, 400, 900]);
      return simulator.run(lastsMs);
    case 6:
      if (member.isRunning) {
        simulator.input(name, { kind: "update", meta: new Uint8Array(random.integer(0, 100)) });
      }
      return simulator.run(lastsMs);
    case 7:
      return simulator.run(lastsMs);
  }
}

function restart(simulator: GossipSimulator, names: readonly string[], name: string): void {
  simulator.get(name).frozenUntilMs = 0;
  simulator.restart(name, names.filter((each) => each !== name));
}

function cutFor(
  simulator: GossipSimulator,
  cut: ReturnType<typeof partition>,
  lastsMs: number,
): void {
  const lift = simulator.cut(cut);
  simulator.run(lastsMs);
  lift();
}
