import { BenchClient } from "./bench_client.ts";
import { undoable } from "./bench_undos.ts";
import { buildPlugins } from "./build_plugins.ts";

const root = new URL("..", import.meta.url).pathname;
const waitMsMax = 120_000;
const listsMax = 5;

/** How many bare processes a service runs, each of which leaves a file `$$` where the input `mark` says, and then sleeps. */
export function sleepersTemplate(count: number): string {
  return `tosca_definitions_version: tosca_2_0
imports: [ { profile: org.khutulun:1.0 } ]
service_template:
  inputs:
    mark: { type: string }
  node_templates:
    sleeper:
      type: Process
      properties:
        command: [ sh, -c, ${JSON.stringify(markAndSleep)} ]
        environment: { MARK: { $get_input: mark } }
  policies:
  - copies:
      type: Redundancy
      targets: [ sleeper ]
      properties: { min: ${count} }
`;
}

/** What a process of a benchmark does, with `MARK` in its environment. */
export const markAndSleep = ': > "$MARK/$$"; exec sleep 100000';

/** A service that costs a host next to nothing: one directory. */
export const smallTemplate = `tosca_definitions_version: tosca_2_0
imports: [ { profile: org.khutulun:1.0 } ]
service_template:
  node_templates:
    place: { type: Directory }
`;

export interface BenchAgentOptions {
  /** All that its services make are files in its directory: they go with it, and need not be removed one by one. */
  readonly madeFilesOnly?: boolean;
}

/** An agent with a directory of its own, spoken to as the CLI does. `close` ends it and all that it has started. */
export class BenchAgent extends BenchClient {
  readonly directory: string;
  /** Removes all services that are more than files, ends the agent and removes its directory; once, however often it is called. */
  readonly close: () => Promise<void> = undoable(() => this.#end());
  readonly #process: Deno.ChildProcess;
  readonly #madeFilesOnly: boolean;
  #isClosing = false;
  #marks = 0;

  private constructor(
    directory: string,
    process: Deno.ChildProcess,
    { madeFilesOnly = false }: BenchAgentOptions,
  ) {
    super(`${directory}/run/khutulun/agent.sock`);
    this.#madeFilesOnly = madeFilesOnly;
    this.directory = directory;
    this.#process = process;
  }

  /** Starts an agent and returns when it answers. */
  static async start(options: BenchAgentOptions = {}): Promise<BenchAgent> {
    await buildPlugins();
    const directory = await Deno.makeTempDir({ prefix: "khutulun-bench-" });
    const process = new Deno.Command(Deno.execPath(), {
      args: ["run", "-A", `${root}main.ts`, "seed", "--root", directory, "--address", "127.0.0.1"],
      stdin: "null",
      stdout: "null",
      stderr: "null",
      detached: true, // Ctrl+C is for us alone: without its agent we could not end what it runs
    }).spawn();
    const agent = new BenchAgent(directory, process, options);
    try {
      await until("the agent answers", () => agent.client.call("status", {}).then(() => true, no));
      return agent;
    } catch (error) {
      await agent.close();
      throw error;
    }
  }

  get pid(): number {
    return this.#process.pid;
  }

  override async deploy(service: string, template: string, inputs: Record<string, string> = {}) {
    if (this.#isClosing) throw new Error("The agent is being closed");
    return await super.deploy(service, template, inputs);
  }

  /** Makes a folder for the marks of processes. */
  async newMarks(): Promise<string> {
    const path = `${this.directory}/marks-${this.#marks++}`;
    await Deno.mkdir(path);
    return path;
  }

  async #end(): Promise<void> {
    this.#isClosing = true;
    try {
      if (!this.#madeFilesOnly) await this.#removeAll();
    } finally {
      this.client.close();
      try {
        this.#process.kill("SIGTERM");
      } catch {
        // it has ended by itself
      }
      await this.#process.status;
      await Deno.remove(this.directory, { recursive: true });
    }
  }

  /** A deploy that was under way may add one after the first list. */
  async #removeAll(): Promise<void> {
    for (let lists = 0; lists < listsMax; lists++) {
      const services = await this.client.call("services", { query: {} }).catch(() => []);
      if (services.length === 0) return;
      await inParallel(4, services, ({ ref }) => this.remove(ref.service));
    }
  }
}

/** Returns when so many processes have left their marks. */
export function untilMarked(marks: string, count: number): Promise<void> {
  return until(`${count} processes run`, () => [...Deno.readDirSync(marks)].length >= count, 1);
}

/** Returns when something is so; fails after two minutes. */
export async function until(
  what: string,
  isSo: () => boolean | Promise<boolean>,
  pauseMs = 50,
): Promise<void> {
  const deadline = performance.now() + waitMsMax;
  while (!await isSo()) {
    if (performance.now() > deadline) throw new Error(`Not within two minutes: ${what}`);
    await new Promise((resolve) => setTimeout(resolve, pauseMs));
  }
}

/** Does the work for each of the values, so many at a time. */
export async function inParallel<T>(
  lanes: number,
  values: readonly T[],
  work: (value: T) => Promise<void>,
): Promise<void> {
  const queue = values.values();
  const lane = async () => {
    for (const value of queue) await work(value);
  };
  await Promise.all(Array.from({ length: lanes }, lane));
}

function no(): boolean {
  return false;
}
