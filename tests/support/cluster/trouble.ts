/** Everything that may go wrong in a story, each with how to end it. */
import { type FaultRule, guardName, type SeededRandom } from "../../../core/sim/mod.ts";
import type { ClusterHost, SimulatedCluster } from "../../../core/sim/cluster/mod.ts";
import { oneWay, partition } from "../../../core/sim/gossip/mod.ts";

/** A fault that is in force. */
export interface Trouble {
  readonly what: string;
  readonly end: () => void;
}

type Begin = (cluster: SimulatedCluster, host: ClusterHost, random: SeededRandom) => Trouble;

const state = /\/state/;
const nothing = () => {};

/** Faults of the shared state as one host sees it. */
const stateRules: readonly ((random: SeededRandom) => FaultRule)[] = [
  () => ({ subject: state, fault: { timesOutMs: 10_000, isDone: "never" } }),
  () => ({ subject: state, fault: { timesOutMs: 10_000, isDone: "before" } }),
  () => ({
    operations: ["link", "rename", "writeNew", "remove"],
    subject: state,
    fault: { timesOutMs: 5_000, isDone: "late" },
    times: 3,
  }),
  () => ({ operations: ["writeNew", "append"], subject: state, fault: { fail: "ENOSPC" } }),
  () => ({ operations: ["writeNew", "rename", "link"], subject: state, fault: { fail: "EIO" } }),
  () => ({ operations: ["readText", "list", "stat"], subject: state, fault: { fail: "ESTALE" } }),
  () => ({ operations: ["list"], subject: state, fault: { staleListMs: 60_000 } }),
  () => ({ operations: ["link"], subject: state, fault: { doneButFails: "EEXIST" } }),
  () => ({ operations: ["link", "rename"], subject: state, fault: { doneButFails: "EIO" } }),
  () => ({ operations: ["tryLock"], subject: state, fault: { lostLock: true } }),
  () => ({ operations: ["tryLock"], subject: state, fault: { fail: "EIO" } }),
  (random) => ({ subject: state, fault: { delayMs: random.integer(20, 1_500) } }),
];

const kinds: readonly (readonly [number, Begin])[] = [
  [3, (_cluster, host) => {
    host.crash();
    return { what: `the agent of ${host.name} is killed`, end: nothing };
  }],
  [3, (_cluster, host, random) => {
    const moment = random.pick(["before", "torn", "after"] as const);
    const effect = random.integer(0, 30);
    host.crashAt(effect, moment);
    return {
      what: `the agent of ${host.name} dies ${moment} effect ${effect} from now`,
      end: nothing,
    };
  }],
  [2, (_cluster, host) => {
    host.powerOff();
    return { what: `${host.name} loses power`, end: () => host.powerOn() };
  }],
  [2, (_cluster, host) => {
    host.clock.freeze();
    return { what: `${host.name} stands still`, end: () => host.clock.thaw() };
  }],
  [1, (_cluster, host, random) => {
    host.clock.slowMs = random.integer(50, 2_000);
    return {
      what: `${host.name} is ${host.clock.slowMs} ms slow`,
      end: () => void (host.clock.slowMs = 0),
    };
  }],
  [1, (_cluster, host, random) => {
    const byMs = random.integer(-600_000, 600_000);
    host.clock.stepWall(byMs);
    return { what: `the wall clock of ${host.name} jumps by ${byMs} ms`, end: nothing };
  }],
  [6, (_cluster, host, random) => {
    const rule = { ...random.pick(stateRules)(random), skip: random.integer(0, 20) };
    const end = host.afflict(rule);
    const { operations = ["all"], fault } = rule;
    return { what: `${host.name} sees ${operations} of the state ${JSON.stringify(fault)}`, end };
  }],
  [2, (cluster, host, random) => {
    const side = cluster.hosts.filter(({ name }) => name === host.name || random.chance(0.4))
      .map(({ name }) => name);
    return { what: `${side} are cut off`, end: cluster.network.cut(partition(side)) };
  }],
  [2, (cluster, host, random) => {
    const others = cluster.hosts.filter((each) => each !== host).map(({ name }) => name);
    const targets = random.chance(0.5) ? others : [random.pick(others)];
    const isBack = random.chance(0.5);
    const cut = isBack ? oneWay(targets, [host.name]) : oneWay([host.name], targets);
    const what = isBack
      ? `${targets} do not reach ${host.name}`
      : `${host.name} does not reach ${targets}`;
    return { what, end: cluster.network.cut(cut) };
  }],
  [1, (cluster, host, random) => {
    // Neither reaches the other, and everybody else reaches both.
    const other = random.pick(cluster.hosts.filter((each) => each !== host)).name;
    const lifts = [oneWay([host.name], [other]), oneWay([other], [host.name])]
      .map((cut) => cluster.network.cut(cut));
    const end = () => lifts.forEach((lift) => lift());
    return { what: `${host.name} and ${other} do not reach each other`, end };
  }],
  [1, (cluster, _host, random) => {
    const { faults } = cluster.network;
    const before = { ...faults };
    const worse = {
      loss: random.pick([0.05, 0.2, 0.4]),
      duplication: 0.05,
      reordering: 0.1,
      reorderMs: 300,
      delayMaxMs: 100,
      brokenStreams: 0.2,
    };
    Object.assign(faults, worse);
    return {
      what: `the network loses ${worse.loss}`,
      end: () => void Object.assign(faults, before),
    };
  }],
  [2, (_cluster, host, random) => {
    // A guard whose agent does not live either cannot be replaced by anything: that is a fault of both (decision 0091).
    const running = host.machine.running()
      .filter(({ argv }) => host.life?.agent !== undefined || !argv.includes(guardName));
    if (running.length === 0) return { what: `nothing runs on ${host.name}`, end: nothing };
    const process = random.pick(running);
    host.machine.exit(process);
    return { what: `${process.unit} on ${host.name} is killed`, end: nothing };
  }],
  [1, (_cluster, host, random) => {
    const fault = random.pick([{ hang: true }, { fail: "EIO" }] as const);
    const end = host.afflict({ operations: ["plugin"], times: 3, fault });
    return { what: `plugins on ${host.name} ${JSON.stringify(fault)}`, end };
  }],
];

/** Begins one trouble on a host that has power and stands still no more. */
export function beginTrouble(cluster: SimulatedCluster, random: SeededRandom): Trouble | undefined {
  const able = cluster.hosts.filter(({ isPowered, clock }) => isPowered && !clock.isFrozen);
  // One host is always left in peace.
  if (able.length < 2) return undefined;
  const total = kinds.reduce((sum, [weight]) => sum + weight, 0);
  let at = random.next() * total;
  const [, begin] = kinds.find(([weight]) => (at -= weight) < 0)!;
  return begin(cluster, random.pick(able), random);
}
