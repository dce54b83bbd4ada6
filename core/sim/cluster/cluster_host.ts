import { ProblemError } from "../../base/mod.ts";
import {
  type Agent,
  type AgentOptions,
  type AgentPorts,
  createAgent,
  type Language,
} from "../../agent/mod.ts";
import type { Transport } from "../../ports/mod.ts";
import { FakeMachine, type Program } from "../fake_machine.ts";
import { type FakeCommand, FakeProcesses, FakeUnitWatch } from "../fake_processes.ts";
import { type FaultRule, Faults } from "../faults.ts";
import type { MemoryDisk } from "../memory_disk.ts";
import { MemoryFiles, MemoryLocks } from "../memory_files.ts";
import { ModelPlugins, type PluginModel } from "../model_plugins.ts";
import { RecordingLogger } from "../recording_logger.ts";
import type { SeededRandom } from "../seeded_random.ts";
import type { VirtualClock } from "../virtual_clock.ts";
import { HostClock, ProcessClock } from "./host_clock.ts";
import type { NetworkHost, SimNetwork } from "./sim_network.ts";
import { servePeer, simPeers } from "./sim_peers.ts";

/** What the hosts of a simulation run, and what stands in for the rest of the product. */
export interface ClusterParts {
  readonly language: Language;
  readonly models: Readonly<Record<string, PluginModel>>;
  readonly commands: Readonly<Record<string, FakeCommand>>;
  readonly program: (host: string) => Program;
  /** Wraps the ports of an agent's life: how mutation tests break it. */
  readonly bend?: (ports: AgentPorts, host: string) => AgentPorts;
}

/** One life of a host's agent. */
export interface AgentLife {
  readonly faults: Faults;
  readonly clock: ProcessClock;
  readonly logger: RecordingLogger;
  /** Once it has started. */
  agent?: Agent;
}

/** The places of a cluster that a host is in. */
export interface ClusterPlaces {
  readonly clock: VirtualClock;
  readonly network: SimNetwork;
  readonly shared: MemoryDisk;
  readonly random: SeededRandom;
}

const statePath = "/state";

/** How long until an agent that ended or did not start is started again, as a service manager does it. */
const restartMs = 5_000;
const apiPort = 7947;

/** A machine of the cluster: its own disk, clock and processes, the shared disk as it sees it, and its agent's lives. */
export class ClusterHost implements NetworkHost {
  readonly clock: HostClock;
  readonly machine: FakeMachine;
  isPowered = true;
  life?: AgentLife;
  /** What an agent did that none may: an end that says no problem. */
  readonly findings: string[] = [];
  readonly #places: ClusterPlaces;
  readonly #parts: ClusterParts;
  readonly #rules = new Map<FaultRule, (() => void) | undefined>();
  #lives = 0;
  #boots = 1;
  #isWanted = false;

  constructor(
    readonly name: string,
    readonly address: string,
    places: ClusterPlaces,
    parts: ClusterParts,
  ) {
    this.#places = places;
    this.#parts = parts;
    const random = places.random.stream("clock", name);
    const options = { skewMs: random.integer(-2_000, 2_000), startMs: random.integer(0, 1e9) };
    this.clock = new HostClock(places.clock, options);
    this.machine = new FakeMachine({
      clock: this.clock,
      systemd: "none",
      program: parts.program(name),
    });
    places.network.add(this);
  }

  get options(): AgentOptions {
    return {
      version: "0.0.0",
      state: statePath,
      own: "/own",
      config: "/etc/khutulun",
      mode: "system",
      systemd: "none",
      hostName: this.name,
      boot: `boot-${this.#boots}`,
      facts: {},
      paths: {
        units: "/units",
        unitsLinked: false,
        data: "/own/data",
        runtime: "/run/khutulun",
        logs: "/log",
      },
      listen: {
        gossip: { host: this.address, port: 7946 },
        api: { host: this.address, port: apiPort },
      },
    };
  }

