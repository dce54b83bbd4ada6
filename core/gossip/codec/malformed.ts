import { fail, type Problem, problem } from "../../base/mod.ts";

/** Throws the problem of bytes that are no message of the protocol; `why` says what is wrong with them. */
export function malformed(why: string): never {
  fail("GOSSIP_MALFORMED", { what: "Cannot read a gossip message", why });
}

/** Throws the problem of bytes that are well formed but not to be trusted: key or checksum differ. */
export function refused(why: string, fix?: string): never {
  fail("GOSSIP_REFUSED", { what: "Cannot accept a gossip message", why, fix });
}

/** Throws the problem of bytes that belong to a cluster of another label. */
export function otherCluster(why: string): never {
  fail("GOSSIP_OTHER_CLUSTER", {
    what: "Cannot accept a gossip message",
    why,
    fix: "Give all members of one cluster the same gossip label",
  });
}

/** Throws where a peer asks us to hold more than `bounds` allows. */
export function checkBound(value: number, max: number, what: string): void {
  if (value > max) fail("GOSSIP_LIMIT", limit(value, max, what));
}

/** Returns the problem of a limit passed, for readers that collect problems. */
export function limitProblem(value: number, max: number, what: string): Problem {
  return problem("GOSSIP_LIMIT", limit(value, max, what));
}

function limit(value: number, max: number, what: string): { what: string; why: string } {
  return {
    what: "Cannot accept a gossip message",
    why: `${what} is ${value}, the limit is ${max}`,
  };
}
