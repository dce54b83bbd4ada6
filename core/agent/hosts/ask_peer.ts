import {
  parseEndpoint,
  problem,
  ProblemError,
  type ServiceRef,
  toProblem,
} from "../../base/mod.ts";
import type { HostPlan } from "../../plan/mod.ts";
import type { AgentContext } from "../agent_context.ts";
import type { HostPlanRequest } from "./peers.ts";

/**
 * Asks another host's agent for its steps. Where it cannot be asked they are unknown, which refuses nothing; one that is dead is
 * not waited for: whoever takes its work over has no time for that.
 */
export async function askPeer(
  { membership, store, peers }: AgentContext,
  host: string,
  request: HostPlanRequest,
): Promise<HostPlan> {
  const spec = await store.host(host).read();
  const api = parseEndpoint(spec?.api ?? "");
  const name = spec?.name ?? host;
  if (api === undefined) {
    const why = spec ? "Its agent has not said where it is reached" : "It is not in the state";
    return unknown(request.ref, host, name, why);
  }
  const liveness = membership.liveness(host);
  if (liveness === "dead" || liveness === "left") {
    return unknown(request.ref, host, name, liveness === "dead" ? "It is dead" : "It has left");
  }
  try {
    return await peers.of({ id: host, api }).hostPlan(request);
  } catch (error) {
    if (!(error instanceof ProblemError)) throw error;
    const { what, why } = toProblem(error, "ask another host");
    return unknown(request.ref, host, name, why ? `${what}: ${why}` : what);
  }
}

function unknown(ref: ServiceRef, host: string, name: string, why: string): HostPlan {
  return {
    host,
    ref,
    steps: [],
    waits: [],
    later: [],
    problems: [problem("AGENT_HOST_UNKNOWN", {
      severity: "warning",
      what: `The steps on host "${name}" are unknown`,
      where: { host },
      why,
    })],
  };
}
