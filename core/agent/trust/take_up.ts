import { type Problem, type ProblemCode, ProblemError } from "../../base/mod.ts";
import type { AgentOptions } from "../agent_ports.ts";
import { forget } from "../hosts/forget.ts";
import { checkJoin, type JoinOptions, type JoinPorts } from "../hosts/join.ts";
import { hostIdOf, type Seeded } from "../hosts/seed.ts";
import { HostTrust } from "./host_trust.ts";

/**
 * Makes a host that has the keys of a cluster, and no `agent.yaml` that says so, the host of that cluster which the keys are of:
 * the file was lost, or keys and state were put back from a backup. Returns nothing where there are no keys.
 *
 * `TRUST_HOST_BELONGS` where the state is not that cluster's: no other may be seeded with its authority. Nothing is changed
 * then.
 */
export async function takeUp(
  ports: JoinPorts,
  options: AgentOptions,
  place: Pick<JoinOptions, "address" | "isAddressGiven">,
): Promise<Seeded | undefined> {
  const belonging = await HostTrust.belonging(ports.files, options);
  if (belonging === undefined) return undefined;
  const { cluster: id, host: hostName = hostIdOf(options) } = belonging;
  try {
    const { commit, cluster, host } = await checkJoin(
      ports,
      { ...options, hostName },
      { ...place, cluster: id },
    );
    await commit();
    return { cluster, host };
  } catch (error) {
    if (!(error instanceof ProblemError)) throw error;
    throw new ProblemError(explain(error.problem, options, id));
  }
}

const otherStates: readonly ProblemCode[] = [
  "STATE_MISSING",
  "STATE_EMPTY",
  "STATE_NOT_A_CLUSTER",
  "STATE_OTHER_CLUSTER",
];

/** Says what helps a host that has keys; who only joins is told otherwise. */
function explain(problem: Problem, options: AgentOptions, cluster: string): Problem {
  const { own, state } = options;
  if (problem.code === "AGENT_NAME_ALIVE") {
    const fix = `If this machine is a copy of that one, let it forget whose: ${forget(options)}; ` +
      "then khutulun join TOKEN";
    return { ...problem, fix };
  }
  if (!otherStates.includes(problem.code)) return problem;
  return {
    ...problem,
    code: "TRUST_HOST_BELONGS",
    what: "Cannot seed a cluster: the host has the keys of one already",
    why: `Those in "${own}/trust" are of cluster ${cluster}, whose state is not in "${state}"`,
    fix:
      "Name the directory of that cluster's state: khutulun seed --state DIR. Where the host is to " +
      `forget that cluster: ${forget(options)}`,
  };
}
