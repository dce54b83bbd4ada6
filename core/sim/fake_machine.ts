import type { ProcessIdentity } from "../ports/mod.ts";
import { FakeSystemd } from "./fake_systemd.ts";
import { MemoryDisk } from "./memory_disk.ts";
import type { Timers } from "./virtual_clock.ts";

/** How a program behaves, told once it starts. It runs on until told otherwise. */
export interface ProgramBehaviour {
  /** Ends by itself after so long, with `exitCode` (0 unless told). */
  readonly exitsAfterMs?: number;
  readonly exitCode?: number;
  /** How long it takes to end after TERM; never where `Infinity`. */
  readonly endsAfterTermMs?: number;
  /** Sockets that it listens on: `tcp/9001`. */
  readonly listens?: readonly string[];
  /** Written to its log at the start. */
  readonly output?: string;
}

/** A model of every program that a machine may run. */
export type Program = (
  argv: readonly string[],
  env: Readonly<Record<string, string>>,
) => ProgramBehaviour;

/** A process that runs, or ran. */
export interface FakeProcess extends ProcessIdentity {
  readonly argv: readonly string[];
  readonly env: Readonly<Record<string, string>>;
  readonly cwd?: string;
  readonly behaviour: ProgramBehaviour;
  /** The unit it runs for. */
  readonly unit?: string;
}

export interface FakeMachineOptions {
  readonly clock: Timers;
  readonly program?: Program;
  /** Which systemd manager there is. */
  readonly systemd?: "system" | "user" | "none";
  /** Where the manager looks for units, the first place being where links go. */
  readonly unitDirectories?: readonly string[];
}

const firstPid = 1_000;

/**
 * One host as the agent does not see it: its disk, its processes and its service manager, which outlive the agent.
 */
export class FakeMachine {
  readonly disk: MemoryDisk;
  readonly clock: Timers;
  readonly systemd?: FakeSystemd;
  /** Every process that was started, for checkers: nothing may be started twice. */
  readonly started: FakeProcess[] = [];
  readonly #running = new Map<number, FakeProcess>();
  readonly #onExit = new Set<(process: FakeProcess, code: number) => void>();
  readonly #onStart = new Set<(process: FakeProcess) => void>();
  readonly #program: Program;
  #pids = firstPid;

  constructor(options: FakeMachineOptions) {
    this.clock = options.clock;
    this.disk = new MemoryDisk(() => this.clock.nowMs());
    this.disk.makeDirectory("/proc", 0o555, true);
    this.#program = options.program ?? (() => ({}));
    const manager = options.systemd ?? "system";
    if (manager !== "none") {
      this.systemd = new FakeSystemd(this, {
        manager,
        unitDirectories: options.unitDirectories ?? ["/etc/systemd/system"],
      });
    }
  }

  /** The processes that run, oldest first. */
  running(): FakeProcess[] {
    return [...this.#running.values()];
  }

  isRunning({ pid, startTicks }: ProcessIdentity): boolean {
    return this.#running.get(pid)?.startTicks === startTicks;
  }

  /** The sockets that anything on the machine listens on. */
  listeners(): { readonly socket: string; readonly process: FakeProcess }[] {
    return this.running().flatMap((process) =>
      (process.behaviour.listens ?? []).map((socket) => ({ socket, process }))
    );
  }

  start(
    command: Pick<FakeProcess, "argv" | "env" | "cwd" | "unit"> & { readonly logPath?: string },
  ): FakeProcess {
    const { logPath, ...rest } = command;
    const process: FakeProcess = {
      ...rest,
      pid: this.#pids++,
      startTicks: Math.floor(this.clock.monotonicMs() / 10),
      behaviour: this.#program(command.argv, command.env),
    };
    for (const each of this.#onStart) each(process);
    this.#running.set(process.pid, process);
    this.started.push(process);
    this.#show(process);
    const { output, exitsAfterMs, exitCode = 0 } = process.behaviour;
    if (logPath && output) {
      this.disk.append(logPath, new TextEncoder().encode(output), 0o644, false);
    }
    if (exitsAfterMs !== undefined) {
      this.clock.schedule(exitsAfterMs, () => this.exit(process, exitCode));
    }
    return process;
  }

  /** Sends TERM; the process ends when its behaviour lets it. */
  terminate(process: FakeProcess): void {
    const afterMs = process.behaviour.endsAfterTermMs ?? 0;
    if (afterMs === Infinity) return;
    if (afterMs === 0) this.exit(process, 143);
    else this.clock.schedule(afterMs, () => this.exit(process, 143));
  }

  /** Ends a process with an exit code; 137 is what KILL gives. */
  exit(process: FakeProcess, code = 137): void {
    if (!this.isRunning(process)) return;
    this.#running.delete(process.pid);
    this.disk.remove(`/proc/${process.pid}/stat`);
    this.disk.removeDirectory(`/proc/${process.pid}`);
    this.clock.touch();
    for (const each of [...this.#onExit]) each(process, code);
  }

  /** Calls back for each process that is about to run, for checkers. Returns how to stop. */
  onStart(callback: (process: FakeProcess) => void): () => void {
    this.#onStart.add(callback);
    return () => this.#onStart.delete(callback);
  }

  /** Calls back for each process that ends. Returns how to stop. */
  onExit(callback: (process: FakeProcess, code: number) => void): () => void {
    this.#onExit.add(callback);
    return () => this.#onExit.delete(callback);
  }

  /** Cuts the power: processes are gone, and so is what was not synced. `/run` is empty after. */
  powerLoss(): void {
    this.#running.clear();
    this.systemd?.forget();
    this.disk.powerLoss();
    for (const path of ["/proc", "/run"]) {
      this.disk.removeAll(path);
      this.disk.makeDirectory(path, 0o755, true);
    }
  }

  /** Boots: enabled units are started. */
  boot(): void {
    this.systemd?.boot();
  }

  /** Shows a process as /proc does: plugins look there. */
  #show({ pid, startTicks, argv }: FakeProcess): void {
    this.disk.makeDirectory(`/proc/${pid}`, 0o555, true);
    const name = argv[0]?.split("/").at(-1) ?? "";
    const fields = ["S", ...Array(18).fill("0"), String(startTicks), "0"];
    const stat = `${pid} (${name}) ${fields.join(" ")}\n`;
    this.disk.writeNew(`/proc/${pid}/stat`, new TextEncoder().encode(stat), 0o444);
  }
}
