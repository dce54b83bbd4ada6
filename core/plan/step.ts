/** Something on a host that belongs to an instance: `unit:khutulun.shop.web-0.service`, `file:/…`, `claim:tcp/9001`. */
export type ResourceId = `${
  | "unit"
  | "file"
  | "directory"
  | "process"
  | "claim"
  | "container"
  | "pod"
  | "network"
  | "machine"
  | "domain"
  | "mount"
  | "rule"
  | "other"}:${string}`;

/**
 * One effect on a host: what is printed by `plan` and executed by `deploy`, the very same value.
 *
 * Executing a step twice has the effect of executing it once.
 */
export interface Step {
  /** Unique among the steps of a host plan; equal keys are one step, and their needs and owns are joined. */
  readonly key: string;
  /** The item it is for: an instance (`web-0`) or an edge (`client-0.server.0`). */
  readonly item: string;
  /** Half a sentence for people: `write the unit of web-0`. */
  readonly why: string;
  /** Keys of steps that come first. */
  readonly needs: readonly string[];
  /** What the step brings into being; written to the owned ledger before the step runs. */
  readonly owns: readonly ResourceId[];
  /**
   * `start`: held until every item that this one depends on is ready. `stop`: held until every item that depends on
   * this one is stopped. Absent: runs as soon as its needs have.
   */
  readonly gate?: "start" | "stop";
  readonly timeoutMs: number;
  readonly do: Effect;
}

/** The kinds of effect. There are no others. */
export type Effect =
  | { readonly exec: ExecEffect }
  | { readonly write: WriteEffect }
  | { readonly remove: RemoveEffect }
  | { readonly spawn: SpawnEffect }
  | { readonly end: EndEffect };

/** Runs a command. An exit code outside `okExit` (default `[0]`) is a failure. */
export interface ExecEffect {
  readonly argv: readonly string[];
  readonly env?: Readonly<Record<string, string>>;
  readonly cwd?: string;
  readonly stdin?: string;
  readonly okExit?: readonly number[];
  /**
   * Commands that differ in their last word alone may be given together, as one with the last words of all: what
   * `systemctl start a b c` does is what three commands do. Where that fails each is given by itself.
   */
  readonly joinable?: boolean;
}

/** Replaces a file atomically, with content given or copied from an artifact of the service's package. */
export interface WriteEffect {
  readonly path: string;
  /** As chmod(1) takes it: `0644`. */
  readonly mode: string;
  /** `user[:group]`; the agent's own where absent. */
  readonly owner?: string;
  readonly text?: string;
  readonly artifact?: ArtifactSource;
}

/** A file of a package in the state directory; refused where its digest is another. */
export interface ArtifactSource {
  /** Absolute path in the state directory. */
  readonly path: string;
  /** `sha256:…` */
  readonly digest: string;
}

/** Removes a file, or a directory with all in it where `recursive`; no error where it is gone already. */
export interface RemoveEffect {
  readonly path: string;
  readonly recursive?: boolean;
}

/** Starts a detached process (hosts without systemd), recording its pid and start time in `pidPath`. */
export interface SpawnEffect {
  readonly argv: readonly string[];
  readonly env: Readonly<Record<string, string>>;
  readonly cwd?: string;
  readonly logPath: string;
  /** Holds `PID STARTTICKS REVISION\n`; written after the start and before anything else. */
  readonly pidPath: string;
  /** Names what was started (a digest of its definition), to see later whether the running one is stale. */
  readonly revision: string;
}

/** Ends the process that `pidPath` names, then removes that file. */
export interface EndEffect {
  readonly pidPath: string;
  readonly graceMs: number;
}
