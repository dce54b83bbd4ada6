/**
 * A simulated host with a service manager, whose agent runs the included plugins themselves: real guests in virtual time.
 */
import type { AgentOptions, AgentPorts, Embedded } from "../../core/agent/mod.ts";
import { seedCluster } from "../../core/agent/mod.ts";
import { ExtismRuntime } from "../../core/platform/extism/mod.ts";
import type { PluginRuntime } from "../../core/ports/mod.ts";
import { FakeProcesses, type FaultsOptions, type VirtualClock } from "../../core/sim/mod.ts";
import { buildPlugins } from "../../scripts/build_plugins.ts";
import { diskCommands } from "./plugin_host.ts";
import { unitDirectory } from "./service_story.ts";
import { SimulatedHost } from "./simulated_host.ts";

const root = new URL("../..", import.meta.url).pathname;

export class IncludedPluginsHost extends SimulatedHost {
  override readonly options: AgentOptions;
  readonly #runtime: PluginRuntime;

  private constructor(runtime: PluginRuntime) {
    super({ systemd: "system", unitDirectories: [unitDirectory] });
    this.#runtime = runtime;
    this.machine.disk.isJournaled = true; // systemctl, mkdir and rm sync nothing
    const { paths } = plainOptions;
    this.options = {
      ...plainOptions,
      systemd: "system",
      paths: { ...paths, units: unitDirectory },
    };
  }

  /** Runs `work` with a maker of such hosts; all of them share the workers, which end with it. */
  static async with(work: (seeded: () => Promise<SimulatedHost>) => Promise<void>): Promise<void> {
    const plugins = await builtPackages();
    const runtime = new ExtismRuntime();
    try {
      await work(async () => {
        const host = new IncludedPluginsHost(runtime);
        const { ports } = host.ports();
        const seed = { name: "test", address: "10.0.0.1" };
        const embedded = { profiles: new Map(), plugins };
        await host.clock.run(seedCluster(ports, host.options, seed, embedded));
        return host;
      });
    } finally {
      await runtime.close();
    }
  }

  override ports(faulty: Omit<FaultsOptions, "clock"> = {}) {
    const made = super.ports(faulty);
    const words = { web: () => ({}), client: () => ({}) };
    const processes = new FakeProcesses(this.machine, made.faults, { ...diskCommands, ...words });
    const pluginRuntime = inVirtualTime(this.#runtime, this.clock);
    const ports: AgentPorts = { ...made.ports, processes, pluginRuntime };
    return { ...made, ports, processes };
  }
}

const plainOptions = new SimulatedHost().options;

/** Keeps time from passing while a guest computes; what it asks of its host may take virtual time. */
function inVirtualTime(runtime: PluginRuntime, clock: VirtualClock): PluginRuntime {
  return {
    call: async (module, input, host, limits) => {
      let letGo = clock.hold();
      try {
        return await runtime.call(module, input, async (name, bytes) => {
          letGo();
          try {
            return await host(name, bytes);
          } finally {
            letGo = clock.hold();
          }
        }, limits);
      } finally {
        letGo();
      }
    },
    close: () => Promise.resolve(),
  };
}

async function builtPackages(): Promise<Embedded["plugins"]> {
  const packages = new Map<string, ReadonlyMap<string, Uint8Array>>();
  for (const { name } of await buildPlugins()) {
    const files = ["plugin.yaml", "plugin.wasm"].map(async (
      file,
    ): Promise<[string, Uint8Array]> => [
      file,
      await Deno.readFile(`${root}build/plugins/${name}/${file}`),
    ]);
    packages.set(name, new Map(await Promise.all(files)));
  }
  return packages;
}
