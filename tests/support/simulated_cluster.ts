/** A few hosts in virtual time that share a state and a network: what the quick tests of a cluster run on. */
import {
  type Connection,
  type Endpoint,
  FileError,
  type Files,
  type Transport,
  type TransportListener,
  type Transports,
} from "../../core/ports/mod.ts";
import { problem, ProblemError } from "../../core/base/mod.ts";
import { joinCluster, type Peers, type PeerUseCases } from "../../core/agent/mod.ts";
import type { PluginModel, Program } from "../../core/sim/mod.ts";
import { MemoryDisk, VirtualClock } from "../../core/sim/mod.ts";
import { type Life, SimulatedHost } from "./simulated_host.ts";

const names = ["alpha", "bravo", "charlie", "delta", "echo"];
const packetMs = 1;

/** A network without faults but for hosts that are cut off from the others. */
class TestNetwork {
  readonly #listeners = new Map<string, TransportListener>();
  readonly #cut = new Set<string>();

  constructor(readonly clock: VirtualClock) {}

  cut(address: string): void {
    this.#cut.add(address);
  }

  mend(address: string): void {
    this.#cut.delete(address);
  }

  passes(from: string, to: string): boolean {
    return from === to || (!this.#cut.has(from) && !this.#cut.has(to));
  }

  /** The network as one host has it; once its power is off nothing of it is left. */
  transports(): Transports & { powerOff(): void } {
    let isOff = false;
    const opened: string[] = [];
    return {
      powerOff: () => {
        isOff = true;
        for (const key of opened) this.#listeners.delete(key);
      },
      listen: (at, listener) => {
        const key = `${at.host}:${at.port}`;
        this.#listeners.set(key, listener);
        opened.push(key);
        const transport: Transport = {
          local: at,
          sendPacket: (to, bytes) => {
            const copy = bytes.slice();
            this.clock.schedule(packetMs, () => {
              if (!isOff) this.#find(at, to)?.packet(at, copy);
            });
          },
          dial: async (to) => {
            await this.clock.sleep(packetMs);
            const listener = isOff ? undefined : this.#find(at, to);
            if (!listener) throw new Error(`nobody answers at ${to.host}:${to.port}`);
            const [here, there] = connect(at, to, this.clock);
            listener.connection(there);
            return here;
          },
          close: () => {
            this.#listeners.delete(key);
            return Promise.resolve();
          },
        };
        return Promise.resolve(transport);
      },
    };
  }

  #find(from: Endpoint, to: Endpoint): TransportListener | undefined {
    if (!this.passes(from.host, to.host)) return undefined;
    return this.#listeners.get(`${to.host}:${to.port}`);
  }
}

/** Returns the two ends of a connection. */
function connect(from: Endpoint, to: Endpoint, clock: VirtualClock): [Connection, Connection] {
  const ways = [new Way(clock), new Way(clock)];
  const end = (peer: Endpoint, out: Way, into: Way): Connection => ({
    peer,
    read: () => into.read(),
    write: (bytes) => out.write(bytes.slice()),
    close: () => {
      out.end();
      into.end();
    },
  });
  return [end(to, ways[0], ways[1]), end(from, ways[1], ways[0])];
}

class Way {
  readonly #chunks: Uint8Array[] = [];
  #isEnded = false;
  #wake: (() => void) | undefined;

  constructor(readonly clock: VirtualClock) {}

  write(bytes: Uint8Array): Promise<void> {
    this.#chunks.push(bytes);
    this.clock.touch();
    this.#wake?.();
    return Promise.resolve();
  }

  end(): void {
    this.#isEnded = true;
    this.#wake?.();
  }

  async read(): Promise<Uint8Array | undefined> {
    while (this.#chunks.length === 0 && !this.#isEnded) {
      await new Promise<void>((resolve) => this.#wake = resolve);
    }
    return this.#chunks.shift();
  }
}

/** One of a cluster's hosts, with the life that its agent has now. */
export interface ClusterHost {
  readonly host: SimulatedHost;
  readonly name: string;
  readonly address: string;
  life?: Life;
  /** The shared state does not answer this host. */
  isStoreAway: boolean;
  transports?: ReturnType<TestNetwork["transports"]>;
}

export class SimulatedCluster {
  readonly clock = new VirtualClock();
  readonly shared = new MemoryDisk(() => this.clock.nowMs());
  readonly network = new TestNetwork(this.clock);
  readonly hosts: ClusterHost[] = [];

