import { formatEndpoint, parseEndpoint, ProblemError } from "../../base/mod.ts";
import {
  Gossip,
  gossipProfiles,
  type GossipSettings,
  type Liveness,
  type MemberView,
  type Notification,
  type Refusal,
} from "../../gossip/mod.ts";
import type { Clock, Endpoint, Logger, Random, Transports } from "../../ports/mod.ts";
import type { Store } from "../../store/mod.ts";
import { HeartbeatWatch } from "./heartbeat_watch.ts";
import { decodeHint, encodeHint } from "./hint_text.ts";
import { judge } from "./liveness.ts";
import type { Hint, MemberFacts, Membership } from "./membership.ts";

/** How this host takes part in gossip. */
export interface GossipMembershipOptions {
  /** The host's id, which is its member name. */
  readonly host: string;
  /** Differs for each life of the agent. */
  readonly life: string;
  readonly cluster: string;
  readonly version: string;
  readonly listen: Endpoint;
  /** The port of the life before, tried first where any will do: others look there. */
  readonly portBefore?: number;
  readonly keys?: readonly Uint8Array[];
  readonly settings?: Partial<GossipSettings>;
}

interface MembershipPorts {
  readonly clock: Clock;
  readonly random: Random;
  readonly transports: Transports;
  readonly logger: Logger;
}

/** Heartbeats of hosts in doubt are read so often; of those that are dead for good, or never were heard of, more slowly. */
const watchEveryMs = 1_000;
const watchSlowlyEveryMs = 5_000;

/** So many heartbeats are read at a time: where hundreds of hosts start at once, each has all others to watch at first. */
const readsAtOnceMax = 50;

/** The hosts in the state are looked for anew so often while one of them is not there, later and later. */
const seedsEveryMs = 5_000;
const seedsEveryMsMax = 60_000;
/** So many of them are joined by at a time: whoever is met tells of the others. */
const seedsAtOnceMax = 4;

/** How many hints are remembered so as not to pass them on twice. */
const seenMax = 4_096;

const leaveMsMax = 5_000;

/** The members of a cluster by gossip, and the heartbeats of those that gossip doubts. */
export class GossipMembership implements Membership {
  readonly #clock: Clock;
  readonly #random: Random;
  readonly #logger: Logger;
  readonly #store: Store;
  readonly #options: GossipMembershipOptions;
  readonly #heartbeats = new HeartbeatWatch();
  readonly #believed = new Map<string, Liveness>();
  /** Hosts of the state, or that gossip spoke of, that it does not call alive. */
  readonly #doubted = new Set<string>();
  /** When the heartbeat of each of them was read last. */
  readonly #readMs = new Map<string, number>();
  readonly #told = new Map<string, Liveness>();
  readonly #apis = new Map<string, Endpoint | undefined>();
  readonly #onChange = new Set<() => void>();
  readonly #onHint = new Set<(hint: Hint) => void>();
  readonly #onRefusal = new Set<(refusal: Refusal) => void>();
  readonly #seen = new Set<string>();
  readonly #abort = new AbortController();
  #hosts: readonly string[] = [];
  #gossip!: Gossip;
  #keys: readonly Uint8Array[];
  #hints = 0;
  #api: Endpoint | undefined;
  #wake: (() => void) | undefined;
  #departed: (() => void) | undefined;

  private constructor(ports: MembershipPorts, store: Store, options: GossipMembershipOptions) {
    this.#clock = ports.clock;
    this.#random = ports.random;
    this.#logger = ports.logger;
    this.#store = store;
    this.#options = options;
    this.#keys = options.keys ?? [];
  }

