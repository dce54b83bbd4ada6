/**
 * One host with its agent in virtual time: what the agent's quick tests run on.
 */
import type { Outcome } from "../../core/base/mod.ts";
import { Call, type Clout, jsonToClout, type Value } from "../../core/clout/mod.ts";
import {
  type Agent,
  type AgentOptions,
  type AgentPorts,
  createAgent,
  type Embedded,
  type EvaluationPlace,
  type Language,
  seedCluster,
  unreachablePeers,
  type Upload,
} from "../../core/agent/mod.ts";
import {
  FakeMachine,
  type FakeMachineOptions,
  FakeProcesses,
  FakeUnitWatch,
  Faults,
  type FaultsOptions,
  loneTransports,
  type MemoryDisk,
  MemoryFiles,
  MemoryLocks,
  ModelPlugins,
  type PluginModel,
  RecordingLogger,
  SeededRandom,
  VirtualClock,
} from "../../core/sim/mod.ts";
import { modelPackages, models } from "./model_plugins.ts";

/** Health checks against the machine's own listening sockets. */
function machineProbes(machine: FakeMachine): AgentPorts["probes"] {
  const tcp = (port: number) => {
    const ok = machine.listeners().some(({ socket }) => socket === `tcp/${port}`);
    return Promise.resolve({ ok, detail: ok ? "accepts connections" : "connection refused" });
  };
  return {
    tcp: (_address, port) => tcp(port),
    http: (url) => tcp(Number(new URL(url).port)),
  };
}

/** One life of the agent. */
export interface Life {
  readonly agent: Agent;
  readonly faults: Faults;
  readonly logger: RecordingLogger;
  readonly processes: FakeProcesses;
  /** Ends it properly. */
  stop(): Promise<void>;
  /** Ends it without waiting for anything: its power is off. */
  abandon(): void;
}

/** What a host shares with others. */
export interface HostSurroundings {
  /** The disk that is mounted at the state's directory. */
  readonly shared?: MemoryDisk;
  readonly transports?: () => AgentPorts["transports"];
  readonly peers?: AgentPorts["peers"];
  /** Answers health checks in place of the machine's own sockets. */
  readonly probes?: AgentPorts["probes"];
  /** Wraps the files of the shared state. */
  readonly stateFiles?: (files: AgentPorts["stateFiles"]) => AgentPorts["stateFiles"];
}

function optionsOf(hostName: string, address: string): AgentOptions {
  return {
    version: "0.0.0",
    state: "/state",
    own: "/own",
    config: "/etc/khutulun",
    mode: "system",
    systemd: "none",
    hostName,
    boot: "boot-1",
    facts: {},
    listen: {
      gossip: { host: address, port: 7946 },
      api: { host: address, port: 7947 },
    },
    paths: {
      units: "/units",
      unitsLinked: false,
      data: "/own/data",
      runtime: "/run/khutulun",
      logs: "/log",
    },
  };
}

export class SimulatedHost {
  /** In what services are written; graphs as JSON where nothing else is said. */
  language: Language = modelLanguage;
  readonly clock: VirtualClock;
  /** What it shares with others; alone unless told. */
  surroundings: HostSurroundings = {};
  readonly options: AgentOptions;
  readonly #address: string;
  /** Before the seeds of its lives: no two hosts draw the same. */
  readonly #seed: string;
  readonly machine: FakeMachine;
  readonly #models: Readonly<Record<string, PluginModel>>;
  #lives = 0;

  constructor(
    options: Partial<FakeMachineOptions> = {},
    overrides: Readonly<Record<string, PluginModel>> = {},
    place: { name?: string; address?: string; clock?: VirtualClock } = {},
  ) {
    const { name = "alpha", address = "10.0.0.1", clock = new VirtualClock() } = place;
    this.clock = clock;
    this.#address = address;
    this.options = optionsOf(name, address);
    this.#seed = name === "alpha" ? "" : `${name} `;
    this.machine = new FakeMachine({ systemd: "none", ...options, clock: this.clock });
    this.#models = { ...models, ...overrides };
  }

  /** Makes the cluster. */
  static async seeded(
    options: Partial<FakeMachineOptions> = {},
    overrides: Readonly<Record<string, PluginModel>> = {},
    profiles: Embedded["profiles"] = new Map(),
  ): Promise<SimulatedHost> {
    const host = new SimulatedHost(options, overrides);
    await host.seed(profiles);
    return host;
  }

