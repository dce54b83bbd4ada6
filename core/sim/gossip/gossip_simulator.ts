import type { Problem } from "../../base/mod.ts";
import {
  addressOf,
  type Dial,
  type GossipSettings,
  type Input,
  type Notification,
  type Outputs,
  step,
  type StreamMessage,
  streamProblem,
  StreamReader,
  Swim,
} from "../../gossip/mod.ts";
import type { Endpoint } from "../../ports/mod.ts";
import { SeededRandom } from "../seeded_random.ts";
import { EventQueue } from "../event_queue.ts";
import { calmNetwork, type Cut, type NetworkFaults } from "./network_faults.ts";

/** What a simulation is made of. The same options give the same run, to the last packet. */
export interface GossipSimulatorOptions {
  readonly seed: number | string;
  readonly settings: GossipSettings;
  readonly faults?: Partial<NetworkFaults>;
  readonly keys?: readonly Uint8Array[];
  /** Stands in for `step()`: how mutation tests break the protocol. */
  readonly step?: typeof step;
  /** Called after each input of each member: how checkers watch. */
  readonly onStep?: (member: SimulatedMember, nowMs: number) => void;
}

/** What one member sent so far: payloads of datagrams, and connections that it opened. */
export interface Traffic {
  packets: number;
  packetBytes: number;
  streams: number;
  streamBytes: number;
}

/** One member: a host that stays, and the life of the process that runs on it. */
export interface SimulatedMember {
  readonly name: string;
  readonly endpoint: Endpoint;
  swim: Swim;
  /** Counts its lives: what an earlier one asked for does not reach a later one. */
  life: number;
  isRunning: boolean;
  /** Until when the process stands still; what arrives meanwhile waits. */
  frozenUntilMs: number;
  /** How much later than others it does everything. */
  slowMs: number;
  readonly traffic: Traffic;
  readonly notifications: { readonly atMs: number; readonly it: Notification }[];
  readonly reports: Problem[];
}

/** Notifications and reports that are kept of each member, the newest. */
const keptMax = 2_000;

/**
 * Many members in one process: packets pass through the codec as they would on a wire, over a network of which every fault
 * is an option, in virtual time, from one seed.
 */
export class GossipSimulator {
  readonly members = new Map<string, SimulatedMember>();
  readonly faults: NetworkFaults;
  readonly #options: GossipSimulatorOptions;
  readonly #random: SeededRandom;
  readonly #network: SeededRandom;
  readonly #events = new EventQueue<() => void>();
  readonly #byEndpoint = new Map<string, SimulatedMember>();
  readonly #cuts = new Set<Cut>();
  #nowMs = 0;
  #streams = 0;
  /** How an accepted stream is answered: by its number. */
  readonly #answers = new Map<number, (bytes: Uint8Array) => void>();
  /** What was done so far, folded to one number: two runs of one seed must agree. */
  #fingerprint = 0;

  constructor(options: GossipSimulatorOptions) {
    this.#options = options;
    this.faults = { ...calmNetwork, ...options.faults };
    this.#random = new SeededRandom(options.seed);
    this.#network = this.#random.stream("network");
  }

  get nowMs(): number {
    return this.#nowMs;
  }

  get fingerprint(): number {
    return this.#fingerprint;
  }

  /** Starts a member on a host of its own. The name is the host's too. */
  add(name: string, options: { readonly meta?: Uint8Array } = {}): SimulatedMember {
    const number = this.members.size + 1;
    const host = `10.${number >> 16}.${(number >> 8) & 255}.${number & 255}`;
    const endpoint = { host, port: 7946 };
    const member: SimulatedMember = {
      name,
      endpoint,
      swim: this.#newSwim(name, endpoint, 0),
      life: 0,
      isRunning: true,
      frozenUntilMs: 0,
      slowMs: 0,
      traffic: { packets: 0, packetBytes: 0, streams: 0, streamBytes: 0 },
      notifications: [],
      reports: [],
    };
    this.members.set(name, member);
    this.#byEndpoint.set(keyOf(endpoint), member);
    this.input(name, { kind: "start", meta: options.meta ?? new Uint8Array(0) });
    return member;
  }

  get(name: string): SimulatedMember {
    const member = this.members.get(name);
    if (!member) throw new RangeError(`No member "${name}"`);
    return member;
  }

  /** Lets one member join by another. */
  join(name: string, seed: string): void {
    this.input(name, { kind: "join", seeds: [this.get(seed).endpoint] });
  }

