import type { ServiceRef } from "../../base/mod.ts";
import type { Endpoint } from "../../ports/mod.ts";
import type { Liveness } from "../../gossip/mod.ts";

/** A host as this one knows it. */
export interface MemberFacts {
  /** The host's id. */
  readonly id: string;
  /** What placement goes by (see `Membership.liveness`). */
  readonly liveness: Liveness;
  /** What gossip alone believes; nothing of a host that it never heard of. */
  readonly gossip?: Liveness;
  /** Where its API is, where it has said so. */
  readonly api?: Endpoint;
  readonly version?: string;
}

/** A word from another host: a service is at this generation, or the host has written what it observes of it. */
export interface Hint {
  readonly ref: ServiceRef;
  readonly generation: number;
  /** The host that has written an observation; absent where the graph is new. */
  readonly observer?: string;
}

/**
 * Which hosts are there, by gossip and by heartbeats.
 *
 * A host is dead only when gossip says so *and* the content of its heartbeat does not change any more: a network that is
 * cut while the store is there moves nothing.
 */
export interface Membership {
  /** What placement may go by. A host that nobody has heard of is dead once its heartbeat stands still. */
  liveness(host: string): Liveness;
  list(): readonly MemberFacts[];
  /** Where a host's API is, as it has said last: another place means that its address may be another too. */
  api(host: string): Endpoint | undefined;
  /** Returns the hosts that are dead or have left, by id. Where there are none it costs nothing, however many hosts there are. */
  away(): readonly string[];
  /** Milliseconds (monotonic) for which the host's heartbeat has stood still; 0 where it is not watched. */
  stillMs(host: string): number;
  /** Reads the heartbeat of a host that is watched once more, so that what is said of it is true now. */
  look(host: string): Promise<void>;
  /** Calls back when the liveness of any host may have changed. Returns how to stop. */
  onChange(callback: () => void): () => void;
  /** Tells all hosts, as far as gossip reaches: they look at the state at once instead of some time. */
  hint(hint: Hint): void;
  /** Calls back with the hints of others. Returns how to stop. */
  onHint(callback: (hint: Hint) => void): () => void;
  /** Takes another ring of gossip keys, the one to use first. It cannot turn encryption on or off. */
  setKeys(keys: readonly Uint8Array[]): void;
  /** Says goodbye; resolves when enough members know. */
  leave(): Promise<void>;
}
