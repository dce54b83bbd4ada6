import { fail } from "../../base/mod.ts";
import type {
  Connection,
  Endpoint,
  Transport,
  TransportListener,
  Transports,
} from "../../ports/mod.ts";
import { calmNetwork, type Cut, type NetworkFaults } from "../gossip/network_faults.ts";
import type { SeededRandom } from "../seeded_random.ts";
import type { Timers } from "../virtual_clock.ts";
import type { HostClock } from "./host_clock.ts";
import { SimStream } from "./sim_stream.ts";

/** One process that may listen and dial: what it opened goes with it. */
export interface NetworkProcess {
  readonly isStopped: boolean;
  onStop(callback: () => void): void;
}

/** A machine on the network. */
export interface NetworkHost {
  readonly name: string;
  readonly address: string;
  readonly clock: HostClock;
  /** Without power nothing answers, not even to say that nobody listens. */
  isPowered: boolean;
}

export interface SimNetworkOptions {
  readonly clock: Timers;
  readonly random: SeededRandom;
  readonly faults?: Partial<NetworkFaults>;
}

/** Ports that are given out where 0 is asked for. */
const freePortsFrom = 40_000;

/** A connection that is cut is tried again after so long, as TCP sends again. */
const resendMs = 500;

/**
 * The network between hosts in memory: datagrams and streams, with every fault that `NetworkFaults` and `Cut` name.
 *
 * Streams lose nothing and keep order; a cut makes them wait, and the end of a process breaks its streams.
 */
export class SimNetwork {
  readonly faults: NetworkFaults;
  /** Sees each datagram as it is sent. */
  onPacket?: (from: NetworkHost, to: NetworkHost, bytes: Uint8Array) => void;
  /** What was sent so far. */
  readonly traffic = { packets: 0, packetBytes: 0, streams: 0, streamBytes: 0 };
  readonly #clock: Timers;
  readonly #random: SeededRandom;
  readonly #hosts = new Map<string, NetworkHost>();
  readonly #listeners = new Map<string, { listener: TransportListener; process: NetworkProcess }>();
  readonly #cuts = new Set<Cut>();
  #nextPort = freePortsFrom;

  constructor({ clock, random, faults }: SimNetworkOptions) {
    this.#clock = clock;
    this.#random = random;
    this.faults = { ...calmNetwork, ...faults };
  }

  add(host: NetworkHost): void {
    this.#hosts.set(host.address, host);
  }

  /** Returns the network as one process on a host has it. */
  transports(host: NetworkHost, process: NetworkProcess): Transports {
    return {
      listen: (at, listener) => {
        const port = at.port || this.#nextPort++;
        const local = { host: host.address, port };
        const key = keyOf(local);
        if (this.#listeners.has(key)) {
          fail("GOSSIP_PORT_TAKEN", {
            what: `Cannot listen on ${key}`,
            why: "Another process does",
            fix: "Give another port",
          });
        }
        this.#listeners.set(key, { listener, process });
        const close = () => {
          if (this.#listeners.get(key)?.process === process) this.#listeners.delete(key);
        };
        process.onStop(close);
        return Promise.resolve(this.#transport(host, process, local, close));
      },
    };
  }

  /** Puts a cut in force. Returns how to lift it. */
  cut(cut: Cut): () => void {
    this.#cuts.add(cut);
    return () => this.#cuts.delete(cut);
  }

  /** Whether what one host sends another cannot arrive. */
  isCut(from: NetworkHost, to: NetworkHost, what: Cut["what"]): boolean {
    for (const cut of this.#cuts) {
      if ((cut.what === "all" || what === "datagrams") && cut.stops(from.name, to.name)) {
        return true;
      }
    }
    return false;
  }

  #transport(
    host: NetworkHost,
    process: NetworkProcess,
    local: Endpoint,
    close: () => void,
  ): Transport {
    return {
      local,
      sendPacket: (to, bytes) => {
        if (!process.isStopped) this.#send(host, local, to, bytes);
      },
      dial: (to, timeoutMs) => this.#dial(host, process, local, to, timeoutMs),
      close: () => Promise.resolve(close()),
    };
  }

  #send(host: NetworkHost, local: Endpoint, to: Endpoint, bytes: Uint8Array): void {
    const target = this.#hosts.get(to.host);
    this.traffic.packets++;
    this.traffic.packetBytes += bytes.length;
    if (!target) return;
    this.onPacket?.(host, target, bytes);
    if (this.isCut(host, target, "datagrams") || this.#random.chance(this.faults.loss)) return;
    const copies = this.#random.chance(this.faults.duplication) ? 2 : 1;
    for (let copy = 0; copy < copies; copy++) {
      const heldMs = this.#random.chance(this.faults.reordering)
        ? this.#random.next() * this.faults.reorderMs
        : 0;
      const content = bytes.slice();
      this.#clock.schedule(this.delayMs() + heldMs, () => {
        target.clock.whenAwake(() => {
          if (target.isPowered) this.#listeners.get(keyOf(to))?.listener.packet(local, content);
        });
      });
    }
  }

  /** Knocks until somebody answers, refuses, or the time is up. */
  #dial(
    host: NetworkHost,
    process: NetworkProcess,
    local: Endpoint,
    to: Endpoint,
    timeoutMs: number,
  ): Promise<Connection> {
    const target = this.#hosts.get(to.host);
    this.traffic.streams++;
    return new Promise((resolve, reject) => {
      let isOver = false;
      const end = (act: () => void) => {
        if (isOver) return;
        isOver = true;
        host.clock.whenAwake(() => process.isStopped || act());
      };
      this.#clock.schedule(timeoutMs, () => end(() => reject(new Error("connection timed out"))));
      if (!target) return;
      const knock = () => {
        if (isOver || process.isStopped) return;
        if (!target.isPowered || this.isCutEitherWay(host, target)) {
          this.#clock.schedule(resendMs, knock);
          return;
        }
        const met = this.#listeners.get(keyOf(to));
        if (!met) return end(() => reject(new Error("connection refused")));
        const stream = this.#stream(host, process, target, met.process);
        const accepted = stream.end("acceptor", { host: local.host, port: this.#nextPort++ });
        target.clock.whenAwake(() => met.process.isStopped || met.listener.connection(accepted));
        end(() => resolve(stream.end("dialler", to)));
      };
      this.#clock.schedule(2 * this.delayMs(), knock);
    });
  }

  #stream(
    dialler: NetworkHost,
    diallerProcess: NetworkProcess,
    acceptor: NetworkHost,
    acceptorProcess: NetworkProcess,
  ): SimStream {
    const isBroken = this.#random.chance(this.faults.brokenStreams);
    const breaksAfterChunks = isBroken ? this.#random.integer(0, 1) : Infinity;
    return new SimStream({
      network: this,
      clock: this.#clock,
      resendMs,
      breaksAfterChunks,
      hosts: { dialler, acceptor },
      processes: { dialler: diallerProcess, acceptor: acceptorProcess },
    });
  }

  /** A connection needs both ways. */
  isCutEitherWay(one: NetworkHost, other: NetworkHost): boolean {
    return this.isCut(one, other, "all") || this.isCut(other, one, "all");
  }

  /** How long the next thing is on its way. */
  delayMs(): number {
    const { delayMinMs, delayMaxMs } = this.faults;
    return delayMinMs + this.#random.next() * (delayMaxMs - delayMinMs);
  }
}

function keyOf({ host, port }: Endpoint): string {
  return `${host}:${port}`;
}
