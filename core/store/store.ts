import type { JsonObject, ServiceRef } from "../base/mod.ts";
import type {
  AuditEntry,
  ClaimHolder,
  ClaimOwner,
  ClusterSpec,
  GraphSpec,
  HostSpec,
  HostWantedSpec,
  ObservedSpec,
  PackageRef,
  SealSpec,
  SecretRef,
  SecretSpec,
  ServiceSpec,
  StateDocument,
  StateEvent,
  TokenSpec,
} from "./documents.ts";
import type { HandEdit } from "./hand_edits.ts";

/**
 * A document with generations: `<name>.<generation>`, made by link(2), which one writer wins.
 *
 * `write` says the generation it was decided on; a conflict is `STATE_CONFLICT` with nothing written, to be retried by
 * the caller that knows how to make its decision again.
 */
export interface Generations<Spec> {
  latest(): Promise<StateDocument<Spec> | undefined>;
  /** As `latest`, for who may not be wrong by a stale listing: higher generations are asked for by name. */
  newest(): Promise<StateDocument<Spec> | undefined>;
  /** One generation by name; nothing where it was pruned (then list again). */
  at(generation: number): Promise<StateDocument<Spec> | undefined>;
  /** The generations that are there, lowest first. */
  history(): Promise<number[]>;
  /**
   * Returns the new document once it would survive a power loss. It keeps the epoch of the one before, or raises it to
   * `epoch`; a lower one is refused with `STATE_EPOCH`.
   */
  write(
    spec: Spec,
    base: number,
    options?: WriteOptions,
  ): Promise<StateDocument<Spec>>;
}

export interface WriteOptions {
  readonly epoch?: number;
  /** What the document belongs to has to be there: it is a conflict where that was removed meanwhile. */
  readonly isPart?: boolean;
  /**
   * The document of generation `base` that the change was decided on. It is a conflict where that number is another's by now, of
   * something that was removed and begun anew.
   */
  readonly read?: StateDocument<unknown>;
}

/** A document with a single natural writer: replaced as a whole, never merged. */
export interface OwnDocument<Spec> {
  read(): Promise<Spec | undefined>;
  write(spec: Spec): Promise<void>;
  /** No error where there is none. */
  remove(): Promise<void>;
}

/** The state that all hosts share. Every operation may throw a `ProblemError` of a `STATE_…` code. */
export interface Store {
  cluster(): Promise<ClusterSpec>;

  namespaces(): Promise<string[]>;
  /**
   * Every service of a namespace, or of all, by name. One whose very first write was cut short has no document: whoever
   * looks into it skips it.
   */
  services(namespace?: string): Promise<ServiceRef[]>;
  /**
   * Returns a text that is another one once anything was written for the service: what was read after it was taken is still so
   * while it is the same. Nothing where that cannot be told: there is no such service, or it has changed just now. It knows
   * of writes, not of a file that a person edits in place.
   */
  stamp(ref: ServiceRef): Promise<string | undefined>;
  asked(ref: ServiceRef): Generations<ServiceSpec>;
  graph(ref: ServiceRef): Generations<GraphSpec>;
  observed(ref: ServiceRef, host: string): OwnDocument<ObservedSpec>;
  /** Hosts that have written an observation of the service. */
  observers(ref: ServiceRef): Promise<string[]>;
  /**
   * Removes all of a service; the last step of a deletion. Its events stay in the host's log. Where its graph is not the one any
   * more that this was decided on (nothing: there was none yet) nothing is removed, and it is a `STATE_CONFLICT`.
   */
  removeService(ref: ServiceRef, decidedOn: StateDocument<GraphSpec> | undefined): Promise<void>;

  /** Documents that were changed by another way than through here: those that are in force now, and their copies. */
  handEdits(): Promise<HandEdit[]>;

  readonly events: EventLog;
  readonly packages: Packages;

  hosts(): Promise<string[]>;
  host(host: string): OwnDocument<HostSpec>;
  /** Removes all that is kept of a host. No error where there is nothing. */
  removeHost(host: string): Promise<void>;
  /** What an administrator wants of a host. */
  wanted(host: string): Generations<HostWantedSpec>;
  /** Writes this host's heartbeat: its content changes each time. */
  beat(host: string, sequence: number): Promise<void>;
  heartbeat(host: string): Promise<string | undefined>;
  claims(host: string): Claims;
  /** Foreign listening sockets that the host has seen: `tcp/22` and who holds it. */
  listeners(
    host: string,
  ): OwnDocument<{ readonly listeners: readonly { key: string; holder: string }[] }>;

  /** Ids of join tokens. */
  tokens(): Promise<string[]>;
  token(id: string): Generations<TokenSpec>;
  /** Removes a join token with its history. No error where there is none. */
  removeToken(id: string): Promise<void>;
  /** Every secret of a namespace, or of all, by name. */
  secrets(namespace?: string): Promise<SecretRef[]>;
  secret(ref: SecretRef): Generations<SecretSpec>;
  /** Removes a secret with its history. */
  removeSecret(ref: SecretRef): Promise<void>;
  /** What secrets are sealed to for a host. */
  sealOf(host: string): OwnDocument<SealSpec>;
  readonly audit: AuditLog;
}

