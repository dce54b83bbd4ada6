import type { JsonObject, Problem } from "../base/mod.ts";
import type {
  AttachedProcess,
  Clock,
  Endpoint,
  Files,
  HttpClient,
  Locks,
  Logger,
  PluginRuntime,
  Probes,
  Processes,
  Random,
  TerminalWish,
  Transports,
  UnitWatch,
} from "../ports/mod.ts";
import type { HostPaths } from "../plugin/mod.ts";
import type { Membership } from "./members/membership.ts";
import type { Peers, PeerUseCases } from "./hosts/peers.ts";
import type { AttachCommand, UseCases } from "./use_cases.ts";
import type { HostTrust } from "./trust/mod.ts";

/** The world as an agent meets it. `main.ts` puts the real one behind it, `sim/` a virtual one. */
export interface AgentPorts {
  readonly clock: Clock;
  readonly random: Random;
  /** The host's own files. */
  readonly files: Files;
  /** The shared state's files: they may hang, and then fail with `ETIMEDOUT`. */
  readonly stateFiles: Files;
  /** Locks on the shared state. */
  readonly stateLocks: Locks;
  /** Locks on the host's own files. */
  readonly locks: Locks;
  readonly processes: Processes;
  readonly probes: Probes;
  /** What plugins reach by `http`. */
  readonly http: HttpClient;
  /** What gossip goes over. */
  readonly transports: Transports;
  /** The agents of other hosts. */
  readonly peers: Peers;
  readonly unitWatch: UnitWatch;
  readonly pluginRuntime: PluginRuntime;
  readonly logger: Logger;
}

/** What an agent is told of itself and of its host. */
export interface AgentOptions {
  /** The product's version. */
  readonly version: string;
  /** Mount point or directory of the shared state. */
  readonly state: string;
  /** The host's own directory (`/var/lib/khutulun`): the owned ledger, last placements. */
  readonly own: string;
  /** Where `agent.yaml` is (`/etc/khutulun`). */
  readonly config: string;
  readonly mode: "system" | "user";
  readonly systemd: "system" | "user" | "none";
  /** The host's name for people; the id is in `agent.yaml`. */
  readonly hostName: string;
  /** Differs after each boot of the host. */
  readonly boot: string;
  /** Anything else known of the host (`kernel`, `architecture`, `cpus`, …). */
  readonly facts: JsonObject;
  /** Where plugins may put things on the host. */
  readonly paths: HostPaths;
  /**
   * Where other hosts reach this one. Port 0 takes any free one; what was got is published in `hosts/<host>/host.yaml`. For
   * `api`, whoever serves it tells by `Agent.announce` where.
   */
  readonly listen: { readonly gossip: Endpoint; readonly api: Endpoint };
  /** The ring of gossip keys, the one in use first; gossip is in the clear without. */
  readonly keys?: readonly Uint8Array[];
  /** Who may speak in the cluster; a simulation has none. */
  readonly trust?: HostTrust;
  /** What `doctor` and the start are told by whoever looked at the machine: no user bus, no linger, … */
  readonly machineProblems?: readonly Problem[];
}

/** An agent of one host. */
export interface Agent {
  readonly useCases: UseCases;
  /** Answers what agents of other hosts ask. */
  readonly peer: PeerUseCases;
  readonly membership: Membership;
  /** Starts a command that the use cases have answered with, here or on the host where its instance is. */
  attach(command: AttachCommand, terminal?: TerminalWish): AttachedProcess;
  /** Where the API listened in the agent's last life: tokens and contexts name it. */
  readonly apiBefore?: Endpoint;
  /** Publishes where the API listens. */
  announce(places: { readonly api: Endpoint }): Promise<void>;
  /**
   * Reconciles until the signal is given; nothing that runs is touched by its end. Fails at once where the agent may not
   * run here: another one does, the state is missing, of another cluster or of a newer format.
   */
  run(signal: AbortSignal): Promise<void>;
  /** Frees what the agent holds (plugin workers, watches, its lock). */
  close(): Promise<void>;
}

/** What is built into the executable. Paths are relative, with `/`. */
export interface Embedded {
  /** Profile name (`org.khutulun:1.0`) → path → bytes. */
  readonly profiles: ReadonlyMap<string, ReadonlyMap<string, Uint8Array>>;
  /** Plugin name → path (`plugin.yaml`, `plugin.wasm`) → bytes. */
  readonly plugins: ReadonlyMap<string, ReadonlyMap<string, Uint8Array>>;
}

/** How a new cluster is made. */
export interface SeedOptions {
  readonly name: string;
  readonly address: string;
  /** A person has chosen the address. */
  readonly isAddressGiven?: boolean;
}
