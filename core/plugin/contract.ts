import type { Json, JsonObject } from "../base/mod.ts";
import type { ClaimWanted, Effect, ResourceId, Step, Want } from "../plan/mod.ts";

/** The contract's version. A manifest names the one it was written for; another is refused at load. */
export const contractVersion = 1;

/**
 * What a plugin can be asked.
 *
 * `describe` says what it is; `place` answers hints and claims before a host is chosen; `reconcile` makes the host as
 * wanted; `observe` tells how things are; `remove` takes away; `interact` and `logs` answer a command for `exec` and `logs`.
 */
export type Verb = "describe" | "place" | "reconcile" | "observe" | "remove" | "interact" | "logs";

/** One call: a verb for a batch of items of one service on one host. */
export interface Request {
  readonly contract: typeof contractVersion;
  readonly verb: Verb;
  readonly host: HostFacts;
  readonly items: readonly Item[];
  /** Which call this is, from 0: raised when the plugin answered `again`. */
  readonly round: number;
  /**
   * `interact`: what to run. `logs`: how many `lines`, whether to `follow`, and whether only the program's `own` lines are
   * wanted, without what its manager says of it. A plugin-to-plugin call: what the caller wants.
   */
  readonly options?: JsonObject;
}

/** The host that the call is about, as a plugin may see it. */
export interface HostFacts {
  readonly id: string;
  readonly mode: "system" | "user";
  /** Which systemd manager runs the host's units; `none` means that the agent supervises by itself. */
  readonly systemd: "system" | "user" | "none";
  /** The address under which other hosts reach it. */
  readonly address: string;
  readonly paths: HostPaths;
  /** Anything else known of the host (`kernel`, `architecture`, `cpus`, …). */
  readonly facts: JsonObject;
}

/** Directories on the host, all absolute, all relocated by `--root`. */
export interface HostPaths {
  /** Unit files. */
  readonly units: string;
  /** Whether the service manager does not look in `units` by itself, so that units have to be linked into it. */
  readonly unitsLinked: boolean;
  /** Files that live as long as their instance: unpacked artifacts, rendered files. */
  readonly data: string;
  /** Pid files, sockets: gone after a boot. */
  readonly runtime: string;
  /** Logs of processes that the agent supervises by itself. */
  readonly logs: string;
}

/** One instance, or one side of one edge. */
export interface Item {
  /** `web-0`, or `client-0.server.0` (source instance, requirement, index). */
  readonly id: string;
  readonly kind: "instance" | "edge";
  readonly side?: "source" | "target";
  /**
   * The name for whatever is made of the item: `khutulun.shop.web-0`. Safe in a file name and as a unit name's stem.
   */
  readonly name: string;
  readonly namespace: string;
  readonly service: string;
  readonly epoch: number;
  /** Nearest first, as in `clout/`. */
  readonly types: readonly string[];
  readonly want: Want;
  readonly revision: number;
  /** Every call in them is evaluated; integers beyond 2^53 come as decimal strings. */
  readonly properties: JsonObject;
  readonly attributes: JsonObject;
  /** Keys of the claims it holds, by the name asked for: `{"port": "23456"}`. */
  readonly claims: Readonly<Record<string, string>>;
  readonly capabilities: Readonly<
    Record<string, { properties: JsonObject; attributes: JsonObject }>
  >;
  readonly artifacts: Readonly<Record<string, ItemArtifact>>;
  readonly relations: readonly Relation[];
  /** What the ledger says the item already has on this host. */
  readonly owned: readonly ResourceId[];
}

/** An artifact whose bytes are in the state directory. */
export interface ItemArtifact {
  readonly types: readonly string[];
  readonly path: string;
  readonly digest: string;
  /** The file's own name. */
  readonly fileName: string;
  /**
   * Where the item's plugin puts it on the host: `<paths.data>/<item.name>/<fileName>`. It is what `$get_artifact`
   * gives in the item's properties, so a command line that names an artifact names this path.
   */
  readonly hostPath: string;
  readonly properties: JsonObject;
}

/**
 * An edge as its item sees it: outgoing for `source`, incoming for `target`.
 *
 * An item of kind `edge` has exactly one, itself: `other` is the instance at the far end of it.
 */
export interface Relation {
  readonly side: "source" | "target";
  readonly requirement: string;
  readonly index: number;
  readonly types: readonly string[];
  /** The instance at the other end, and what is known of it. */
  readonly other: {
    readonly id: string;
    readonly host: string;
    readonly address: string;
    readonly types: readonly string[];
    readonly properties: JsonObject;
    readonly attributes: JsonObject;
    /** The other end's own outgoing relations, one level deep: enough to find the port that a server reserved. */
    readonly relations?: readonly Relation[];
  };
  readonly properties: JsonObject;
  readonly attributes: JsonObject;
}

