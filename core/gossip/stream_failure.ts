/** What went wrong with a connection, as a problem: the peer's bytes, the network, or the peer's silence. */
import { type Problem, problem } from "../base/mod.ts";
import type { Endpoint } from "../ports/mod.ts";
import { streamProblem } from "./codec/mod.ts";

/** The peer closed its side before its message was whole. */
export class ConnectionClosed extends Error {
  override readonly name = "ConnectionClosed";
}

/** Returns the problem of a stream that could not be read. */
export function brokenStream(error: unknown): Problem {
  if (error instanceof ConnectionClosed || !(error instanceof Error)) {
    return problem("GOSSIP_MALFORMED", {
      what: "Cannot read a gossip stream",
      why: error instanceof Error ? error.message : String(error),
    });
  }
  try {
    return streamProblem(error);
  } catch {
    const why = error.message;
    return problem("GOSSIP_UNREACHABLE", { what: "Cannot read a gossip stream", why });
  }
}

/** Returns the problem of an exchange that we dialled and that came to nothing. */
export function unreachableProblem({ host, port }: Endpoint, error: unknown): Problem {
  const cause = brokenStream(error);
  return problem("GOSSIP_UNREACHABLE", {
    what: `Cannot exchange members with ${host}:${port}`,
    where: { host: `${host}:${port}` },
    why: cause.why,
    fix: "Check that a member listens there and that TCP to it is open",
    cause,
  });
}
