import type { Problem } from "../base/mod.ts";
import type { Endpoint } from "../ports/mod.ts";
import type { StreamMessage } from "./codec/mod.ts";

/** What `step()` asked to be called back with. Timers are never cancelled: a stale one changes nothing. */
export type Timer =
  | { readonly kind: "probe" }
  | { readonly kind: "probeTimeout"; readonly seqNo: number }
  | { readonly kind: "probeDeadline"; readonly seqNo: number }
  | { readonly kind: "relayTimeout"; readonly seqNo: number }
  | { readonly kind: "suspicion"; readonly member: string }
  | { readonly kind: "gossip" }
  | { readonly kind: "pushPull" }
  | { readonly kind: "echo" }
  | { readonly kind: "hurry"; readonly seed: string }
  | { readonly kind: "rejoin" };

/** Everything that can happen to a member. */
export type Input =
  /** Begins: announces itself and asks for its timers. Once, before anything else. */
  | { readonly kind: "start"; readonly meta: Uint8Array }
  /** A datagram arrived. */
  | { readonly kind: "packet"; readonly from: Endpoint; readonly bytes: Uint8Array }
  /** The first message of a connection that a peer opened. `stream` names the connection. */
  | {
    readonly kind: "stream";
    readonly stream: number;
    readonly from: Endpoint;
    readonly message: StreamMessage;
  }
  /** A connection's first message could not be read. */
  | {
    readonly kind: "unreadable";
    readonly stream: number;
    readonly from: Endpoint;
    readonly problem: Problem;
  }
  /** The answer to an exchange that we dialled. */
  | { readonly kind: "answer"; readonly exchange: number; readonly message: StreamMessage }
  /** An exchange ended without an answer: it failed, or, without a problem, none was wanted. */
  | { readonly kind: "ended"; readonly exchange: number; readonly problem?: Problem }
  | { readonly kind: "timer"; readonly timer: Timer }
  /** Joins a cluster by any of these members; they are tried again for as long as they are not members. */
  | { readonly kind: "join"; readonly seeds: readonly Endpoint[] }
  /** Says goodbye. `notifies` tells with `departed` when enough members were told. */
  | { readonly kind: "leave" }
  /** Announces new metadata. */
  | { readonly kind: "update"; readonly meta: Uint8Array }
  /** Spreads a payload to all members, over gossip; receivers must pass it on themselves. A newer one with the same key replaces it. */
  | { readonly kind: "broadcast"; readonly payload: Uint8Array; readonly key?: string }
  /** Sends a payload to one member: in one datagram, or over a connection. */
  | {
    readonly kind: "message";
    readonly to: string;
    readonly payload: Uint8Array;
    readonly isReliable: boolean;
  }
  /** Sets what the application says of itself in each exchange of everything. */
  | { readonly kind: "userState"; readonly state: Uint8Array }
  /** Changes the ring of gossip keys: added everywhere, then used everywhere, then the old one removed. */
  | { readonly kind: "key"; readonly action: "add" | "use" | "remove"; readonly key: Uint8Array };