  /** Listens, and announces this host to whoever asks. `run` looks for the others. */
  static async start(
    ports: MembershipPorts,
    store: Store,
    options: GossipMembershipOptions,
  ): Promise<GossipMembership> {
    const membership = new GossipMembership(ports, store, options);
    const start = (port: number) =>
      Gossip.start(ports, {
        name: options.host,
        listen: { host: options.listen.host, port },
        settings: {
          ...gossipProfiles.lan,
          label: options.cluster.slice(0, 16),
          // A host that comes back may have another port: its name is its own, as the lock in its directory and the
          // certificate of its key say.
          reclaimMs: 1,
          ...options.settings,
        },
        meta: membership.#meta(),
        keys: options.keys,
        onNotification: (each) => membership.#take(each),
        onRefusal: (each) => membership.#refused(each),
      });
    const { listen: { port }, portBefore } = options;
    membership.#gossip = port === 0 && portBefore !== undefined
      ? await start(portBefore).catch(() => start(0))
      : await start(port);
    return membership;
  }

  /** Where gossip listens. */
  get local(): Endpoint {
    return this.#gossip.local;
  }

  /** Looks for the other hosts, and watches the heartbeats of those in doubt, until the signal is given. */
  async run(signal: AbortSignal): Promise<void> {
    const both = AbortSignal.any([signal, this.#abort.signal]);
    await Promise.all([this.#seek(both), this.#watch(both)]);
  }

  liveness(host: string): Liveness {
    if (host === this.#options.host) return "alive";
    return judge(this.#believed.get(host), this.#heartbeats.stillMs(host));
  }

  list(): readonly MemberFacts[] {
    const members = new Map(this.#gossip.members().map((each) => [each.name, each]));
    const ids = new Set([...this.#hosts, ...this.#believed.keys(), this.#options.host]);
    return [...ids].sort().map((id) => {
      const gossip = id === this.#options.host ? "alive" : this.#believed.get(id);
      return {
        id,
        liveness: this.liveness(id),
        ...(gossip && { gossip }),
        ...factsOf(members.get(id)),
      };
    });
  }

  api(host: string): Endpoint | undefined {
    return host === this.#options.host ? this.#api : this.#apis.get(host);
  }

  away(): readonly string[] {
    return [...this.#doubted].filter((host) => isAway(this.liveness(host)));
  }

  stillMs(host: string): number {
    return this.#heartbeats.stillMs(host) ?? 0;
  }

  async look(host: string): Promise<void> {
    if (this.#doubted.has(host)) await this.#readHeartbeat(host);
  }

  onChange(callback: () => void): () => void {
    this.#onChange.add(callback);
    return () => this.#onChange.delete(callback);
  }

  onHint(callback: (hint: Hint) => void): () => void {
    this.#onHint.add(callback);
    return () => this.#onHint.delete(callback);
  }

  /** Calls back with gossip that was refused. What came before anybody listened is in the log alone. */
  onRefusal(callback: (refusal: Refusal) => void): () => void {
    this.#onRefusal.add(callback);
    return () => this.#onRefusal.delete(callback);
  }

  hint(hint: Hint): void {
    if (this.#believed.size === 0 || this.#abort.signal.aborted) return;
    const { host, life } = this.#options;
    const id = `${host}.${life}.${++this.#hints}`;
    this.#remember(id);
    this.#spread(id, hint);
  }

  async leave(): Promise<void> {
    if ([...this.#believed.values()].every((each) => each !== "alive")) return;
    const departed = new Promise<void>((resolve) => this.#departed = resolve);
    this.#gossip.leave();
    await Promise.race([
      departed,
      this.#clock.sleep(leaveMsMax, this.#abort.signal).catch(() => {}),
    ]);
  }

  /** Tells the others where our API is. */
  announce(api: Endpoint): void {
    this.#api = api;
    this.#gossip.update(this.#meta());
  }

  setKeys(keys: readonly Uint8Array[]): void {
    for (const key of keys) if (!has(this.#keys, key)) this.#gossip.changeKey("add", key);
    if (keys.length > 0) this.#gossip.changeKey("use", keys[0]);
    for (const key of this.#keys) if (!has(keys, key)) this.#gossip.changeKey("remove", key);
    this.#keys = keys;
  }

  /** Stops without a goodbye: a host whose agent is started again has not left. */
  async stop(): Promise<void> {
    this.#abort.abort();
    await this.#gossip.stop();
  }

  #meta(): Uint8Array {
    const { version } = this.#options;
    const api = this.#api && formatEndpoint(this.#api);
    return new TextEncoder().encode(JSON.stringify({ version, ...(api && { api }) }));
  }

  #take(notification: Notification): void {
    switch (notification.kind) {
      case "message":
        return this.#takeHint(notification.payload);
      case "departed":
        return this.#departed?.();
      case "reached":
      case "announced":
      case "userState":
        return;
      case "unreached":
        return this.#logger.log("debug", notification.problem.what, {
          why: notification.problem.why,
        });
      default:
        this.#believe(notification.kind, notification.member);
    }
  }

  #refused(refusal: Refusal): void {
    for (const callback of [...this.#onRefusal]) callback(refusal);
  }

  #believe(kind: string, member: MemberView): void {
    const { name, liveness } = member;
    if (name === this.#options.host) return;
    // An entry that gossip forgets says nothing new of its host.
    if (kind !== "forgotten") {
      this.#believed.set(name, liveness);
      this.#apis.set(name, factsOf(member).api);
    }
    this.#doubt(name);
    if (kind !== "updated" && kind !== "forgotten") {
      this.#logger.log("info", `Gossip: host "${name}" is ${liveness}`);
    }
    this.#tell([name]);
    // Whoever is alive is not watched.
    if (this.#doubted.has(name)) this.#wake?.();
  }

  /** Takes note of whether a host is in doubt now. */
  #doubt(host: string): void {
    if (host !== this.#options.host && this.#believed.get(host) !== "alive") {
      this.#doubted.add(host);
    } else this.#trust(host);
  }

  #trust(host: string): void {
    this.#doubted.delete(host);
    this.#readMs.delete(host);
    this.#heartbeats.lost(host);
  }

  #takeHint(payload: Uint8Array): void {
    const sent = decodeHint(payload);
    if (sent === undefined || this.#seen.has(sent.id)) return;
    this.#remember(sent.id);
    this.#spread(sent.id, sent.hint);
    for (const callback of [...this.#onHint]) callback(sent.hint);
  }

  #spread(id: string, hint: Hint): void {
    const { ref: { namespace, service }, observer = "" } = hint;
    this.#gossip.broadcast(encodeHint({ id, hint }), `${namespace}/${service}/${observer}`);
  }

  #remember(id: string): void {
    if (this.#seen.size >= seenMax) this.#seen.delete(this.#seen.keys().next().value!);
    this.#seen.add(id);
  }

  /** Reads where the other hosts are and joins by some that are not members, again and again while one is missing. */
  async #seek(signal: AbortSignal): Promise<void> {
    let waitMs = seedsEveryMs;
    while (!signal.aborted) {
      try {
        const missing = await this.#missing();
        if (missing.length > 0) this.#gossip.join(missing);
        waitMs = missing.length > 0 ? Math.min(waitMs * 2, seedsEveryMsMax) : seedsEveryMsMax;
      } catch (error) {
        if (!(error instanceof ProblemError)) throw error;
        this.#logger.log("debug", error.problem.what, { why: error.problem.why });
      }
      await this.#clock.sleep(waitMs, signal).catch(() => {});
    }
  }

  async #missing(): Promise<Endpoint[]> {
    const before = this.#hosts.join();
    this.#hosts = await this.#store.hosts();
    const known = new Set(this.#hosts);
    this.#forgetAllBut(known);
    for (const host of known) this.#doubt(host);
    if (this.#hosts.join() !== before) this.#wake?.();
    const absent = this.#hosts.filter((id) =>
      id !== this.#options.host && this.#believed.get(id) !== "alive"
    );
    const first = Math.floor(this.#random.next() * absent.length);
    const missing: Endpoint[] = [];
    for (const id of [...absent.slice(first), ...absent.slice(0, first)]) {
      if (missing.length >= seedsAtOnceMax) break;
      const spec = await this.#store.host(id).read();
      const endpoint = parseEndpoint(spec?.gossip ?? "");
      if (endpoint) missing.push(endpoint);
    }
    return missing;
  }

  /** Forgets hosts that the state does not have and gossip has let go of: they were removed, and are nobody's business. */
  #forgetAllBut(known: ReadonlySet<string>): void {
    const members = new Set(this.#gossip.members().map(({ name }) => name));
    for (const host of new Set([...this.#believed.keys(), ...this.#doubted])) {
      if (known.has(host) || members.has(host)) continue;
      this.#believed.delete(host);
      this.#told.delete(host);
      this.#apis.delete(host);
      this.#trust(host);
    }
  }

  /** Reads the heartbeats of hosts in doubt; sleeps where there is none. */
  async #watch(signal: AbortSignal): Promise<void> {
    while (!signal.aborted) {
      await Promise.all(this.#due().map((host) => this.#readHeartbeat(host)));
      this.#tell(this.#doubted);
      const isAllSlow = [...this.#doubted].every((host) => this.#isSlow(host));
      const waitMs = isAllSlow && this.#doubted.size <= readsAtOnceMax
        ? watchSlowlyEveryMs
        : watchEveryMs;
      await this.#pause(this.#doubted.size === 0 ? undefined : waitMs, signal);
    }
  }

  /** Returns the hosts whose heartbeats are to be read now: first those that may be found dead soon, and of these the longest unread. */
  #due(): string[] {
    const nowMs = this.#clock.monotonicMs();
    const readMs = (host: string) => this.#readMs.get(host) ?? Number.MIN_SAFE_INTEGER;
    const due = [...this.#doubted].filter((host) =>
      !this.#isSlow(host) || nowMs - readMs(host) >= watchSlowlyEveryMs
    );
    const order = (host: string) => this.#isSlow(host) ? 1 : 0;
    return due.sort((a, b) => order(a) - order(b) || readMs(a) - readMs(b))
      .slice(0, readsAtOnceMax);
  }

  /** Whether there is no haste: it is dead already, has left, or was never heard of. */
  #isSlow(host: string): boolean {
    return this.#believed.get(host) === undefined || isAway(this.liveness(host));
  }

  async #readHeartbeat(host: string): Promise<void> {
    const beganMs = this.#clock.monotonicMs();
    this.#readMs.set(host, beganMs);
    try {
      const content = await this.#store.heartbeat(host);
      // A host that is trusted again meanwhile is watched no more. Of two reads at a time both count: at worst one that is overtaken
      // looks like a change, and the host is waited for longer.
      if (this.#doubted.has(host)) {
        this.#heartbeats.saw(host, content, beganMs, this.#clock.monotonicMs());
      }
    } catch {
      this.#heartbeats.lost(host);
    }
  }

  /** Sleeps, or until there is somebody to watch. */
  async #pause(waitMs: number | undefined, signal: AbortSignal): Promise<void> {
    const early = new AbortController();
    const both = AbortSignal.any([signal, early.signal]);
    const woken = new Promise<void>((resolve) => {
      this.#wake = resolve;
      both.addEventListener("abort", () => resolve(), { once: true });
    });
    const slept = waitMs === undefined ? woken : this.#clock.sleep(waitMs, both).catch(() => {});
    await Promise.race([woken, slept]);
    this.#wake = undefined;
    early.abort();
  }

  /** Calls back where the liveness of any of these hosts is not what was told last. */
  #tell(hosts: Iterable<string>): void {
    let isNews = false;
    for (const id of hosts) {
      const now = this.liveness(id);
      if (this.#told.get(id) === now) continue;
      this.#told.set(id, now);
      isNews = true;
    }
    if (isNews) { for (const callback of [...this.#onChange]) callback(); }
  }
}

function isAway(liveness: Liveness): boolean {
  return liveness === "dead" || liveness === "left";
}

function has(keys: readonly Uint8Array[], key: Uint8Array): boolean {
  return keys.some((each) =>
    each.length === key.length && each.every((byte, at) => byte === key[at])
  );
}

function factsOf(member: MemberView | undefined): Pick<MemberFacts, "api" | "version"> {
  if (member === undefined) return {};
  try {
    const { api, version } = JSON.parse(new TextDecoder().decode(member.meta));
    const endpoint = typeof api === "string" ? parseEndpoint(api) : undefined;
    return { ...(endpoint && { api: endpoint }), ...(typeof version === "string" && { version }) };
  } catch {
    return {};
  }
}
