import type { Problem } from "../base/mod.ts";
import type { Endpoint } from "../ports/mod.ts";
import type { Timer } from "./input.ts";
import type { MemberView } from "./member.ts";

/** A datagram to send. It may be lost. */
export interface Send {
  readonly to: Endpoint;
  readonly packet: Uint8Array;
}

/** A connection to open, write to and, where an answer is wanted, read one message from; then to close. */
export interface Dial {
  readonly exchange: number;
  readonly to: Endpoint;
  readonly bytes: Uint8Array;
  readonly wantsAnswer: boolean;
  /** For the whole exchange. */
  readonly timeoutMs: number;
}

/** What to write to a connection that a peer opened, before it is closed; no bytes to close it at once. */
export interface Reply {
  readonly stream: number;
  readonly bytes: Uint8Array;
}

/** A timer to fire at or after a time on the caller's clock. */
export interface Schedule {
  readonly timer: Timer;
  readonly atMs: number;
}

/** What the application is told. */
export type Notification =
  | {
    /**
     * `joined`: a member is there, new or back. `updated`: its metadata changed. `suspected`: it did not answer;
     * `recovered`: it refuted. `failed`: it is dead; `left`: it said goodbye. `forgotten`: its entry is gone.
     */
    readonly kind:
      | "joined"
      | "updated"
      | "suspected"
      | "recovered"
      | "failed"
      | "left"
      | "forgotten";
    readonly member: MemberView;
  }
  /** A payload from another member: out of order, more than once, or never, unless it was sent reliably. */
  | { readonly kind: "message"; readonly payload: Uint8Array; readonly from: Endpoint }
  /** What another member's application says of itself. */
  | { readonly kind: "userState"; readonly state: Uint8Array; readonly isJoin: boolean }
  /** A seed or lost member was reached and its members were merged. */
  | { readonly kind: "reached"; readonly endpoint: Endpoint }
  /** A seed that `join` gave could not be reached, or refused us; it will be tried again. */
  | { readonly kind: "unreached"; readonly endpoint: Endpoint; readonly problem: Problem }
  /** Our new metadata has been sent its full number of times. */
  | { readonly kind: "announced" }
  /** Our goodbye has been sent its full number of times: the process may end. */
  | { readonly kind: "departed" };

/**
 * What `step()` wants done, in this order: `sends`, `dials` and `replies` first (they say what was true before the next
 * input), then `schedules`, then `notifies` and `reports`. Nothing of it may call `step()` before all is done.
 */
export interface Outputs {
  readonly sends: Send[];
  readonly dials: Dial[];
  readonly replies: Reply[];
  readonly schedules: Schedule[];
  readonly notifies: Notification[];
  /** What went wrong without harm: refused packets, conflicts, unreachable members. For the log. */
  readonly reports: Problem[];
}

/** Returns outputs that ask for nothing. */
export function noOutputs(): Outputs {
  return { sends: [], dials: [], replies: [], schedules: [], notifies: [], reports: [] };
}
