import { shellWords } from "./shell_words.ts";

const waitMsMax = 60_000;
const noOutput = { stdout: "" };

/** How `khutulun` is started, and from which folder: the one that has `examples/`. */
export interface Program {
  readonly argv: readonly string[];
  readonly folder: string;
}

const root = new URL("..", import.meta.url).pathname;

/** The program as it is in this checkout. */
export const checkoutProgram: Program = {
  argv: [Deno.execPath(), "run", "-A", "--no-prompt", `${root}main.ts`],
  folder: root,
};

/** An agent in a directory of its own, and commands that are shown as they run. Everything it makes is below `directory`. */
export class Session {
  readonly directory: string;
  #agent: Deno.ChildProcess | undefined;

  private constructor(directory: string, readonly program: Program, readonly host?: string) {
    this.directory = directory;
  }

  /** Makes the directory; `name` is part of its name. With `host`, the agent takes that for the name of its host. */
  static async open(name: string, program = checkoutProgram, host?: string): Promise<Session> {
    return new Session(await Deno.makeTempDir({ prefix: `khutulun-${name}-` }), program, host);
  }

  get agentLog(): string {
    return `${this.directory}/agent.log`;
  }

  /** Starts the agent in the background, as `&` would, and returns when it answers. */
  startAgent(args: readonly string[]): Promise<void> {
    return this.#start(["seed", ...args]);
  }

  /** Makes the host one of a cluster and starts the agent, as `startAgent` does. */
  joinAgent(token: string, args: readonly string[]): Promise<void> {
    return this.#start(["join", token, ...args]);
  }

  async #start(words: readonly string[]): Promise<void> {
    const shown = words.map((word) => word.length > 60 ? `${word.slice(0, 12)}…` : word);
    this.#say(["khutulun", ...shown], ` >${this.agentLog} 2>&1 &`);
    const command = [...this.program.argv, ...words];
    this.#agent = new Deno.Command("sh", {
      args: ["-c", `exec "$@" >"$0" 2>&1`, this.agentLog, ...command],
      env: this.#env(),
      stdin: "null",
      detached: true,
    }).spawn();
    let ended: number | undefined;
    this.#agent.status.then(({ code }) => ended = code);
    this.#agent.unref();
    await this.until("the agent answers", async () => {
      if (ended !== undefined) throw new Error(`The agent ended with ${ended}`);
      return (await this.#run(["namespace", "list"])).code === 0;
    });
    await Deno.stdout.write(await Deno.readFile(this.agentLog));
  }

  /** Prints and runs a `khutulun` command as a person would, with its output where it belongs; it must succeed. */
  async show(...args: string[]): Promise<void> {
    this.#say(["khutulun", ...args]);
    const [command, ...first] = this.program.argv;
    const { code } = await new Deno.Command(command, {
      args: [...first, ...args],
      env: this.#env(),
      cwd: this.program.folder,
      stdin: "null",
    }).spawn().status;
    if (code !== 0) throw new Error(`khutulun ${shellWords(args)} ended with ${code}`);
  }

  /** Prints and runs another command. */
  async showCommand(...argv: string[]): Promise<string> {
    this.#say(argv);
    const { stdout, stderr } = await new Deno.Command(argv[0], { args: argv.slice(1) }).output();
    await Deno.stdout.write(stdout);
    await Deno.stdout.write(stderr);
    return new TextDecoder().decode(stdout);
  }

  /** Runs a `khutulun` command unseen and returns what it says as JSON. */
  // deno-lint-ignore no-explicit-any -- looked at by the demo alone, which fails where it is otherwise
  async ask(...args: string[]): Promise<any> {
    const { code, stdout, stderr } = await this.#run([...args, "-o", "json"]);
    if (code !== 0) throw new Error(`khutulun ${shellWords(args)} ended with ${code}:\n${stderr}`);
    return JSON.parse(stdout);
  }

  /** Prints a request and the page that answers it. */
  async fetchPage(url: string): Promise<string> {
    this.#say(["curl", "-s", url]);
    const response = await fetch(url, { headers: { connection: "close" } });
    const page = await response.text();
    console.log(page.trimEnd());
    if (!response.ok) throw new Error(`"${url}" answered ${response.status}`);
    return page;
  }

  /** Runs a `khutulun` command unseen and returns what it prints; it must succeed. */
  async read(...args: string[]): Promise<string> {
    const { code, stdout, stderr } = await this.#run(args);
    if (code !== 0) throw new Error(`khutulun ${shellWords(args)} ended with ${code}:\n${stderr}`);
    return stdout;
  }

  /** Returns when something is so; fails after a minute. */
  async until(what: string, isSo: () => Promise<boolean>): Promise<void> {
    const deadline = Date.now() + waitMsMax;
    while (!await isSo()) {
      if (Date.now() > deadline) throw new Error(`Not within a minute: ${what}`);
      await new Promise((resolve) => setTimeout(resolve, 100));
    }
  }

  /** Ends the agent as systemd would. */
  async stopAgent(): Promise<void> {
    if (!this.#agent) return;
    const { status } = this.#agent;
    this.#agent.ref();
    try {
      this.#agent.kill("SIGTERM");
    } catch {
      // It has ended already.
    }
    await status;
    this.#agent = undefined;
  }

  /** Takes all away: services, the agent, the directory. It goes on where a part of it does not work. */
  async close(): Promise<void> {
    const { stdout } = this.#agent ? await this.#run(["service", "list", "-o", "name"]) : noOutput;
    for (const service of stdout.split("\n").filter(Boolean)) {
      await this.#run(["service", "delete", service, "--timeout", "30s"]);
    }
    await this.stopAgent();
    for (const { name } of listOrNothing(`${this.directory}/run`)) {
      if (name.endsWith(".pid")) endGroup(`${this.directory}/run/${name}`);
    }
    await Deno.remove(this.directory, { recursive: true }).catch((error) => {
      if (!(error instanceof Deno.errors.NotFound)) throw error;
    });
  }

  /** The agent's, while it runs. */
  pid(): number | undefined {
    return this.#agent?.pid;
  }

  async #run(args: readonly string[]): Promise<{ code: number; stdout: string; stderr: string }> {
    const [command, ...first] = this.program.argv;
    const { code, stdout, stderr } = await new Deno.Command(command, {
      args: [...first, ...args],
      env: this.#env(),
      cwd: this.program.folder,
      stdin: "null",
    }).output();
    const decode = (bytes: Uint8Array) => new TextDecoder().decode(bytes);
    return { code, stdout: decode(stdout), stderr: decode(stderr) };
  }

  #env(): Record<string, string> {
    return {
      KHUTULUN_ROOT: this.directory,
      DENO_NO_UPDATE_CHECK: "1",
      ...(this.host !== undefined && { KHUTULUN_HOST: this.host }),
    };
  }

  #say(argv: readonly string[], after = ""): void {
    console.log(`\n${bold(`$ ${shellWords(argv)}${after}`)}`);
  }
}

/** A process that a failed deletion has left: ended with its session. */
function endGroup(pidPath: string): void {
  try {
    const pid = Number(Deno.readTextFileSync(pidPath).split(" ")[0]);
    if (pid > 1) Deno.kill(-pid, "SIGKILL");
  } catch {
    // It is gone.
  }
}

function listOrNothing(path: string): Deno.DirEntry[] {
  try {
    return [...Deno.readDirSync(path)];
  } catch {
    return [];
  }
}

/** Returns a text in bold where a person reads it. */
export function bold(text: string): string {
  return Deno.stdout.isTerminal() && !Deno.env.get("NO_COLOR") ? `\x1b[1m${text}\x1b[0m` : text;
}
