/** A command as an argument vector: never a shell string. */
export interface Command {
  /** `argv[0]` is a name to be found in `PATH`, or an absolute path. */
  readonly argv: readonly string[];
  /** The whole environment, but for what `Processes` adds for every command (`PATH`, `LANG`). */
  readonly env?: Readonly<Record<string, string>>;
  /** `/` where absent. */
  readonly cwd?: string;
  readonly stdin?: string;
  /** Ends the command (TERM, then KILL) when passed. */
  readonly timeoutMs: number;
  /** How much of each stream is kept, its end first to go; 1 MiB unless told. */
  readonly outputBytesMax?: number;
}

/** How a command ended. */
export interface CommandResult {
  /** The exit code; 128 + N for signal N; absent where it could not be started or passed its deadline. */
  readonly exit?: number;
  readonly stdout: string;
  readonly stderr: string;
  readonly truncated: boolean;
  /** Why there is no exit code. */
  readonly failure?: "not-found" | "not-executable" | "timeout" | "aborted";
}

/** A detached process to start: the agent's own supervision (see `plugin/`, effect `spawn`). */
export interface DetachedCommand {
  readonly argv: readonly string[];
  readonly env: Readonly<Record<string, string>>;
  readonly cwd?: string;
  /** Standard output and error are appended here. */
  readonly logPath: string;
  /**
   * Where the process itself writes `PID STARTTICKS NOTE\n` (atomically) before it becomes `argv`, so that a crash of
   * ours between its start and our next step leaves no process that nobody knows. Where it ends while we live, a second
   * line says how: `exit 3` or `signal SIGKILL`.
   */
  readonly record?: { readonly path: string; readonly note: string };
}

/** Names one process for good: pids are used again, a pid with its start time is not. */
export interface ProcessIdentity {
  readonly pid: number;
  /** Field 22 of /proc/PID/stat: clock ticks since boot. */
  readonly startTicks: number;
}

/** How much a terminal shows, in characters. */
export interface TerminalSize {
  readonly rows: number;
  readonly columns: number;
}

/** A terminal to be made for a process. */
export interface TerminalWish extends TerminalSize {
  /** What it is called in `TERM`. */
  readonly type: string;
}

/** A process whose streams are ours. */
export interface AttachCommand extends Omit<Command, "stdin" | "timeoutMs" | "outputBytesMax"> {
  /** Runs it at a terminal of its own: then its standard error comes with its output. */
  readonly terminal?: TerminalWish;
}

/** How an attached process is spoken to (`exec`, `logs -f`): bytes both ways. */
export interface AttachedProcess {
  readonly stdin: WritableStream<Uint8Array>;
  readonly stdout: ReadableStream<Uint8Array>;
  readonly stderr: ReadableStream<Uint8Array>;
  readonly exit: Promise<number>;
  /** `SIGHUP` also takes its terminal away. */
  kill(signal: "SIGTERM" | "SIGKILL" | "SIGINT" | "SIGHUP"): void;
  /** There where it has a terminal. */
  resize?(size: TerminalSize): void;
}

/** The processes of this host. */
export interface Processes {
  run(command: Command, signal?: AbortSignal): Promise<CommandResult>;
  /** Starts a process that outlives us, in a session of its own. */
  spawnDetached(command: DetachedCommand): Promise<ProcessIdentity>;
  /** Starts a process whose streams are ours; it ends with us. */
  attach(command: AttachCommand): AttachedProcess;
  /** Whether that very process still runs (a zombie does not). */
  isRunning(identity: ProcessIdentity): Promise<boolean>;
  /**
   * Ends a process and its session: TERM, and KILL after `graceMs`. Resolves when it is gone; at once where it
   * was not there.
   */
  end(identity: ProcessIdentity, graceMs: number): Promise<void>;
  /** Returns where a command is, or nothing. */
  which(name: string): Promise<string | undefined>;
}