  /** The ports of a new life, and that life. */
  open(): {
    readonly ports: AgentPorts;
    readonly life: AgentLife;
    listenApi(): Promise<Transport>;
  } {
    const clock = new ProcessClock(this.clock);
    const faults = new Faults({ clock });
    faults.onStop(() => clock.end());
    for (const rule of this.#rules.keys()) this.#rules.set(rule, faults.add(rule));
    const mounts = [{ at: statePath, disk: this.#places.shared }];
    const files = new MemoryFiles(this.machine.disk, faults, mounts);
    const locks = new MemoryLocks(files, faults);
    const logger = new RecordingLogger(200);
    const transports = this.#places.network.transports(this, faults);
    let api: Transport | undefined;
    const life: AgentLife = { faults, clock, logger };
    const ports: AgentPorts = {
      clock,
      random: this.#places.random.stream("life", `${this.name}/${++this.#lives}`),
      files,
      stateFiles: files,
      stateLocks: locks,
      locks,
      processes: new FakeProcesses(this.machine, faults, this.#parts.commands),
      probes: this.#probes(),
      http: { request: () => Promise.resolve({ failure: "a simulated host has no web" }) },
      transports,
      peers: simPeers(() => api, clock),
      unitWatch: new FakeUnitWatch(this.machine),
      pluginRuntime: new ModelPlugins(this.#parts.models, { clock, faults }),
      logger,
    };
    const listenApi = async () => {
      api = await transports.listen(this.options.listen.api, {
        packet: () => {},
        connection: (connection) =>
          life.agent ? void servePeer(connection, life.agent.peer) : connection.close(),
      });
      return api;
    };
    return { ports: this.#parts.bend?.(ports, this.name) ?? ports, life, listenApi };
  }

  /** Starts the agent, and again whenever it ends or does not start, until `stop` or the power goes. */
  start(): void {
    this.#isWanted = true;
    if (this.life === undefined && this.isPowered) void this.#live();
  }

  async #live(): Promise<void> {
    const { ports, life, listenApi } = this.open();
    this.life = life;
    const { faults } = life;
    faults.onStop(() => this.#ended(life));
    try {
      const api = await listenApi();
      life.agent = await createAgent(ports, this.options, this.#parts.language);
      await life.agent.announce({ api: api.local }).catch(() => {});
      await life.agent.run(new AbortController().signal);
      this.#find(life, new Error("its run ended"));
    } catch (error) {
      this.#find(life, error);
    }
    faults.stop();
  }

  /** An agent may refuse to start while its file system fails; a bug is something else. */
  #find(life: AgentLife, error: unknown): void {
    if (life.faults.isStopped) return;
    const isProblem = error instanceof ProblemError && error.problem.code !== "BASE_INTERNAL";
    if (isProblem) return;
    const text = error instanceof Error ? error.stack ?? error.message : String(error);
    this.findings.push(`the agent of ${this.name} ended by a bug: ${text}`);
  }

  #ended(life: AgentLife): void {
    if (this.life !== life) return;
    this.life = undefined;
    this.#places.clock.schedule(restartMs, () => {
      if (this.#isWanted && this.isPowered && this.life === undefined) void this.#live();
    });
  }

  /** Kills the agent; the service manager starts it again. */
  crash(): void {
    this.life?.faults.stop();
  }

  /** Kills the agent at its effect of this number from now on. */
  crashAt(effectsFromNow: number, moment: "before" | "torn" | "after"): void {
    const operations = ["writeNew", "append", "link", "rename", "remove", "syncDirectory"];
    this.life?.faults.add({ operations, skip: effectsFromNow, times: 1, fault: { stop: moment } });
  }

  /** Cuts the power. */
  powerOff(): void {
    this.isPowered = false;
    this.life?.faults.stop();
    this.machine.powerLoss();
  }

  /** Boots the machine; the agent starts with it. */
  powerOn(): void {
    if (this.isPowered) return;
    this.isPowered = true;
    this.#boots++;
    this.clock.thaw();
    this.machine.boot();
    this.start();
  }

  /** Ends the agent for good, without a goodbye. */
  stop(): void {
    this.#isWanted = false;
    this.life?.faults.stop();
  }

  /** Puts a fault in force for this life of the agent and later ones. Returns how to lift it. */
  afflict(rule: FaultRule): () => void {
    this.#rules.set(rule, this.life?.faults.add(rule));
    return () => {
      const lift = this.#rules.get(rule);
      this.#rules.delete(rule);
      lift?.();
    };
  }

  /** Health checks against the machine's own listening sockets. */
  #probes(): AgentPorts["probes"] {
    const tcp = (port: number) => {
      const ok = this.machine.listeners().some(({ socket }) => socket === `tcp/${port}`);
      return Promise.resolve({ ok, detail: ok ? "accepts connections" : "connection refused" });
    };
    return {
      tcp: (_address, port) => tcp(port),
      http: (url) => tcp(Number(new URL(url).port)),
    };
  }
}
