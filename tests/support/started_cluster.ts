/** A few agents on this machine, each with a root of its own, with one state that they share. */
import assert from "node:assert/strict";
import type { HostView } from "../../core/api/mod.ts";
import { StartedAgent } from "./started_agent.ts";

/** What each agent of a cluster is started with. */
const local = ["--address", "127.0.0.1"];
const waitMsMax = 180_000;

export class StartedCluster {
  readonly #agents = new Map<string, StartedAgent>();
  readonly #directory: string;

  private constructor(directory: string) {
    this.#directory = directory;
  }

  /** Runs `work` with a cluster of these hosts, the first of which is its seed; everything is taken away afterwards. */
  static async with(
    hosts: readonly string[],
    work: (cluster: StartedCluster) => Promise<void>,
  ): Promise<void> {
    const cluster = new StartedCluster(await Deno.makeTempDir({ prefix: "khutulun-test-" }));
    try {
      const [first, ...others] = hosts;
      await (await cluster.prepare(first)).launch(
        ["seed", "--state", cluster.state, ...local],
        envOf(first),
      );
      for (const each of others) await cluster.join(each);
      await cluster.untilAllAlive();
      await work(cluster);
    } finally {
      await cluster.#close();
    }
  }

  get state(): string {
    return `${this.#directory}/state`;
  }

  of(host: string): StartedAgent {
    return this.#agents.get(host)!;
  }

  /** Makes a host's directory; nothing runs on it yet. */
  async prepare(host: string): Promise<StartedAgent> {
    const agent = await StartedAgent.prepare();
    this.#agents.set(host, agent);
    return agent;
  }

  /** Lets a host join by a new token of the first host. */
  async join(host: string): Promise<void> {
    const agent = this.#agents.get(host) ?? await this.prepare(host);
    await agent.launch(["join", await this.token(), ...local], envOf(host));
  }

  /** Starts a host's agent again. */
  async start(host: string): Promise<void> {
    await this.of(host).launch(["seed"], envOf(host));
  }

  async token(...args: string[]): Promise<string> {
    const [first] = this.#agents.values();
    const { stdout, stderr, code } = await first.run(["cluster", "token", "create", ...args]);
    assert.equal(code, 0, stderr);
    return stdout.trim();
  }

  /** Tries to join, and returns how that ended. */
  tryJoin(host: string, token: string, ...args: string[]) {
    return this.of(host).run(["join", token, ...local, ...args], envOf(host));
  }

  /** Resolves when every agent that runs sees all hosts alive. */
  async untilAllAlive(): Promise<void> {
    const [first] = this.#agents.values();
    await eventuallyDone(async () => {
      const hosts: HostView[] = await first.ask("host", "list");
      return hosts.filter(({ liveness }) => liveness === "alive").length === this.#agents.size;
    });
  }

  async #close(): Promise<void> {
    for (const agent of [...this.#agents.values()].reverse()) await agent.close();
    await Deno.remove(this.#directory, { recursive: true });
  }
}

function envOf(host: string) {
  return { env: { KHUTULUN_HOST: host } };
}

/** Waits until something that is asked is so; throws where it is not within minutes (a hang guard). */
export async function eventuallyDone(isDone: () => Promise<boolean>): Promise<void> {
  const untilMs = performance.now() + waitMsMax;
  while (!await isDone()) {
    if (performance.now() > untilMs) throw new Error(`Not so within ${waitMsMax} ms: ${isDone}`);
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
}
