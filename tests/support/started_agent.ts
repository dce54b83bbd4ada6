/** An agent as a user starts it, in a directory of its own, and commands as a user runs them. */
import assert from "node:assert/strict";
import { buildPlugins } from "../../scripts/build_plugins.ts";

const root = new URL("../..", import.meta.url).pathname;
const waitMsMax = 60_000;

/** What an agent writes of itself now and then, whatever is asked of it. */
const ownOfHost = new Set(["heartbeat", "listeners.yaml", "events", "audit"]);

export interface CommandEnd {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

export interface RunOptions {
  /** A command that runs the command: `["setpriv", …]`. */
  readonly through?: readonly string[];
  readonly env?: Readonly<Record<string, string>>;
  /** Called with the running process. */
  readonly during?: (child: Deno.ChildProcess) => Promise<void>;
}

/** The program as a checkout has it. */
const checkout = [Deno.execPath(), "run", "--quiet", "-A", "--no-prompt", `${root}main.ts`];

export class StartedAgent {
  readonly directory: string;
  readonly #program: readonly string[];
  #child: Deno.ChildProcess | undefined;

  private constructor(directory: string, program: readonly string[]) {
    this.directory = directory;
    this.#program = program;
  }

  /** Makes the directory and builds the plugins; nothing runs yet. */
  static async prepare(program: readonly string[] = checkout): Promise<StartedAgent> {
    await buildPlugins();
    return new StartedAgent(await Deno.makeTempDir({ prefix: "khutulun-test-" }), program);
  }

  /** Starts the agent; resolves when it answers. */
  start(...args: string[]): Promise<void> {
    return this.startWith({}, ...args);
  }

  /** Starts the agent through another command, or in another environment. */
  startWith(options: Omit<RunOptions, "during">, ...args: string[]): Promise<void> {
    return this.launch(["seed", ...args], options);
  }

  /** Starts the agent by a command line of its own: `join TOKEN`. */
  async launch(words: readonly string[], options: Omit<RunOptions, "during"> = {}): Promise<void> {
    const log = await Deno.open(`${this.directory}/agent.log`, { append: true, create: true });
    const command = { stdout: "null", stderr: "piped", ...options } as const;
    const child = this.#command(words, command).spawn();
    this.#child = child;
    const logged = copy(child.stderr, log);
    let ended: number | undefined;
    child.status.then(async ({ code }) => {
      await logged;
      ended = code;
    });
    for (const deadline = Date.now() + waitMsMax; Date.now() < deadline;) {
      if (ended !== undefined) assert.fail(`The agent ended with ${ended}: ${await this.log()}`);
      if ((await this.run(["namespace", "list"])).code === 0) return;
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
    assert.fail(`The agent answers within a minute: ${await this.log()}`);
  }

  /** Ends the agent; what it has started runs on. */
  async stop(signal: Deno.Signal = "SIGTERM"): Promise<void> {
    const child = this.#child;
    this.#child = undefined;
    if (!child) return;
    try {
      child.kill(signal);
    } catch { /* it has ended by itself */ }
    await child.status;
  }

  /** Runs a command to its end. */
  async run(args: readonly string[], options: RunOptions = {}): Promise<CommandEnd> {
    const child = this.#command(args, { stdout: "piped", stderr: "piped", ...options }).spawn();
    const [output] = await Promise.all([child.output(), options.during?.(child)]);
    const decode = (bytes: Uint8Array) => new TextDecoder().decode(bytes);
    return { code: output.code, stdout: decode(output.stdout), stderr: decode(output.stderr) };
  }

  /** Returns what a command says as JSON. */
  // deno-lint-ignore no-explicit-any -- each test knows what it asked for
  async ask(...args: string[]): Promise<any> {
    const { code, stdout, stderr } = await this.run([...args, "-o", "json"]);
    assert.equal(code, 0, stderr);
    return JSON.parse(stdout);
  }

  /** Writes a file below the directory and returns its path. */
  async write(name: string, text: string): Promise<string> {
    const path = `${this.directory}/${name}`;
    await Deno.mkdir(path.slice(0, path.lastIndexOf("/")), { recursive: true });
    await Deno.writeTextFile(path, text);
    return path;
  }

  /** The agent's own process, while it runs. */
  get pid(): number {
    return this.#child!.pid;
  }

  log(): Promise<string> {
    return Deno.readTextFile(`${this.directory}/agent.log`).catch(() => "");
  }

  /** Returns the files of the state that a change of a service would touch. */
  async state(): Promise<string[]> {
    const paths: string[] = [];
    const walk = async (folder: string): Promise<void> => {
      for await (const { name, isDirectory } of Deno.readDir(folder)) {
        const path = `${folder}/${name}`;
        if (name.startsWith(".") || ownOfHost.has(name)) continue;
        if (isDirectory) await walk(path);
        else paths.push(path.slice(this.directory.length));
      }
    };
    await walk(`${this.directory}/state`);
    return paths.sort();
  }

  /** Deletes every service, ends the agent and removes the directory. */
  async close(): Promise<void> {
    if (this.#child) {
      const { stdout } = await this.run(["service", "list", "-o", "name"]);
      for (const service of stdout.split("\n").filter(Boolean)) {
        await this.run(["service", "delete", service, "--timeout", "30s"]);
      }
    }
    await this.stop();
    await Deno.remove(this.directory, { recursive: true });
  }

  /** Returns a command as it is typed. */
  argvOf(args: readonly string[]): string[] {
    return [...this.#program, ...args];
  }

  /** What a command finds the agent by. */
  get environment(): Record<string, string> {
    return { KHUTULUN_ROOT: this.directory, DENO_NO_UPDATE_CHECK: "1" };
  }

  #command(
    args: readonly string[],
    options: Pick<Deno.CommandOptions, "stdout" | "stderr"> & RunOptions,
  ): Deno.Command {
    const { through = [], env, stdout, stderr } = options;
    const argv = [...through, ...this.argvOf(args)];
    return new Deno.Command(argv[0], {
      args: argv.slice(1),
      env: { ...this.environment, ...env },
      stdin: "null",
      stdout,
      stderr,
    });
  }
}

/** Writes what comes as it comes: `pipeTo` a file keeps it back until the end. */
async function copy(from: ReadableStream<Uint8Array>, to: Deno.FsFile): Promise<void> {
  for await (const bytes of from) to.writeSync(bytes);
  to.close();
}
