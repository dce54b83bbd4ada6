/** Clusters of our members and of real memberlist nodes behind one interface, on loopback, for `scripts/bench/gossip.ts`. */
import { Gossip, gossipProfiles, isPresent, type Notification } from "../core/gossip/mod.ts";
import { networkTransports, systemClock, systemRandom } from "../core/platform/mod.ts";
import type { Endpoint, Transport, TransportListener, Transports } from "../core/ports/mod.ts";
import { type MemberlistPeer, MemberlistProcess } from "../tests/interop/memberlist_peer.ts";

/** What all members sent so far in datagrams. */
export interface ClusterTraffic {
  readonly packets: number;
  readonly bytes: number;
}

/** What a member may be told of another, in memberlist's words; it makes no difference between failed and left. */
export type Told = "joined" | "updated" | "gone";

/** One thing that one member was told. */
export interface TellingEvent {
  readonly atMs: number;
  readonly observer: string;
  readonly kind: Told;
  readonly name: string;
}

/** Members of one kind under default settings for a local network. */
export interface GossipCluster {
  /** Starts a member; it joins by the seed where one is given, without being waited for. */
  add(name: string, seed?: string): Promise<void>;
  /** The names of the members that run. */
  readonly names: readonly string[];
  /** How many members each running member knows, suspects among them (memberlist tells no difference): the least. */
  knownMin(): Promise<number>;
  /** Lets each member exchange everything with a random one, where it does not do so by itself. */
  nudge(): Promise<void>;
  update(name: string, meta: Uint8Array): void;
  /** Says goodbye; the member is stopped later by `stopMember`. */
  leave(name: string): void;
  /** Ends a member without a goodbye. */
  stopMember(name: string): Promise<void>;
  setLoss(loss: number): Promise<void>;
  traffic(): Promise<ClusterTraffic>;
  /** Time on the clock of `events`. */
  nowMs(): Promise<number>;
  readonly events: readonly TellingEvent[];
  stop(): Promise<void>;
}

/**
 * Starts a cluster whose members join by the first at once, and returns how long it took until each knew all; `limitMs`
 * where that was longer. With `nudges`, those that are stuck in memberlist's long tail are helped on.
 */
export async function startCluster(
  cluster: GossipCluster,
  members: number,
  { limitMs = 120_000, nudges = false } = {},
): Promise<number> {
  const names = Array.from({ length: members }, (_, i) => `member-${i}`);
  await cluster.add(names[0]);
  const start = performance.now();
  await Promise.all(names.slice(1).map((name) => cluster.add(name, names[0])));
  while (await cluster.knownMin() < members) {
    const lastedMs = performance.now() - start;
    if (lastedMs > limitMs) return limitMs;
    if (nudges && lastedMs > 3_000) await cluster.nudge();
    await pause(nudges && lastedMs > 3_000 ? 1_000 : 20);
  }
  return performance.now() - start;
}

/** Acts, and returns when after that the first and the last observer were told of a member. Throws after `limitMs`. */
export async function timeTold(
  cluster: GossipCluster,
  { kind, name, observers, limitMs = 120_000 }: {
    readonly kind: Told;
    readonly name: string;
    /** Who is to be told; all others that run unless given. */
    readonly observers?: readonly string[];
    readonly limitMs?: number;
  },
  act: () => unknown,
): Promise<{ readonly firstMs: number; readonly lastMs: number }> {
  const waiting = new Set(observers ?? cluster.names.filter((each) => each !== name));
  const times: number[] = [];
  let at = cluster.events.length;
  const startMs = await cluster.nowMs();
  const guard = performance.now() + limitMs;
  await act();
  for (;;) {
    for (; at < cluster.events.length; at++) {
      const event = cluster.events[at];
      const isIt = event.kind === kind && event.name === name;
      if (isIt && waiting.delete(event.observer)) times.push(event.atMs - startMs);
    }
    if (waiting.size === 0) return { firstMs: Math.min(...times), lastMs: Math.max(...times) };
    if (performance.now() > guard) throw new Error(`${waiting.size} were not told of "${name}"`);
    await pause(10);
  }
}

export function pause(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}

/** Members of ours, all in this process. */
export class OurCluster implements GossipCluster {
  readonly events: TellingEvent[] = [];
  readonly #members = new Map<string, Gossip>();
  readonly #transports = new CountingTransports();

