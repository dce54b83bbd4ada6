/** Three hosts on one machine: real agents with a directory each, that share a state and speak over loopback. */
import assert from "node:assert/strict";
import { StartedAgent } from "./started_agent.ts";

const names = ["alpha", "bravo", "charlie"] as const;
const waitMsMax = 120_000;
const lookEveryMs = 200;

export type HostName = (typeof names)[number];

/** A process of a service, as the machine shows it. */
export interface Workload {
  readonly pid: number;
  readonly host: string;
  readonly version: string;
}

export class LoopbackCluster {
  readonly #agents: ReadonlyMap<HostName, StartedAgent>;
  /** What tells the processes of this cluster from all others on the machine. */
  readonly #mark: string;

  private constructor(agents: ReadonlyMap<HostName, StartedAgent>, readonly state: string) {
    this.#agents = agents;
    this.#mark = state;
  }

  /** Seeds, joins and joins, then does `work`; takes everything away, whatever happened. */
  static async with(work: (cluster: LoopbackCluster) => Promise<void>): Promise<void> {
    const state = await Deno.makeTempDir({ prefix: "khutulun-test-state-" });
    const agents = new Map<HostName, StartedAgent>();
    for (const name of names) agents.set(name, await StartedAgent.prepare());
    const cluster = new LoopbackCluster(agents, state);
    try {
      await cluster.#form();
      await work(cluster);
    } catch (error) {
      for (const [name, agent] of agents) console.error(`--- ${name}\n${await agent.log()}`);
      throw error;
    } finally {
      await cluster.#close();
    }
  }

  of(name: HostName): StartedAgent {
    return this.#agents.get(name)!;
  }

  /** Runs a command by a host's agent; it has to succeed. */
  async must(name: HostName, ...args: string[]): Promise<string> {
    const { code, stdout, stderr } = await this.of(name).run(args);
    assert.equal(code, 0, `${name}: khutulun ${args.join(" ")}\n${stdout}${stderr}`);
    return stdout;
  }

  /** Writes a template of `web` on every host, which does nothing but run; `policies` are as YAML, below `web`. */
  async template(version: string, properties = ""): Promise<string> {
    return await this.of("alpha").write(`shop-${version}.yaml`, this.#text(version, properties));
  }

  /** The processes of services, as the machine has them. */
  workloads(): Workload[] {
    const found: Workload[] = [];
    for (const { name } of Deno.readDirSync("/proc")) {
      if (!/^\d+$/.test(name)) continue;
      const environment = new Map(
        read(`/proc/${name}/environ`).split("\0").map((pair): [string, string] => {
          const at = pair.indexOf("=");
          return [pair.slice(0, at), pair.slice(at + 1)];
        }),
      );
      if (environment.get("TEST_STATE") !== this.#mark) continue;
      found.push({
        pid: Number(name),
        host: environment.get("TEST_HOST")!,
        version: environment.get("TEST_VERSION")!,
      });
    }
    return found;
  }

  /** On which hosts the service runs, in order; a host is named once for each of its processes. */
  hosts(): string[] {
    return this.workloads().map(({ host }) => host).sort();
  }

  /** Ends a host as a power loss does: its agent and all that runs there. */
  async kill(name: HostName): Promise<void> {
    await this.of(name).stop("SIGKILL");
    for (const { pid, host } of this.workloads()) if (host === name) tryKill(pid);
  }

  /** Starts the agent of a host that was ended. */
  boot(name: HostName): Promise<void> {
    return this.of(name).startWith(named(name));
  }

  /** Waits until something is so. */
  async until(what: string, isSo: () => boolean | Promise<boolean>): Promise<void> {
    const deadline = performance.now() + waitMsMax;
    while (!await isSo()) {
      if (performance.now() > deadline) assert.fail(`Not within two minutes: ${what}`);
      await new Promise((resolve) => setTimeout(resolve, lookEveryMs));
    }
  }

  /** Counts the processes all the while, and returns the fewest that there were. */
  async fewestDuring(work: () => Promise<unknown>): Promise<number> {
    let fewest = Infinity;
    let isOver = false;
    const counting = (async () => {
      while (!isOver) {
        fewest = Math.min(fewest, this.workloads().length);
        await new Promise((resolve) => setTimeout(resolve, 5));
      }
    })();
    try {
      await work();
    } finally {
      isOver = true;
      await counting;
    }
    return fewest;
  }

  async #form(): Promise<void> {
    const at = ["--address", "127.0.0.1", "--state", this.state];
    await this.of("alpha").startWith(named("alpha"), "--name", "loopback", ...at);
    const token = (await this.must("alpha", "cluster", "token", "create")).trim();
    await Promise.all(
      (["bravo", "charlie"] as const).map((name) =>
        this.of(name).launch(["join", token, ...at], named(name))
      ),
    );
  }

  #text(version: string, properties: string): string {
    return `tosca_definitions_version: tosca_2_0
imports:
- profile: org.khutulun:1.0
service_template:
  node_templates:
    web:
      type: Process
      properties:
        command: [ sleep, "100000" ]
        environment:
          TEST_STATE: ${this.#mark}
          TEST_HOST: { $get_attribute: [ SELF, host ] }
          TEST_VERSION: "${version}"
${properties}  policies:
  - many: { type: Redundancy, targets: [ web ], properties: { min: 2, max: 3 } }
  - apart: { type: Scattering, targets: [ web ] }
`;
  }

  async #close(): Promise<void> {
    for (const agent of this.#agents.values()) await agent.stop("SIGKILL").catch(() => {});
    for (const { pid } of this.workloads()) tryKill(pid);
    for (const agent of this.#agents.values()) await agent.close();
    await Deno.remove(this.state, { recursive: true });
  }
}

/** Tells an agent what its host is called: one machine has one name, and several hosts here. */
function named(name: HostName): { readonly env: Record<string, string> } {
  return { env: { KHUTULUN_HOST: name } };
}

function read(path: string): string {
  try {
    return Deno.readTextFileSync(path);
  } catch {
    return "";
  }
}

function tryKill(pid: number): void {
  try {
    Deno.kill(pid, "SIGKILL");
  } catch {
    // It has ended by itself.
  }
}
