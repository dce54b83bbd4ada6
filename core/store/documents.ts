import type { JsonObject } from "../base/mod.ts";
import type { Clout } from "../clout/mod.ts";

/** The format that this version writes. */
export const stateFormat = 1;

/** The envelope of every document. `Spec` is plain data. */
export interface StateDocument<Spec> {
  readonly format: number;
  readonly kind: string;
  /** 1 for the first; each write makes the next. */
  readonly generation: number;
  /** Raised by takeovers; a writer with a lower one is refused. */
  readonly epoch: number;
  readonly writer: { readonly host: string; readonly boot: string };
  readonly spec: Spec;
}

/** `cluster.yaml`: written once, by `seed`. */
export interface ClusterSpec {
  readonly id: string;
  readonly name: string;
  readonly mode: "system" | "user";
  readonly format: number;
  /** RFC 3339. */
  readonly created: string;
}

/** What was asked for a service. */
export interface ServiceSpec {
  readonly template: PackageRef & { readonly entry: string };
  /** Inputs as given, before defaults, in TOSCA's own YAML form. */
  readonly inputs: JsonObject;
  /** Digest of each plugin that the service is pinned to, by name. */
  readonly plugins: Readonly<Record<string, string>>;
  /** How many instances of a node there are to be, in place of what the template says, by node template. */
  readonly scale?: Readonly<Record<string, number>>;
  /** How instances change, in place of what the template's Update policies say. */
  readonly update?: Partial<UpdateSpec>;
  /** Set where this is what was asked before an update that failed. */
  readonly rolledBack?: {
    /** The generation of the graph that failed. */
    readonly from: number;
    readonly item: string;
    readonly why: string;
  };
  /** Set when deletion was asked; the service goes when every host has acknowledged. */
  readonly deleting?: true;
  /** When it was asked, RFC 3339, and by whom. */
  readonly asked: { readonly at: string; readonly by: string };
}

/** How the instances of a node change while the others go on. */
export interface UpdateSpec {
  /** How many at a time. */
  readonly parallel: number;
  /** How long to wait between one that is ready and the next. */
  readonly pauseMs: number;
  /** Whether what was asked before is taken up again where one of them fails. */
  readonly rollback: boolean;
}

/**
 * The desired graph: the compiled service and its instances with places and claims.
 *
 * `instances` is the plan's own type, kept opaque here: rooms below `plan/` do not look inside.
 */
export interface GraphSpec<Instances = readonly JsonObject[]> {
  /** The generation of the `service` document that this graph was made from. */
  readonly serviceGeneration: number;
  readonly clout: Clout;
  readonly instances: Instances;
  /** The `service` generation that was ready last: it is taken up again where the update to this one fails. */
  readonly previous?: number;
  /** The last generation of a service that is gone: only a store sees it, and then removes what is left. */
  readonly isRemoved?: true;
}

/** What one host observes of one service; written by that host alone. */
export interface ObservedSpec {
  /** The graph generation that the host has acted on to the end. */
  readonly acted: number;
  readonly items: readonly ObservedItem[];
  /** Instance ids (with epoch) whose removal the host has completed. */
  readonly removed: readonly { readonly id: string; readonly epoch: number }[];
}

export interface ObservedItem {
  readonly id: string;
  readonly phase: string;
  readonly why?: string;
  readonly since: string;
  readonly attributes: JsonObject;
  readonly epoch: number;
  readonly revision: number;
  /** Why it still is as an older generation wanted it: its turn in the update has not come. */
  readonly outdated?: string;
}

/** A content-addressed package of files. */
export interface PackageRef {
  readonly namespace: string;
  readonly kind: "profile" | "template" | "plugin";
  readonly name: string;
  /** `sha256:…` over the sorted paths, modes and contents. */
  readonly digest: string;
}

/** One line of an event log. */
export interface StateEvent {
  /** Unique and increasing for its host: `<boot>-<sequence>`. */
  readonly id: string;
  readonly at: string;
  readonly host: string;
  readonly namespace?: string;
  readonly service?: string;
  readonly item?: string;
  /** What happened, in a word: `planned`, `deployed`, `started`, `ready`, `failed`, `restarted`, `removed`, … */
  readonly type: string;
  readonly message: string;
  readonly data?: JsonObject;
}

/** What a claim file says. */
export interface ClaimHolder {
  readonly namespace: string;
  readonly service: string;
  readonly instance: string;
  readonly epoch: number;
  readonly at: string;
  /** Which of several attempts at the same took it last (unique): who gives up frees what is still its own. */
  readonly attempt: string;
}

/** The instance, in one of its epochs, that a claim is for. */
export type ClaimOwner = Pick<ClaimHolder, "namespace" | "service" | "instance" | "epoch">;

/** What a host says of itself. */
export interface HostSpec {
  readonly id: string;
  readonly name: string;
  readonly address: string;
  /** Where its gossip is reached: `10.0.0.1:7946`. */
  readonly gossip: string;
  /** Where its API is reached by other hosts; empty while nothing serves it. */
  readonly api: string;
  readonly mode: "system" | "user";
  readonly systemd: "system" | "user" | "none";
  readonly version: string;
  readonly formats: readonly number[];
  readonly boot: string;
  readonly facts: JsonObject;
}

/** What an administrator wants of a host; written by whoever administers it. */
export interface HostWantedSpec {
  readonly labels: Readonly<Record<string, string>>;
  /** Nothing new is placed on it. */
  readonly cordoned: boolean;
  /** What is placed on it is moved away. */
  readonly drained: boolean;
  /** It will not come back: what was on it is somewhere else by now. */
  readonly lost?: boolean;
}

/** What the state keeps of a join token: never what would let anybody join. */
export interface TokenSpec {
  readonly id: string;
  readonly secretHash: string;
  readonly createdMs: number;
  readonly expiresMs: number;
  readonly isSingleUse: boolean;
  /** Who made it. */
  readonly by: string;
  readonly isRevoked: boolean;
  readonly revokedMs?: number;
  /** Hosts that have joined by it. */
  readonly uses: readonly { readonly host: string; readonly atMs: number }[];
}

/** A secret as it lies where everybody reads: ciphertext, and who can open it. */
export interface SecretSpec {
  readonly sealed: JsonObject;
  /** Hosts that can open it, with the fingerprint of the certificate that it was sealed to. */
  readonly to: Readonly<Record<string, string>>;
  /** Hosts that may have it; all where absent. */
  readonly only?: readonly string[];
  /** When it was set, RFC 3339, and by whom. */
  readonly at: string;
  readonly by: string;
}

/** A secret's name in the state. */
export interface SecretRef {
  readonly namespace: string;
  readonly name: string;
}

/** The certified key that secrets are sealed to for a host; written by that host alone. */
export interface SealSpec {
  /** PEM. */
  readonly certificate: string;
}

/** Who did what, from where, and how it ended: one line of the audit log. */
export interface AuditEntry {
  /** RFC 3339. */
  readonly at: string;
  /** The host that was asked. */
  readonly host: string;
  /** `admin:root`, `host:alpha`, `nobody`. */
  readonly who: string;
  /** `socket`, or the address of the peer. */
  readonly from: string;
  /** The name of the operation, as the API has it. */
  readonly what: string;
  readonly subject?: string;
  readonly outcome: "done" | "refused" | "failed";
  /** The problem's code where it was not done. */
  readonly code?: string;
}
