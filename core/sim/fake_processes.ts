import {
  type AttachedProcess,
  type Command,
  type CommandResult,
  type DetachedCommand,
  FileError,
  type Processes,
  type ProcessIdentity,
  type UnitWatch,
} from "../ports/mod.ts";
import { guardLikeShell, guardName } from "./fake_fence.ts";
import type { FakeMachine } from "./fake_machine.ts";
import { Faults } from "./faults.ts";

/** A model of one command: what it does to the machine and what it prints. */
export type FakeCommand = (
  argv: readonly string[],
  machine: FakeMachine,
  command: Command,
) => Partial<CommandResult>;

/**
 * The processes of one machine as one life of the agent sees them.
 *
 * Commands are models: `systemctl` drives the machine's service manager, `install -d`, `mkdir`, `rmdir` and `rm`
 * change its disk, `loginctl` agrees, others are given by the test. A command that has no model is not found.
 */
export class FakeProcesses implements Processes {
  readonly #machine: FakeMachine;
  readonly #faults: Faults;
  readonly #commands: ReadonlyMap<string, FakeCommand>;
  /** Every command line that was run, for tests. */
  readonly commandLines: string[] = [];

  constructor(
    machine: FakeMachine,
    faults = new Faults(),
    commands: Readonly<Record<string, FakeCommand>> = {},
  ) {
    this.#machine = machine;
    this.#faults = faults;
    this.#commands = new Map(Object.entries({
      ...diskCommands,
      ...(machine.systemd && managerCommands),
      ...commands,
    }));
  }

  run(command: Command): Promise<CommandResult> {
    const line = command.argv.join(" ");
    this.commandLines.push(line);
    return this.#faults.attempt({
      operation: "run",
      subject: line,
      isEffect: !isObserving(command.argv),
      perform: () => this.#result(command),
    });
  }

  spawnDetached(command: DetachedCommand): Promise<ProcessIdentity> {
    return this.#faults.attempt({
      operation: "spawnDetached",
      subject: command.argv.join(" "),
      isEffect: true,
      perform: () => {
        const unit = command.record && baseNameOf(command.record.path);
        const process = this.#machine.start({ ...command, ...(unit && { unit }) });
        const { pid, startTicks } = process;
        if (command.argv.includes(guardName)) guardLikeShell(this.#machine, process);
        if (command.record) {
          const { path, note } = command.record;
          const record = new TextEncoder().encode(`${pid} ${startTicks} ${note}\n`);
          if (this.#machine.disk.find(path, false)) this.#machine.disk.remove(path);
          this.#machine.disk.writeNew(path, record, 0o644);
        }
        return { pid, startTicks };
      },
    });
  }

  attach(command: Parameters<Processes["attach"]>[0]): AttachedProcess {
    const result = this.#result({ ...command, timeoutMs: 0 });
    return {
      stdin: new WritableStream(),
      stdout: streamOf(result.stdout),
      stderr: streamOf(result.stderr),
      exit: Promise.resolve(result.exit ?? 127),
      kill: () => {},
    };
  }

  isRunning(identity: ProcessIdentity): Promise<boolean> {
    return this.#faults.attempt({
      operation: "isRunning",
      subject: String(identity.pid),
      isEffect: false,
      perform: () => this.#machine.isRunning(identity),
    });
  }

  end(identity: ProcessIdentity, graceMs: number): Promise<void> {
    return this.#faults.attempt({
      operation: "end",
      subject: String(identity.pid),
      isEffect: true,
      perform: async () => {
        const process = this.#machine.running().find((each) =>
          each.pid === identity.pid && each.startTicks === identity.startTicks
        );
        if (!process) return;
        this.#machine.terminate(process);
        if (!this.#machine.isRunning(process)) return;
        const slowMs = process.behaviour.endsAfterTermMs ?? 0;
        await this.#machine.clock.sleep(Math.min(slowMs, graceMs));
        this.#machine.exit(process);
      },
    });
  }

  which(name: string): Promise<string | undefined> {
    return Promise.resolve(this.#commands.has(name) ? `/usr/bin/${name}` : undefined);
  }

  #result(command: Command): CommandResult {
    const model = this.#commands.get(command.argv[0].split("/").at(-1)!);
    const nothing = { stdout: "", stderr: "", truncated: false };
    if (!model) return { ...nothing, failure: "not-found" };
    try {
      return { ...nothing, exit: 0, ...model(command.argv, this.#machine, command) };
    } catch (error) {
      if (!(error instanceof FileError)) throw error;
      return { ...nothing, exit: 1, stderr: `${command.argv[0]}: ${error.message}\n` };
    }
  }
}

/** The unit watch of one machine: its service manager's changes, or the ends of its processes. */
export class FakeUnitWatch implements UnitWatch {
  readonly #machine: FakeMachine;

  constructor(machine: FakeMachine) {
    this.#machine = machine;
  }

  watch(onChange: (unit: string | undefined) => void): Promise<() => Promise<void>> {
    const { systemd } = this.#machine;
    const stop = systemd
      ? systemd.watch(onChange)
      : this.#machine.onExit(() => onChange(undefined));
    return Promise.resolve(() => Promise.resolve(stop()));
  }
}

/** The pid file is named after what runs. */
function baseNameOf(path: string): string {
  return path.slice(path.lastIndexOf("/") + 1).replace(/\.pid$/, "");
}

/** Words that make a command one that only looks. */
const observingVerbs = new Set(["show", "is-active", "list-units", "cat", "status"]);

function isObserving(argv: readonly string[]): boolean {
  return argv.some((word) => observingVerbs.has(word)) || argv[0] === "ss" ||
    argv[0] === "stat";
}

const managerCommands: Readonly<Record<string, FakeCommand>> = {
  systemctl: (argv, machine) => machine.systemd!.run(argv),
  loginctl: () => ({}),
  journalctl: () => ({}),
};

const diskCommands: Readonly<Record<string, FakeCommand>> = {
  true: () => ({}),
  false: () => ({ exit: 1 }),
  mkdir: (argv, machine) => makeDirectories(argv, machine),
  install: (argv, machine) => {
    if (!argv.includes("-d")) return { exit: 1, stderr: "install: only -d is modelled\n" };
    return makeDirectories(argv, machine);
  },
  rmdir: (argv, machine) => {
    for (const path of pathsOf(argv)) machine.disk.removeDirectory(path);
    return {};
  },
  rm: (argv, machine) => {
    for (const path of pathsOf(argv)) machine.disk.removeAll(path);
    return {};
  },
  ss: (argv, machine) => ({
    stdout: machine.listeners().map(({ socket, process }) => {
      const [protocol, port] = socket.split("/");
      // The column "Netid" is there only where several kinds of sockets are asked for.
      const kind = /^-\w*u/.test(argv[1] ?? "") ? `${protocol} ` : "";
      return `${kind}LISTEN 0 128 0.0.0.0:${port} 0.0.0.0:* users:(("${
        process.argv[0]
      }",pid=${process.pid},fd=3))\n`;
    }).join(""),
  }),
};

function makeDirectories(argv: readonly string[], machine: FakeMachine): Partial<CommandResult> {
  const modeAt = argv.indexOf("-m");
  const modeText = modeAt > 0 ? argv[modeAt + 1] : argv.find((word) => /^--mode=/.test(word))
    ?.slice("--mode=".length);
  const mode = modeText === undefined ? 0o755 : parseInt(modeText, 8);
  for (const path of pathsOf(argv)) {
    machine.disk.makeDirectory(path, mode, true);
    machine.disk.change(path, { mode });
  }
  return {};
}

function pathsOf(argv: readonly string[]): string[] {
  return argv.slice(1).filter((word) => word.startsWith("/"));
}

function streamOf(text: string): ReadableStream<Uint8Array> {
  return new ReadableStream({
    start(controller) {
      if (text !== "") controller.enqueue(new TextEncoder().encode(text));
      controller.close();
    },
  });
}
