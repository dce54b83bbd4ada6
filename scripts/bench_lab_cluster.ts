import { agentPaths } from "../core/api/mod.ts";
import { bootHosts, type Host } from "../tests/lab/host.ts";
import { closeLaboratory, labCache, openLaboratory } from "../tests/lab/laboratory.ts";
import { ensureRoot } from "../tests/lab/root.ts";
import { stage } from "../tests/lab/stage.ts";
import { until } from "./bench_agent.ts";
import { BenchClient } from "./bench_client.ts";
import { undoable } from "./bench_undos.ts";

const hostCount = 3;
const state = "/mnt/lab/state";
const unit = "khutulun.service";
const { socket } = agentPaths({ mode: "system", uid: 0, home: "/root", env: () => undefined });

/** Asking an agent costs it a few milliseconds: not more often than this. */
const askEveryMs = 100;

/** What the processes of a unit take. */
export interface UnitUse {
  /** Of the processor, since the unit was started, by all processes that it ever had. */
  readonly cpuMs: number;
  /** Resident memory. */
  readonly residentMB: number;
  /** The same with each page divided by the number of processes that share it. */
  readonly proportionalMB: number;
}

/**
 * Three real systemd hosts of the lab that are one cluster by `seed --install` and `join --install`, each spoken to at its
 * agent's socket. Nothing of the lab stands between them and their network or their state.
 */
export class LabCluster {
  /** Takes the hosts away, with all that they are on; once, however often it is called. */
  readonly close: () => Promise<void>;
  readonly #hosts = new Map<string, Host>();
  readonly #clients = new Map<string, BenchClient>();
  readonly #joinsMs: number[] = [];

  private constructor(close: () => Promise<void>) {
    this.close = close;
  }

  /** Boots the hosts and joins them. `say` is told what is being done. */
  static async form(say: (line: string) => void): Promise<LabCluster> {
    const root = await ensureRoot(labCache, say);
    const laboratory = await openLaboratory(labCache);
    const cluster = new LabCluster(undoable(async () => {
      for (const line of await closeLaboratory(laboratory)) say(`left behind: ${line}`);
    }));
    try {
      say(`  three hosts in "${laboratory.folder}"`);
      await stage(laboratory.shared, new Set(["khutulun"]));
      await bootHosts({ ...laboratory, root }, hostCount, cluster.#hosts);
      await cluster.#join(say);
      return cluster;
    } catch (error) {
      await cluster.close();
      throw error;
    }
  }

  /** How long each `join` took from its start until all hosts that were there knew of each other. */
  get joinsMs(): readonly number[] {
    return this.#joinsMs;
  }

  get names(): string[] {
    return [...this.#hosts.keys()];
  }

  client(name: string): BenchClient {
    return this.#clients.get(name)!;
  }

  /** Stops every agent, starts all of them at once, and returns how long it took until each believed all to be alive. */
  async startAgents(): Promise<number> {
    await this.#everywhere(`systemctl stop ${unit}`);
    const startMs = performance.now();
    await Promise.all([this.#everywhere(`systemctl start ${unit}`), this.untilAgreed(this.names)]);
    return performance.now() - startMs;
  }

  /** Cuts the power of a host without a word on the network. */
  async powerOff(name: string): Promise<void> {
    await this.#hosts.get(name)!.cut();
    await this.#hosts.get(name)!.kill();
  }

  async powerOn(name: string): Promise<void> {
    await this.#hosts.get(name)!.heal();
    await this.#hosts.get(name)!.start();
    await this.#connect(name);
  }

  /** Returns when each of the hosts shows all of them as alive. */
  async untilAgreed(names: readonly string[]): Promise<void> {
    await Promise.all(
      names.map((name) =>
        until(`${name} lists ${names.join(", ")} as alive`, async () => {
          const alive = await this.listed(name, "alive");
          return names.every((each) => alive.includes(each));
        }, askEveryMs)
      ),
    );
  }

  /** Returns the hosts that the host's `host list` shows so; none while its agent does not answer. */
  async listed(name: string, liveness: "alive" | "dead"): Promise<string[]> {
    try {
      const hosts = await this.client(name).client.call("hosts", {});
      return hosts.filter((each) => each.liveness === liveness).map((each) => each.name);
    } catch {
      return [];
    }
  }

  /** Counts the processes of a service that run on each host, by the control groups of their units. */
  async running(service: string): Promise<ReadonlyMap<string, number>> {
    const counts = new Map<string, number>();
    for (const [name, host] of this.#hosts) {
      counts.set(name, (await host.unitsAtWork(`khutulun.${service}.`)).length);
    }
    return counts;
  }

  /** Returns what each host's agent takes, with everything that it started as its own. */
  async agentUses(): Promise<UnitUse[]> {
    return await Promise.all([...this.#hosts.values()].map((host) => useOf(host.unitGroup(unit))));
  }

  async #join(say: (line: string) => void): Promise<void> {
    await Deno.mkdir(await this.#hosts.get("h1")!.seen(state));
    // The first start unpacks, which is not what is measured here.
    await this.#everywhere("install /mnt/lab/khutulun /usr/local/bin/ && khutulun version");
    await this.#typed("h1", `khutulun seed --install --name lab --state ${state}`);
    await this.#connect("h1");
    await this.#typed("h1", "khutulun cluster token create > /mnt/lab/token");
    for (const name of this.names.slice(1)) {
      const startMs = performance.now();
      await this.#typed(name, `khutulun join @/mnt/lab/token --install --state ${state}`);
      await this.#connect(name);
      await this.untilAgreed(this.names.slice(0, this.names.indexOf(name) + 1));
      this.#joinsMs.push(performance.now() - startMs);
    }
    say(`  joined in ${this.#joinsMs.map((each) => `${(each / 1_000).toFixed(1)} s`).join(", ")}`);
  }

  async #connect(name: string): Promise<void> {
    this.#clients.get(name)?.client.close();
    this.#clients.set(name, new BenchClient(await this.#hosts.get(name)!.seen(socket)));
  }

  async #everywhere(line: string): Promise<void> {
    await Promise.all(this.names.map((name) => this.#typed(name, line)));
  }

  async #typed(name: string, line: string): Promise<void> {
    const { exit, stderr } = await this.#hosts.get(name)!.exec(["sh", "-c", line]);
    if (exit === 0) return;
    throw new Error(`${name}: "${line}" ended with ${exit ?? "its deadline"}: ${stderr.trim()}`);
  }
}

async function useOf(group: string): Promise<UnitUse> {
  const cpuUs = numberAfter("usage_usec", await Deno.readTextFile(`${group}/cpu.stat`));
  const pids = (await Deno.readTextFile(`${group}/cgroup.procs`)).split("\n").filter(Boolean);
  const maps = await Promise.all(pids.map((pid) => Deno.readTextFile(`/proc/${pid}/smaps_rollup`)));
  const sumMB = (field: string) =>
    maps.reduce((sum, text) => sum + numberAfter(field, text), 0) * 1_024 / 1e6;
  return { cpuMs: cpuUs / 1_000, residentMB: sumMB("Rss:"), proportionalMB: sumMB("Pss:") };
}

function numberAfter(field: string, text: string): number {
  return Number(new RegExp(`^${field}\\s+(\\d+)`, "m").exec(text)?.[1]);
}
