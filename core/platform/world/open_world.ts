import type { JsonObject, Problem } from "../../base/mod.ts";
import type {
  Clock,
  Files,
  HttpClient,
  Locks,
  Logger,
  PluginRuntime,
  Probes,
  Processes,
  Random,
  Transports,
  UnitWatch,
} from "../../ports/mod.ts";
import { systemClock } from "../clock.ts";
import { ExtismRuntime } from "../extism/mod.ts";
import { LocalFiles } from "../files.ts";
import { IsolatedFiles } from "../isolated_files.ts";
import { LocalLocks } from "../locks.ts";
import { PidFileWatch } from "../pid_file_watch.ts";
import { networkHttp } from "../http_client.ts";
import { NetworkProbes } from "../probes.ts";
import { SystemProcesses } from "../processes.ts";
import { systemRandom } from "../random.ts";
import { networkTransports } from "../transport.ts";
import {
  chooseManager,
  connectBus,
  readSystemdFacts,
  type SystemdManager,
  systemdPlaces,
  SystemdUnitWatch,
} from "../systemd/mod.ts";

export interface WorldOptions {
  readonly mode: "system" | "user";
  /** Where pid files of processes are that the agent supervises by itself. */
  readonly runtime: string;
  readonly logger: Logger;
}

/** A machine's ports and facts. */
export interface HostWorld {
  readonly ports: {
    readonly clock: Clock;
    readonly random: Random;
    readonly files: Files;
    readonly stateFiles: Files;
    readonly stateLocks: Locks;
    readonly locks: Locks;
    readonly processes: Processes;
    readonly probes: Probes;
    readonly http: HttpClient;
    readonly transports: Transports;
    readonly unitWatch: UnitWatch;
    readonly pluginRuntime: PluginRuntime;
    readonly logger: Logger;
  };
  /** Which systemd manager runs the host's units. */
  readonly systemd: "system" | "user" | "none";
  readonly hostName: string;
  readonly boot: string;
  readonly facts: JsonObject;
  /** What is not as it could be: no systemd, no linger. */
  readonly problems: readonly Problem[];
  /** Ends what the ports hold. */
  close(): Promise<void>;
}

/** Returns this machine, for an agent of this mode. */
export async function openWorld(options: WorldOptions): Promise<HostWorld> {
  const { mode, logger } = options;
  const manager = chooseManager(mode, await readSystemdFacts(systemdPlaces(Deno.env.toObject())));
  const environment = manager.kind === "none" ? {} : manager.environment;
  const processes = new SystemProcesses(systemClock, environment);
  const isolated = new IsolatedFiles();
  const pluginRuntime = new ExtismRuntime();
  return {
    ports: {
      clock: systemClock,
      random: systemRandom,
      files: new LocalFiles(),
      stateFiles: isolated.files,
      stateLocks: isolated.locks,
      locks: new LocalLocks(),
      processes,
      probes: new NetworkProbes(),
      http: networkHttp,
      transports: networkTransports,
      unitWatch: unitWatch(manager, processes, options),
      pluginRuntime,
      logger,
    },
    systemd: manager.kind,
    hostName: hostName(),
    boot: (await Deno.readTextFile("/proc/sys/kernel/random/boot_id")).trim(),
    facts: {
      uid: Deno.uid()!,
      kernel: Deno.osRelease(),
      architecture: Deno.build.arch,
      cpus: navigator.hardwareConcurrency,
      memoryBytes: Deno.systemMemoryInfo().total,
    },
    problems: manager.problem ? [manager.problem] : [],
    async close() {
      await pluginRuntime.close();
      isolated.close();
    },
  };
}

function unitWatch(
  manager: SystemdManager,
  processes: Processes,
  { runtime, logger }: WorldOptions,
): UnitWatch {
  return manager.kind === "none"
    ? new PidFileWatch(systemClock, processes, { directory: runtime })
    : new SystemdUnitWatch(systemClock, connectBus, logger, { bus: manager.bus });
}

/** A host is called by a DNS label; what a machine is called may be none. */
function hostName(): string {
  const [label] = Deno.hostname().toLowerCase().split(".");
  const name = label.replaceAll(/[^a-z0-9-]/g, "-").replace(/^-+|-+$/g, "").slice(0, 63);
  return name || "host";
}
