/** What an instance should be doing. `absent` instances are tombstones, kept until their host has removed them. */
export type Want = "running" | "stopped" | "absent";

/** One copy of a node on a host. */
export interface Instance {
  /** `<name>-<index>`: stable, unique in its service. */
  readonly id: string;
  /** The vertex it is a copy of. */
  readonly vertex: string;
  readonly index: number;
  readonly host: string;
  /** Raised each time the instance is placed on another host. */
  readonly epoch: number;
  readonly want: Want;
  /** Raised to restart it. */
  readonly revision: number;
  /** The plugin that realises it, by name, and the digest that this service is pinned to. */
  readonly plugin: string;
  readonly pluginDigest: string;
  readonly claims: readonly Claim[];
  /** Of one that is to go because it moves: it runs on until the copy that takes its place is ready. */
  readonly handsOver?: true;
  /** Its host does not live, and no other takes it: nothing comes of it before that one is back, or there is another. */
  readonly stranded?: true;
}

/** A thing on a host that only one instance may hold: a port, a path, a disk. */
export interface Claim {
  /** `tcp`, `udp`, `path`, … */
  readonly kind: string;
  /** `9001`, `/srv/data`, … */
  readonly key: string;
  /** Which of the claims that the plugin asked for this is: `port`. Its key is given back under this name. */
  readonly name: string;
}

/** What a plugin asks of the placer for one instance (verb `place`). */
export interface ClaimWanted {
  readonly name: string;
  readonly kind: string;
  /** Exactly this key, or one number out of `range` (both ends included) that nobody holds. */
  readonly want: { readonly key: string } | { readonly range: readonly [number, number] };
}