  get names(): readonly string[] {
    return [...this.#members.keys()];
  }

  async add(name: string, seed?: string): Promise<void> {
    const ports = {
      clock: systemClock,
      random: systemRandom,
      transports: this.#transports,
      logger: { log: () => {} },
    };
    const gossip = await Gossip.start(ports, {
      name,
      listen: { host: "127.0.0.1", port: 0 },
      settings: gossipProfiles.lan,
      meta: new Uint8Array(0),
      onNotification: (it) => this.#note(name, it),
    });
    if (seed !== undefined) gossip.join([this.#get(seed).local]);
    this.#members.set(name, gossip);
  }

  knownMin(): Promise<number> {
    const counts = [...this.#members.values()].map((gossip) =>
      gossip.members().filter(isPresent).length
    );
    return Promise.resolve(Math.min(...counts));
  }

  nudge(): Promise<void> {
    return Promise.resolve();
  }

  update(name: string, meta: Uint8Array): void {
    this.#get(name).update(meta);
  }

  leave(name: string): void {
    this.#get(name).leave();
  }

  async stopMember(name: string): Promise<void> {
    const gossip = this.#get(name);
    this.#members.delete(name);
    await gossip.stop();
  }

  setLoss(loss: number): Promise<void> {
    this.#transports.loss = loss;
    return Promise.resolve();
  }

  traffic(): Promise<ClusterTraffic> {
    const { packets, bytes } = this.#transports;
    return Promise.resolve({ packets, bytes });
  }

  nowMs(): Promise<number> {
    return Promise.resolve(performance.now());
  }

  async stop(): Promise<void> {
    await Promise.all([...this.#members.values()].map((gossip) => gossip.stop()));
  }

  #get(name: string): Gossip {
    const gossip = this.#members.get(name);
    if (!gossip) throw new RangeError(`No member "${name}"`);
    return gossip;
  }

  #note(observer: string, it: Notification): void {
    if (!("member" in it)) return;
    const kind = it.kind === "failed" || it.kind === "left" ? "gone" : it.kind;
    if (kind !== "gone" && kind !== "joined" && kind !== "updated") return;
    this.events.push({ atMs: performance.now(), observer, kind, name: it.member.name });
  }
}

/** Counts datagrams, and loses some. */
class CountingTransports implements Transports {
  packets = 0;
  bytes = 0;
  loss = 0;

  async listen(at: Endpoint, listener: TransportListener): Promise<Transport> {
    const inner = await networkTransports.listen(at, listener);
    return {
      local: inner.local,
      sendPacket: (to, bytes) => {
        this.packets++;
        this.bytes += bytes.length;
        if (Math.random() >= this.loss) inner.sendPacket(to, bytes);
      },
      dial: (to, timeoutMs) => inner.dial(to, timeoutMs),
      close: () => inner.close(),
    };
  }
}

const memberlistWords: Readonly<Record<string, Told>> = {
  joined: "joined",
  updated: "updated",
  left: "gone",
};

/** Real memberlist nodes, all in one process of Go. */
export class MemberlistCluster implements GossipCluster {
  readonly #process: MemberlistProcess;
  readonly #members = new Map<string, MemberlistPeer>();
  readonly #events: TellingEvent[] = [];
  #translated = 0;
  #loss = 0;

  private constructor(process: MemberlistProcess) {
    this.#process = process;
  }

  static async start(): Promise<MemberlistCluster> {
    return new MemberlistCluster(await MemberlistProcess.start());
  }

  get names(): readonly string[] {
    return [...this.#members.keys()];
  }

  /** What the process told since the last look is translated; all of it each time would burden those measured beside. */
  get events(): readonly TellingEvent[] {
    const { events } = this.#process;
    for (; this.#translated < events.length; this.#translated++) {
      const { atMs, id = "", event, name = "" } = events[this.#translated];
      const kind = memberlistWords[event];
      if (kind) this.#events.push({ atMs, observer: id, kind, name });
    }
    return this.#events;
  }

  async add(name: string, seed?: string): Promise<void> {
    const peer = await this.#process.add({ name, loss: this.#loss });
    this.#members.set(name, peer);
    if (seed !== undefined) peer.join(this.#get(seed).endpoint).catch(() => {});
  }

  async knownMin(): Promise<number> {
    const counts = await Promise.all([...this.#members.values()].map((peer) => peer.count()));
    return Math.min(...counts);
  }

  async nudge(): Promise<void> {
    const peers = [...this.#members.values()];
    await Promise.all(peers.map((peer) => {
      const other = peers[Math.floor(Math.random() * peers.length)];
      return peer.join(other.endpoint).catch(() => {});
    }));
  }

  update(name: string, meta: Uint8Array): void {
    const text = btoa(String.fromCharCode(...meta));
    this.#get(name).request("update", { meta: text }).catch(() => {});
  }

  leave(name: string): void {
    this.#get(name).request("leave").catch(() => {});
  }

  async stopMember(name: string): Promise<void> {
    const peer = this.#get(name);
    this.#members.delete(name);
    await peer.request("stop");
  }

  async setLoss(loss: number): Promise<void> {
    this.#loss = loss;
    await Promise.all([...this.#members.values()].map((peer) => peer.request("faults", { loss })));
  }

  async traffic(): Promise<ClusterTraffic> {
    const each = await Promise.all(
      [...this.#members.values()].map((peer) => peer.request("traffic")),
    );
    return {
      packets: each.reduce((sum, { packets = 0 }) => sum + packets, 0),
      bytes: each.reduce((sum, { bytes = 0 }) => sum + bytes, 0),
    };
  }

  async nowMs(): Promise<number> {
    return (await this.#process.request({ do: "cpu" })).atMs;
  }

  async stop(): Promise<void> {
    await this.#process.stop();
  }

  #get(name: string): MemberlistPeer {
    const peer = this.#members.get(name);
    if (!peer) throw new RangeError(`No member "${name}"`);
    return peer;
  }
}