  async seed(profiles: Embedded["profiles"] = new Map()): Promise<void> {
    const { ports } = this.ports();
    const embedded = { profiles, plugins: modelPackages };
    const seed = { name: "test", address: this.#address };
    await this.clock.run(seedCluster(ports, this.options, seed, embedded));
  }

  ports(faulty: Omit<FaultsOptions, "clock"> = {}): {
    ports: AgentPorts;
    faults: Faults;
    logger: RecordingLogger;
    processes: FakeProcesses;
  } {
    const { clock, machine } = this;
    const faults = new Faults({ ...faulty, clock });
    const { shared, peers = unreachablePeers } = this.surroundings;
    const mounts = shared ? [{ at: "/state", disk: shared }] : [];
    const files = new MemoryFiles(machine.disk, faults, mounts);
    const locks = new MemoryLocks(files, faults);
    const logger = new RecordingLogger();
    const processes = new FakeProcesses(machine, faults, {
      tail: (argv) => ({ stdout: readLog(machine, argv.at(-1)!) }),
      web: () => ({}),
      client: () => ({}),
    });
    const ports: AgentPorts = {
      clock,
      random: new SeededRandom(`${this.#seed}life ${++this.#lives}`),
      files,
      stateFiles: this.surroundings.stateFiles?.(files) ?? files,
      stateLocks: locks,
      locks,
      processes,
      probes: this.surroundings.probes ?? machineProbes(machine),
      http: { request: () => Promise.resolve({ failure: "a simulated host has no network" }) },
      transports: this.surroundings.transports?.() ?? loneTransports,
      peers,
      unitWatch: new FakeUnitWatch(machine),
      pluginRuntime: new ModelPlugins(this.#models, { clock, faults }),
      logger,
    };
    return { ports, faults, logger, processes };
  }

  /** Starts an agent; it ends by `stop`, or by its faults. */
  async start(faulty: Omit<FaultsOptions, "clock"> = {}): Promise<Life> {
    const { ports, faults, logger, processes } = this.ports(faulty);
    const agent = await this.clock.run(createAgent(ports, this.options, this.language));
    const ended = new AbortController();
    const running = agent.run(ended.signal);
    running.catch(() => {});
    const stop = async () => {
      ended.abort();
      await this.clock.run(running);
      await this.clock.run(agent.close());
    };
    return { agent, faults, logger, processes, stop, abandon: () => ended.abort() };
  }

  /** Starts an agent that ends at one of its effects, wherever in its start or in `command` that is. */
  async die(
    stopAt: NonNullable<FaultsOptions["stopAt"]>,
    command: (agent: Agent) => Promise<unknown>,
  ): Promise<{ readonly faults: Faults; readonly where: string }> {
    const { ports, faults } = this.ports({ stopAt });
    const ended = new AbortController();
    const work = (async () => {
      const agent = await createAgent(ports, this.options, this.language);
      const running = agent.run(ended.signal);
      await command(agent);
      ended.abort();
      await running;
      await agent.close();
    })();
    await this.clock.run(Promise.race([work, faults.stopped()]));
    ended.abort();
    const { effect, moment } = stopAt;
    return { faults, where: `killed ${moment} effect ${effect}: ${faults.effects[effect - 1]}` };
  }

  /** The texts of all files outside `/proc`, by path. */
  files(): Record<string, string> {
    return Object.fromEntries(
      Object.entries(this.machine.disk.texts()).filter(([path]) => !path.startsWith("/proc/")),
    );
  }
}

function readLog(machine: FakeMachine, path: string): string {
  const node = machine.disk.find(path);
  return node?.kind === "file" ? new TextDecoder().decode(node.bytes) : "";
}

/** A language whose templates are graphs already, written as JSON: compiling is the business of other tests. */
export const modelLanguage: Language = {
  compile: ({ files, entry, inputs }): Promise<Outcome<Clout | undefined>> => {
    const text = new TextDecoder().decode(files.get(entry)!.bytes)
      .replaceAll(/\$\{(\w+)\}/g, (_match, name) => String(inputs[name] ?? ""));
    return Promise.resolve({ value: jsonToClout(JSON.parse(text)), problems: [] });
  },
  load: () => Promise.resolve(),
  validate: () => Promise.resolve({ value: undefined, problems: [] }),
  evaluate,
};

/** Knows `get_attribute [ vertex or SELF, …, name ]`, where a requirement's name in between follows it. */
function evaluate(value: Value, place: EvaluationPlace): ReturnType<Language["evaluate"]> {
  if (value instanceof Map) {
    const result = new Map<string, Value>();
    for (const [key, each] of value) {
      const inner = evaluate(each, place);
      if (!("value" in inner)) return inner;
      result.set(key, inner.value);
    }
    return { value: result };
  }
  if (Array.isArray(value)) {
    const result: Value[] = [];
    for (const each of value) {
      const inner = evaluate(each, place);
      if (!("value" in inner)) return inner;
      result.push(inner.value);
    }
    return { value: result };
  }
  if (!(value instanceof Call)) return { value };
  const args = value.args as string[];
  if (value.name === "get_artifact") {
    return { value: place.artifactPath(place.instance!, args[1]) ?? null };
  }
  const name = args.at(-1)!;
  const item = args[0] === "SELF"
    ? `${place.instance!.id}.${args[1]}.0`
    : place.instances.find((each) => each.vertex === args[0])?.id ?? "";
  const target = args.at(-2) === "TARGET" ? place.wiring.byId.get(item)?.target.id ?? "" : item;
  const found = place.attributes.get(target)?.[name];
  return found === undefined
    ? { waitsFor: `attribute "${name}" of "${target}"` }
    : { value: String(found) };
}

/** Returns files as an upload. */
export function uploadOf(files: Readonly<Record<string, string>>): Upload {
  return {
    files: Object.fromEntries(
      Object.entries(files).map(([path, text]) => [path, {
        base64: new TextEncoder().encode(text).toBase64(),
        executable: false,
      }]),
    ),
  };
}