  /** Seeds on the first host, joins with the others and starts all agents. */
  static async started(
    count: number,
    overrides: Readonly<Record<string, PluginModel>> = {},
    program?: Program,
  ): Promise<SimulatedCluster> {
    const cluster = new SimulatedCluster();
    for (let index = 0; index < count; index++) await cluster.add(overrides, program);
    // Gossip finds the others.
    await cluster.clock.advance(15_000);
    return cluster;
  }

  /** Adds a host, and starts its agent. */
  async add(
    overrides: Readonly<Record<string, PluginModel>> = {},
    program?: Program,
  ): Promise<ClusterHost> {
    const name = names[this.hosts.length];
    const address = `10.0.0.${this.hosts.length + 1}`;
    const host = new SimulatedHost(program ? { program } : {}, overrides, {
      name,
      address,
      clock: this.clock,
    });
    const entry: ClusterHost = { host, name, address, isStoreAway: false };
    host.surroundings = {
      shared: this.shared,
      transports: () => entry.transports = this.network.transports(),
      peers: this.#peersOf(entry),
      stateFiles: (files) => hanging(files, () => entry.isStoreAway),
    };
    this.hosts.push(entry);
    if (this.hosts.length === 1) await host.seed();
    else {
      const { ports } = host.ports();
      await this.clock.run(joinCluster(ports, host.options, { address }));
    }
    await this.boot(name);
    return entry;
  }

  of(name: string): ClusterHost {
    const found = this.hosts.find((each) => each.name === name);
    if (!found) throw new Error(`no host "${name}"`);
    return found;
  }

  agent(name: string) {
    const { life } = this.of(name);
    if (!life) throw new Error(`the agent of "${name}" does not run`);
    return life.agent;
  }

  /** Starts the agent of a host. */
  async boot(name: string): Promise<void> {
    const entry = this.of(name);
    entry.host.machine.boot();
    entry.life = await entry.host.start();
    await this.clock.run(entry.life.agent.announce({ api: entry.host.options.listen.api }));
  }

  /** Cuts a host's power, with the agent and all that runs on it. */
  async powerOff(name: string): Promise<void> {
    await this.killAgent(name);
    this.of(name).host.machine.powerLoss();
    await this.clock.settle();
  }

  /** Ends the agent as `kill -9` does; what it has started runs on. */
  async killAgent(name: string): Promise<void> {
    const entry = this.of(name);
    entry.life!.faults.stop();
    entry.transports!.powerOff();
    entry.life!.abandon();
    entry.life = undefined;
    await this.clock.settle();
  }

  /** Ends the agent properly; what it has started runs on. */
  async stopAgent(name: string): Promise<void> {
    const entry = this.of(name);
    await entry.life!.stop();
    entry.life = undefined;
  }

  /** Where a program runs: the hosts' names, one for each process. */
  running(program: string): string[] {
    return this.hosts.flatMap(({ name, host }) =>
      host.machine.running().filter(({ argv }) => argv[0] === program).map(() => name)
    );
  }

  /** Ends all agents. */
  async close(): Promise<void> {
    for (const { life } of this.hosts) await life?.stop();
  }

  #peersOf(from: ClusterHost): Peers {
    return {
      of: ({ id }) => {
        const ask = <T>(question: (peer: PeerUseCases) => Promise<T>): Promise<T> => {
          const to = this.of(id);
          const peer: PeerUseCases | undefined = to.life?.agent.peer;
          const isReached = peer && this.network.passes(from.address, to.address);
          return isReached ? question(peer) : Promise.reject(unreachable(id));
        };
        return {
          hostPlan: (request) => ask((peer) => peer.hostPlan(JSON.parse(JSON.stringify(request)))),
          ring: () => ask((peer) => peer.ring()),
          offerRing: (ring) => ask((peer) => peer.offerRing(ring)),
        };
      },
    };
  }
}

function unreachable(id: string): ProblemError {
  return new ProblemError(
    problem("AGENT_PEER_UNREACHABLE", { what: `Cannot ask the agent of host "${id}"` }),
  );
}

/** Files that do not answer in time while `isAway`. */
function hanging(files: Files, isAway: () => boolean): Files {
  return new Proxy(files, {
    get(target, name) {
      const member = Reflect.get(target, name, target);
      if (typeof member !== "function") return member;
      return (...args: unknown[]) => {
        if (isAway()) {
          return Promise.reject(new FileError("ETIMEDOUT", String(name), String(args[0])));
        }
        return member.apply(target, args);
      };
    },
  });
}