/** Who did what: appended by each host to its own log, never changed, rotated. */
export interface AuditLog {
  /** Lasting before it returns. */
  append(entry: AuditEntry): Promise<void>;
  /** The newest `limit` entries of all hosts, oldest first. */
  read(limit: number): Promise<AuditEntry[]>;
}

/** What became of taking a claim. */
export type ClaimResult =
  /** `isNew` where it was nobody's; `holder` is who has it now. */
  | { readonly taken: true; readonly isNew: boolean; readonly holder: ClaimHolder }
  | { readonly taken: false; readonly by: ClaimHolder };

/** Claims on one host: a file each, made by link(2). */
export interface Claims {
  /**
   * Takes a claim. Taking what the same instance has is a success, and nothing new; another's is returned.
   *
   * What the same instance has in the same epoch was taken by another attempt, which may give up and free it: it becomes
   * this attempt's. With `isPlaced` the newest graph has it, so that nobody will: it stays as it is, and nothing is written.
   */
  take(
    kind: string,
    key: string,
    holder: Omit<ClaimHolder, "attempt">,
    options?: { readonly isPlaced?: boolean },
  ): Promise<ClaimResult>;
  /**
   * Frees a claim; only if that very instance and epoch (or a lower one) holds it, and that attempt where one is named.
   *
   * Who frees because no graph has a claim names the attempt that it saw before it read the graph: an attempt that has
   * begun since then keeps it.
   */
  free(
    kind: string,
    key: string,
    holder: ClaimOwner & { readonly attempt?: string },
  ): Promise<boolean>;
  list(): Promise<{ kind: string; key: string; holder: ClaimHolder }[]>;
}

/** Events: appended by each host to its own log, rotated. */
export interface EventLog {
  append(event: Omit<StateEvent, "id" | "at" | "host">): Promise<StateEvent>;
  /** The newest `limit` events of all hosts, oldest first; `after` is a cursor as `nextCursor` makes it, or one id. */
  read(
    filter: { ref?: ServiceRef; item?: string; limit: number; after?: string },
  ): Promise<StateEvent[]>;
  /** Begins to follow what other hosts write; what is there at the first look is not told. */
  tail(): EventTail;
}

/** What other hosts have written since the last look. */
export interface EventTail {
  next(): Promise<StateEvent[]>;
}

/** Content-addressed directories of files. */
export interface Packages {
  /** Stores files (path → bytes and mode) and points the name at them. Storing the same again changes nothing. */
  put(
    where: Omit<PackageRef, "digest">,
    files: ReadonlyMap<string, { bytes: Uint8Array; executable: boolean }>,
    facts: JsonObject,
  ): Promise<PackageRef>;
  /** The newest registered digest of a name. */
  current(where: Omit<PackageRef, "digest">): Promise<PackageRef | undefined>;
  list(
    namespace: string,
    kind: PackageRef["kind"],
  ): Promise<(PackageRef & { facts: JsonObject; registered: string })[]>;
  /** The package's files; every digest is checked. */
  files(ref: PackageRef): Promise<ReadonlyMap<string, { bytes: Uint8Array; executable: boolean }>>;
  /** The absolute path of one file of the package. */
  path(ref: PackageRef, file: string): string;
  remove(ref: PackageRef): Promise<void>;
}

/** What is this host's own, outside the shared state. */
export interface OwnStore {
  readonly agent: OwnDocument<AgentSpec>;
  readonly ledger: Ledger;
  /** What the host was asked last to make of a service: enough to take it away when the state no longer tells. */
  placements(ref: ServiceRef): OwnDocument<PlacementsSpec>;
  /**
   * Returns the services that have such a document, and removes what a writer that died has left beside them. To be called
   * before anything is written there.
   */
  tidyPlacements(): Promise<ServiceRef[]>;
}

/** What a host makes of a service. */
export interface PlacementsSpec {
  /** The newest generation that it was so in when it was written. */
  readonly generation: number;
  /** Digests of the service's plugins, by name. */
  readonly pins: Readonly<Record<string, string>>;
  /** Opaque to the store: instances and relationships, each with its plugin. */
  readonly items: readonly JsonObject[];
}

/** `agent.yaml`. */
export interface AgentSpec {
  readonly host: string;
  readonly cluster: string;
  readonly state: string;
  readonly address: string;
  /** A person has chosen the address; it is not that of the default route. */
  readonly isAddressGiven?: boolean;
}

/** Resources of an item. */
export interface Owned {
  readonly item: string;
  readonly resources: readonly string[];
}

/** Every resource that the host has made, written before it is made. */
export interface Ledger {
  /** Adds resources of items, by one write; lasting before it returns. */
  add(ref: ServiceRef, additions: readonly Owned[]): Promise<void>;
  /** Replaces what items have, when a plugin has observed it, by one write. */
  set(ref: ServiceRef, changed: readonly Owned[]): Promise<void>;
  /** Items of a service with their resources. */
  of(ref: ServiceRef): Promise<ReadonlyMap<string, readonly string[]>>;
  services(): Promise<ServiceRef[]>;
}