/** An instance as others see it: what is planned for the items' own service, what the state says of another. */
export interface SeenInstance {
  readonly service: string;
  readonly node: string;
  readonly id: string;
  readonly host: string;
  readonly address: string;
  readonly want: Want;
  /** Nearest first. */
  readonly types: readonly string[];
  /** As far as they are known. */
  readonly properties: JsonObject;
  readonly attributes: JsonObject;
}

/** How an item is. `ready` is what others wait for. */
export type Phase = "pending" | "starting" | "ready" | "degraded" | "failed" | "stopped" | "absent";

/** What a plugin answers, apart from the steps that it appended. */
export interface Response {
  readonly items: readonly ItemResponse[];
}

export interface ItemResponse {
  readonly id: string;
  readonly phase?: Phase;
  /** A sentence for people where the phase is not `ready`. */
  readonly why?: string;
  /**
   * Observed attributes; they replace those of the same name. `place` is asked again once the claims are tentative, and
   * then gives the attributes that follow from the placement alone (a port, an address, a path), so that whatever is
   * injected elsewhere is known before anything runs.
   */
  readonly attributes?: JsonObject;
  /** What the item has on this host now. */
  readonly owned?: readonly ResourceId[];
  /** `place`: claims that the instance needs wherever it lands. */
  readonly claims?: readonly ClaimWanted[];
  /** `place`: a requirement on the host that a placer checks (commands that must exist). */
  readonly needsCommands?: readonly string[];
  /** `interact`, `logs`: the command to attach to. */
  readonly command?: {
    argv: readonly string[];
    env?: Readonly<Record<string, string>>;
    cwd?: string;
  };
  /** Call again: at once after the steps ran, or after a pause. Shown in a plan as "after that". */
  readonly again?: true | { readonly afterMs: number };
  /** `describe` and plugin-to-plugin answers. */
  readonly data?: Json;
}

/** The part of a step that a plugin writes with a changing host function; the runtime adds the rest. */
export interface StepHeader {
  readonly key: string;
  readonly item: string;
  readonly why: string;
  readonly needs?: readonly string[];
  readonly owns?: readonly ResourceId[];
  readonly gate?: Step["gate"];
  readonly timeoutMs?: number;
}

/**
 * Inputs of the host functions, by name, in module `extism:host/user`. All take and return JSON.
 *
 * Observing ones run at once. Changing ones need a `step` header, append a step and return `{}`; after the first of
 * them, observing is refused for the rest of the call. `exec` is one or the other as the manifest classifies its argv.
 */
export interface HostFunctionInputs {
  exec: {
    argv: readonly string[];
    env?: Readonly<Record<string, string>>;
    cwd?: string;
    stdin?: string;
    /** Of an observing command; a changing one has it in its step. */
    timeoutMs?: number;
    /** Of a changing command. */
    okExit?: readonly number[];
    /** Of a changing command; see `ExecEffect`. */
    joinable?: boolean;
    step?: StepHeader;
  };
  /** With `digestOnly` the file may be larger, and its digest comes instead of its text. */
  read_file: { path: string; digestOnly?: boolean };
  list_dir: { path: string };
  write_file: { step: StepHeader } & Extract<Effect, { write: unknown }>["write"];
  remove_file: { step: StepHeader } & Extract<Effect, { remove: unknown }>["remove"];
  spawn: { step: StepHeader } & Extract<Effect, { spawn: unknown }>["spawn"];
  end: { step: StepHeader } & Extract<Effect, { end: unknown }>["end"];
  call_plugin: {
    plugin: string;
    /**
     * Each item names one of the caller's own by `id`, and says what is different about it; identity, epoch and
     * ledger stay the caller's item's.
     */
    request: {
      verb: Verb;
      items: readonly (Pick<Item, "id"> & Partial<Item>)[];
      options?: JsonObject;
    };
  };
  /**
   * Asks for instances: of the items' own service, or of the service named, in the same namespace (`*`: of all of them).
   * `type` is a type's full name; subtypes are found too. How far a plugin sees is in its manifest.
   */
  lookup: { service?: string; node?: string; type?: string };
  http: {
    method: string;
    url: string;
    headers?: Readonly<Record<string, string>>;
    body?: string;
    timeoutMs?: number;
  };
  log: { level: "debug" | "info" | "warning" | "error"; message: string };
  panic: { message: string };
}

/** What the observing host functions return. */
export interface HostFunctionOutputs {
  exec: { exit?: number; failure?: string; stdout: string; stderr: string };
  read_file: {
    exists: boolean;
    kind?: "file" | "directory" | "symlink" | "other";
    /** Of a file. */
    text?: string;
    /** Of a file, where `digestOnly` was asked: `sha256:…` */
    digest?: string;
    mode?: string;
    modifiedMs?: number;
    sizeBytes?: number;
  };
  list_dir: { exists: boolean; entries: readonly string[] };
  call_plugin: Response;
  /** By service and id. What it says is as of the call: a plugin that depends on it answers `again`. */
  lookup: { instances: readonly SeenInstance[] };
  http: { status?: number; body?: string; failure?: string };
}