  /**
   * Lets all running members know each other, as after days together, without a message. (A thousand that join at once are
   * a minute's work to simulate.)
   */
  acquaint(): void {
    const running = [...this.members.values()].filter(({ isRunning }) => isRunning);
    for (const { swim } of running) {
      for (const other of running) {
        if (!swim.members.get(other.name)) swim.members.add({ ...other.swim.self()! });
      }
    }
  }

  /** Gives a member an input now. */
  input(name: string, input: Input): void {
    this.#step(this.get(name), input);
  }

  /** Ends the process; its host refuses connections. */
  crash(name: string): void {
    const member = this.get(name);
    member.isRunning = false;
    member.life++;
  }

  /** Starts the process anew, as one that remembers nothing. */
  restart(name: string, seeds: readonly string[], meta: Uint8Array = new Uint8Array(0)): void {
    const member = this.get(name);
    member.life++;
    member.isRunning = true;
    member.swim = this.#newSwim(name, member.endpoint, member.life);
    this.input(name, { kind: "start", meta });
    this.input(name, { kind: "join", seeds: seeds.map((seed) => this.get(seed).endpoint) });
  }

  /** Stops the process for a while, as a pause of a virtual machine does. */
  freeze(name: string, durationMs: number): void {
    this.get(name).frozenUntilMs = this.#nowMs + durationMs;
  }

  /** Puts a cut in force. Returns how to lift it. */
  cut(cut: Cut): () => void {
    this.#cuts.add(cut);
    return () => this.#cuts.delete(cut);
  }

  /** Calls back at a time of the simulation. */
  at(atMs: number, act: () => void): void {
    this.#events.put(atMs, act);
  }

  /** Lets `durationMs` pass. */
  run(durationMs: number): void {
    const untilMs = this.#nowMs + durationMs;
    for (let next = this.#events.nextMs; next !== undefined && next <= untilMs;) {
      this.#nowMs = Math.max(this.#nowMs, next);
      this.#events.take()!();
      next = this.#events.nextMs;
    }
    this.#nowMs = untilMs;
  }

  /** Lets time pass until something is true. Returns how long that took; nothing where it was not within `limitMs`. */
  runUntil(isTrue: () => boolean, limitMs: number, stepMs = 20): number | undefined {
    const startMs = this.#nowMs;
    while (!isTrue()) {
      if (this.#nowMs - startMs >= limitMs) return undefined;
      this.run(stepMs);
    }
    return this.#nowMs - startMs;
  }

  #newSwim(name: string, endpoint: Endpoint, life: number): Swim {
    const { settings, keys } = this.#options;
    const random = this.#random.stream("member", `${name}/${life}`);
    return new Swim({ name, address: addressOf(endpoint), settings, random, keys });
  }

