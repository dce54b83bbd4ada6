/** Our members and memberlist's nodes on one machine in one run, for `scripts/bench/gossip.ts`. */
import { undoable } from "./bench_undos.ts";
import {
  type GossipCluster,
  MemberlistCluster,
  OurCluster,
  pause,
  startCluster,
  timeTold,
} from "./gossip_clusters.ts";

/** Samples of one thing, of both. */
export interface Samples {
  readonly ours: readonly number[];
  readonly theirs: readonly number[];
}

const idleMs = 20_000;
const lossShare = 0.2;
/** For how long at least packets are lost while false deaths are counted. */
const lossMs = 60_000;
/** Members that crash at the same time, in each round. */
export const victimsAtOnce = 4;
export const crashRounds = 3;
/** What any news needs to be told its full number of times. */
const quietMs = 1_200;

/**
 * Two clusters of one size, started once for all that is measured of them. What is quick and delicate is measured in
 * turns; what takes long, and little of the machine, of both at the same time.
 */
export class SideBySide {
  readonly #ours: GossipCluster;
  readonly #theirs: GossipCluster;
  readonly #members: number;
  readonly #rounds: number;
  /** Members that were started for a measure, numbered. */
  #guests = 0;

  private constructor(ours: GossipCluster, theirs: GossipCluster, members: number, rounds: number) {
    this.#ours = ours;
    this.#theirs = theirs;
    this.#members = members;
    this.#rounds = rounds;
  }

  static async start(members: number, rounds: number): Promise<SideBySide> {
    const pair = new SideBySide(new OurCluster(), await MemberlistCluster.start(), members, rounds);
    pair.stop = undoable(() => pair.#stop());
    await pair.#both((cluster) => startCluster(cluster, members, { nudges: true }));
    await pause(3_000); // what the joining left to be told
    return pair;
  }

  stop: () => Promise<void> = () => Promise.resolve();

  readonly idle = once(async () => {
    const { ours: [ours], theirs: [theirs] } = await this.#both((each) => this.#idleTraffic(each));
    return {
      packets: { ours: [ours.packets], theirs: [theirs.packets] },
      bytes: { ours: [ours.bytes], theirs: [theirs.bytes] },
    };
  });

  /** When new metadata of 512 bytes was known to all. */
  readonly updates = once(() => {
    let version = 0;
    return this.#inTurns(async (cluster) => {
      const meta = new Uint8Array(512).fill(++version);
      const name = cluster.names[1];
      const act = () => cluster.update(name, meta);
      const { lastMs } = await timeTold(cluster, { kind: "updated", name }, act);
      await pause(quietMs);
      return lastMs;
    });
  });

  /** When a late joiner, and when its goodbye, was known to all. */
  readonly guests = once(async () => {
    const visits = await this.#inTurns((cluster) => this.#visit(cluster));
    return { joins: pick(visits, "joinMs"), goodbyes: pick(visits, "goodbyeMs") };
  });

  /** When crashes were first told, and by all, while packets are lost; and who was declared dead meanwhile that was not. */
  readonly losses = once(async () => {
    const { ours: [ours], theirs: [theirs] } = await this.#both((each) => this.#lossy(each));
    const of = <T>(take: (each: typeof ours) => T) => ({ ours: take(ours), theirs: take(theirs) });
    return {
      first: of(({ crashes }) => crashes.map(({ firstMs }) => firstMs)),
      all: of(({ crashes }) => crashes.map(({ lastMs }) => lastMs)),
      falseDeaths: of(({ falseDeaths }) => [falseDeaths]),
    };
  });

  async #idleTraffic(cluster: GossipCluster): Promise<{ packets: number; bytes: number }> {
    const before = await cluster.traffic();
    await pause(idleMs);
    const after = await cluster.traffic();
    const per = this.#members * idleMs / 1_000;
    return {
      packets: (after.packets - before.packets) / per,
      bytes: (after.bytes - before.bytes) / per,
    };
  }

  async #visit(cluster: GossipCluster): Promise<{ joinMs: number; goodbyeMs: number }> {
    const name = `guest-${++this.#guests}`;
    const enter = () => cluster.add(name, cluster.names[0]);
    const join = await timeTold(cluster, { kind: "joined", name }, enter);
    await pause(quietMs);
    const goodbye = await timeTold(cluster, { kind: "gone", name }, () => cluster.leave(name));
    await pause(quietMs);
    await cluster.stopMember(name);
    return { joinMs: join.lastMs, goodbyeMs: goodbye.lastMs };
  }

  async #lossy(cluster: GossipCluster) {
    const startMs = performance.now();
    const from = cluster.events.length;
    const victims = new Set<string>();
    const crashes: { readonly firstMs: number; readonly lastMs: number }[] = [];
    for (let round = 0; round < Math.min(this.#rounds, crashRounds); round++) {
      const names = Array.from({ length: victimsAtOnce }, () => `victim-${++this.#guests}`);
      await cluster.setLoss(0);
      for (const name of names) {
        victims.add(name);
        const enter = () => cluster.add(name, cluster.names[0]);
        await timeTold(cluster, { kind: "joined", name }, enter);
      }
      await cluster.setLoss(lossShare);
      await pause(quietMs);
      const observers = cluster.names.filter((name) => !victims.has(name));
      crashes.push(
        ...await Promise.all(names.map((name) => {
          const end = () => cluster.stopMember(name);
          return timeTold(cluster, { kind: "gone", name, observers }, end);
        })),
      );
    }
    await pause(Math.max(0, lossMs - (performance.now() - startMs)));
    await cluster.setLoss(0);
    const falseDeaths = cluster.events.slice(from)
      .filter(({ kind, name, observer }) =>
        kind === "gone" && !victims.has(name) && !victims.has(observer)
      ).length;
    return { crashes, falseDeaths };
  }

  async #both<T>(measure: (cluster: GossipCluster) => Promise<T>) {
    const [ours, theirs] = await Promise.all([measure(this.#ours), measure(this.#theirs)]);
    return { ours: [ours], theirs: [theirs] } as const;
  }

  async #inTurns<T>(measure: (cluster: GossipCluster) => Promise<T>) {
    const samples = { ours: [] as T[], theirs: [] as T[] };
    for (let round = 0; round < this.#rounds; round++) {
      samples.theirs.push(await measure(this.#theirs));
      samples.ours.push(await measure(this.#ours));
    }
    return samples;
  }

  async #stop(): Promise<void> {
    await Promise.all([this.#ours.stop(), this.#theirs.stop()]);
  }
}

function once<T>(measure: () => Promise<T>): () => Promise<T> {
  let measured: Promise<T> | undefined;
  return () => measured ??= measure();
}

function pick<K extends string>(
  { ours, theirs }: { readonly ours: Record<K, number>[]; readonly theirs: Record<K, number>[] },
  key: K,
): Samples {
  return { ours: ours.map((each) => each[key]), theirs: theirs.map((each) => each[key]) };
}
