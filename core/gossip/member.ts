import type { Endpoint } from "../ports/mod.ts";
import { endpointOf, type MemberAddress } from "./address.ts";

/**
 * What the cluster believes of a member. `suspect` did not answer and may still refute; `dead` did not; `left` said so
 * itself. A member comes back from `dead` only with a higher incarnation.
 */
export type Liveness = "alive" | "suspect" | "dead" | "left";

/** A member as the table holds it. */
export interface Member {
  readonly name: string;
  address: MemberAddress;
  /** Where to dial the address. */
  endpoint: Endpoint;
  meta: Uint8Array;
  /** Versions as announced; empty where none were. */
  vsn: Uint8Array;
  /** Raised by the member alone. 0 is "never heard". */
  incarnation: number;
  liveness: Liveness;
  /** When `liveness` last changed, on the caller's clock. */
  changedAtMs: number;
  /** The last direct ack's round trip; nothing before the first. */
  roundTripMs?: number;
}

/** A member as others may see it. */
export type MemberView = Readonly<Member>;

/** Returns a member that was never heard of before: dead, at incarnation 0, so that any announcement is news. */
export function newMember(name: string, address: MemberAddress, nowMs: number): Member {
  return {
    name,
    address,
    endpoint: endpointOf(address),
    meta: new Uint8Array(0),
    vsn: new Uint8Array(0),
    incarnation: 0,
    liveness: "dead",
    changedAtMs: nowMs,
  };
}

/** Whether a member is thought to be there: alive or suspect. */
export function isPresent(member: MemberView): boolean {
  return member.liveness === "alive" || member.liveness === "suspect";
}