  /** Gives an input to a member when its process gets to it. */
  #deliver(member: SimulatedMember, life: number, input: Input, atMs: number): void {
    this.#events.put(atMs + member.slowMs, () => {
      if (!member.isRunning || member.life !== life) return;
      if (member.frozenUntilMs > this.#nowMs) {
        // An event loop that thaws runs its timers first, then reads what arrived.
        const readMs = input.kind === "timer" ? 0 : 1 + this.#network.next() * 20;
        this.#deliver(member, life, input, member.frozenUntilMs + readMs);
      } else this.#step(member, input);
    });
  }

  #step(member: SimulatedMember, input: Input): void {
    const take = this.#options.step ?? step;
    const outputs = take(member.swim, input, this.#nowMs);
    this.#perform(member, outputs);
    this.#options.onStep?.(member, this.#nowMs);
  }

  #perform(member: SimulatedMember, outputs: Outputs): void {
    const { sends, dials, replies, schedules, notifies, reports } = outputs;
    for (const { to, packet } of sends) this.#send(member, to, packet);
    for (const dial of dials) this.#dial(member, dial);
    for (const { stream, bytes } of replies) {
      member.traffic.streamBytes += bytes.length;
      this.#answers.get(stream)?.(bytes);
      this.#answers.delete(stream);
    }
    for (const { timer, atMs } of schedules) {
      this.#deliver(member, member.life, { kind: "timer", timer }, Math.max(atMs, this.#nowMs));
    }
    for (const it of notifies) keep(member.notifications, { atMs: this.#nowMs, it });
    for (const report of reports) keep(member.reports, report);
  }

  #send(member: SimulatedMember, to: Endpoint, packet: Uint8Array): void {
    member.traffic.packets++;
    member.traffic.packetBytes += packet.length;
    this.#fold(packet.length);
    const target = this.#byEndpoint.get(keyOf(to));
    if (!target || this.#isCut(member.name, target.name, "datagrams")) return;
    if (this.#network.chance(this.faults.loss)) return;
    const copies = this.#network.chance(this.faults.duplication) ? 2 : 1;
    for (let copy = 0; copy < copies; copy++) {
      let delayMs = this.#delayMs();
      if (this.#network.chance(this.faults.reordering)) {
        delayMs += this.#network.next() * this.faults.reorderMs;
      }
      const input = { kind: "packet", from: member.endpoint, bytes: packet } as const;
      this.#events.put(this.#nowMs + delayMs, () => {
        if (target.isRunning) this.#deliver(target, target.life, input, this.#nowMs);
      });
    }
  }

  /** One exchange over TCP, as two messages that arrive whole or not at all. */
  #dial(member: SimulatedMember, dial: Dial): void {
    member.traffic.streams++;
    member.traffic.streamBytes += dial.bytes.length;
    this.#fold(dial.bytes.length);
    const { life } = member;
    const startMs = this.#nowMs;
    let isOver = false;
    const end = (input: Input, atMs: number) => {
      if (isOver) return;
      isOver = true;
      this.#deliver(member, life, input, atMs);
    };
    const fails = (why: string, atMs: number) =>
      end({ kind: "ended", exchange: dial.exchange, problem: broken(dial.to, why) }, atMs);
    const target = this.#byEndpoint.get(keyOf(dial.to));
    const isBroken = this.#network.chance(this.faults.brokenStreams);
    const breaksBefore = isBroken && this.#network.chance(0.5);
    this.#events.put(startMs + dial.timeoutMs, () => fails("timed out", this.#nowMs));
    if (!target || breaksBefore || this.#isCutBothWays(member, target)) return;

    this.#events.put(startMs + 2 * this.#delayMs(), () => {
      if (!target.isRunning) return fails("connection refused", this.#nowMs + this.#delayMs());
      const stream = ++this.#streams;
      this.#answers.set(stream, (bytes) => {
        if (isBroken || this.#isCutBothWays(member, target)) return;
        this.#events.put(this.#nowMs + this.#delayMs(), () => {
          if (!dial.wantsAnswer) {
            return end({ kind: "ended", exchange: dial.exchange }, this.#nowMs);
          }
          const message = read(member.swim, "dialler", bytes);
          if ("code" in message) return fails(message.why ?? message.what, this.#nowMs);
          end({ kind: "answer", exchange: dial.exchange, message }, this.#nowMs);
        });
      });
      const message = read(target.swim, "acceptor", dial.bytes);
      const from = member.endpoint;
      this.#deliver(
        target,
        target.life,
        "code" in message
          ? { kind: "unreadable", stream, from, problem: message }
          : { kind: "stream", stream, from, message },
        this.#nowMs,
      );
    });
  }

  /** A connection needs both ways. */
  #isCutBothWays(one: SimulatedMember, other: SimulatedMember): boolean {
    return this.#isCut(one.name, other.name, "all") || this.#isCut(other.name, one.name, "all");
  }

  #isCut(from: string, to: string, what: Cut["what"]): boolean {
    for (const cut of this.#cuts) {
      if ((cut.what === "all" || what === "datagrams") && cut.stops(from, to)) return true;
    }
    return false;
  }

  #delayMs(): number {
    const { delayMinMs, delayMaxMs } = this.faults;
    return delayMinMs + this.#network.next() * (delayMaxMs - delayMinMs);
  }

  #fold(value: number): void {
    this.#fingerprint = Math.imul(this.#fingerprint ^ value ^ (this.#nowMs * 1_000), 0x01000193);
  }
}

function keyOf({ host, port }: Endpoint): string {
  return `${host} ${port}`;
}

function keep<T>(list: T[], item: T): void {
  list.push(item);
  if (list.length > keptMax) list.shift();
}

function read(
  swim: Swim,
  role: "dialler" | "acceptor",
  bytes: Uint8Array,
): StreamMessage | Problem {
  const { label, keyring, settings: { acceptPlain } } = swim;
  try {
    const message = new StreamReader({ label, keyring, acceptPlain, role }).push(bytes);
    return message ?? broken({ host: "", port: 0 }, "it ended before its message did");
  } catch (error) {
    return streamProblem(error);
  }
}

function broken({ host, port }: Endpoint, why: string): Problem {
  return {
    code: "GOSSIP_UNREACHABLE",
    severity: "error",
    what: `Cannot exchange members with ${host}:${port}`,
    why,
  };
}
