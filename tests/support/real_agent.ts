/**
 * A real agent as a process of its own, with everything it makes below one directory, and the commands that a person gives.
 */
import { bootVariable } from "../../core/platform/_spawn_detached.ts";
import { buildPlugins } from "../../scripts/build_plugins.ts";
import { eventually } from "./eventually.ts";

const project = new URL("../../", import.meta.url).pathname;
const cli = ["run", "-A", "--no-prompt", `${project}main.ts`];

export interface CommandEnd {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

export class RealAgent {
  #agent: Deno.ChildProcess | undefined;

  private constructor(readonly root: string) {}

  /** Runs `work` with a directory that is removed afterwards, whatever happened, with all processes of it. */
  static async with(work: (agent: RealAgent) => Promise<void>): Promise<void> {
    await buildPlugins();
    const agent = new RealAgent(await Deno.makeTempDir({ prefix: "kh-" }));
    try {
      await work(agent);
    } finally {
      await agent.kill();
      for (const { pid } of agent.workloads()) tryKill(pid);
      await Deno.remove(agent.root, { recursive: true });
    }
  }

  /** Starts the agent and returns when its socket takes connections. */
  async start(): Promise<void> {
    this.#agent = this.spawn("seed", "--address", "127.0.0.1");
    await eventually(() => this.#answers(), 60_000);
  }

  /** Ends the agent as `kill -9` does. */
  async kill(): Promise<void> {
    const agent = this.#agent;
    this.#agent = undefined;
    if (agent === undefined) return;
    tryKill(agent.pid);
    await agent.status;
  }

  /** Starts a command. */
  spawn(...args: string[]): Deno.ChildProcess {
    return new Deno.Command(Deno.execPath(), {
      args: [...cli, ...args, "--root", this.root],
      stdin: "null",
      stdout: "null",
      stderr: "null",
    }).spawn();
  }

  /** Runs a command to its end. */
  async run(...args: string[]): Promise<CommandEnd> {
    const { code, stdout, stderr } = await new Deno.Command(Deno.execPath(), {
      args: [...cli, ...args, "--root", this.root],
      stdin: "null",
    }).output();
    const decoder = new TextDecoder();
    return { code, stdout: decoder.decode(stdout), stderr: decoder.decode(stderr) };
  }

  /**
   * The processes that services run, each once: the leaders of sessions that have the directory in their command or
   * environment and the mark of what is detached. Commands that the agent runs and waits for (`stat`) lack the mark.
   */
  workloads(): { readonly pid: number; readonly command: string }[] {
    const found: { pid: number; command: string }[] = [];
    for (const { name } of Deno.readDirSync("/proc")) {
      if (!/^\d+$/.test(name)) continue;
      const command = read(`/proc/${name}/cmdline`).replaceAll("\0", " ").trim();
      const stat = read(`/proc/${name}/stat`);
      const [state, , , session] = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
      const environment = read(`/proc/${name}/environ`);
      const isOurs = `${command} ${environment}`.includes(this.root);
      const isDetached = environment.includes(`${bootVariable}=`);
      if (!isOurs || !isDetached || session !== name || state === "Z") continue;
      found.push({ pid: Number(name), command });
    }
    return found.sort((a, b) => a.pid - b.pid);
  }

  /** Files that services have made, below the places of the agent. */
  files(): string[] {
    return ["var/data", "run", "log"].flatMap((place) => [...walk(`${this.root}/${place}`)])
      .filter((path) => !/\/run\/khutulun(\/|$)/.test(path));
  }

  #answers(): boolean {
    return read("/proc/net/unix").includes(`${this.root}/run/khutulun/agent.sock`) &&
      this.#agent !== undefined;
  }
}

function* walk(directory: string): Generator<string> {
  let entries: Deno.DirEntry[];
  try {
    entries = [...Deno.readDirSync(directory)];
  } catch {
    return;
  }
  for (const { name, isDirectory } of entries) {
    const path = `${directory}/${name}`;
    yield path;
    if (isDirectory) yield* walk(path);
  }
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
  } catch { /* it has ended by itself */ }
}
