import {
  formatServiceRef,
  type Problem,
  ProblemError,
  type ServiceRef,
  toProblem,
} from "../../base/mod.ts";
import type { AgentContext } from "../agent_context.ts";
import type { Deployer } from "../deploy/deployer.ts";
import type { Isolation } from "../hosts/isolation.ts";
import { isRemoved, readServiceStates, type ServiceState } from "../service_state.ts";
import type { HostAnswer } from "../use_cases.ts";

/** Returns the services with something on a host, or something that is still to go from it. */
export async function servicesOn(context: AgentContext, host: string): Promise<ServiceState[]> {
  const { store } = context;
  const states = await readServiceStates(store, await store.services(), context.membership);
  return states.filter((state) =>
    state.instances.some((each) =>
      each.host === host && !(each.want === "absent" && isRemoved(state, each))
    )
  );
}

/** Whether something of the service is wanted on the host: not only something that is to go. */
export function isWantedOn(state: ServiceState, host: string): boolean {
  return state.instances.some((each) => each.host === host && each.want !== "absent");
}

/**
 * Places services anew so that a host becomes free of them, one after the other: the next sees what the one before has taken.
 * One that cannot be placed at all, as its plugin is no more, keeps no other where it is.
 */
export async function placeAnew(
  deployer: Pick<Deployer, "replan">,
  refs: readonly ServiceRef[],
  { host, isLost = false }: { readonly host: string; readonly isLost?: boolean },
): Promise<HostAnswer["services"]> {
  const answers: HostAnswer["services"][number][] = [];
  for (const ref of refs) {
    try {
      const answer = await deployer.replan(ref, isLost ? [host] : []);
      const { generation, changed } = answer;
      const problems = answer.problems.map((each) => asSeenBy(host, each));
      answers.push({ ref, generation, changed, problems });
    } catch (error) {
      const found = error instanceof ProblemError ? error.problem : undefined;
      if (found === undefined || found.code === "STATE_UNREACHABLE") throw error;
      answers.push({ ref, generation: 0, changed: false, problems: [found] });
    }
  }
  return answers;
}

/** Who wants a host free has failed where something stays on it, though its service goes on. */
function asSeenBy(host: string, found: Problem): Problem {
  const isInTheWay = found.code === "PLAN_STAYS" && found.where?.host === host;
  return isInTheWay ? { ...found, severity: "error" } : found;
}

/** How often it is looked whether something is still to move away from this host. */
const lookEveryMs = 10_000;

/**
 * Goes on with the drain of this agent's own host: what found no place before may find one now, and whoever asked for the
 * drain may have died.
 */
export async function keepDraining(
  context: AgentContext,
  deployer: Pick<Deployer, "replan" | "isUnderway">,
  isolation: Pick<Isolation, "problem">,
  signal: AbortSignal,
): Promise<void> {
  const { clock, logger } = context;
  const said = new Map<string, string>();
  while (!signal.aborted) {
    await clock.sleep(lookEveryMs, signal).catch(() => {});
    if (signal.aborted || isolation.problem) continue;
    await drainOwn(context, deployer, said).catch((error) => {
      logger.log("warning", toProblem(error, "go on with the drain").what);
    });
  }
}

/** `said` is kept between calls, by service: why something of it stays is told once. */
async function drainOwn(
  context: AgentContext,
  deployer: Pick<Deployer, "replan" | "isUnderway">,
  said: Map<string, string>,
): Promise<void> {
  const { store, host, logger } = context;
  if (!(await store.wanted(host).latest())?.spec.drained) return said.clear();
  const refs = (await servicesOn(context, host)).filter((state) =>
    isWantedOn(state, host) && !state.asked?.spec.deleting && !deployer.isUnderway(state.ref)
  ).map(({ ref }) => ref);
  for (const { ref, problems } of await placeAnew(deployer, refs, { host })) {
    const found = problems.find((each) => each.severity === "error");
    const name = formatServiceRef(ref);
    const why = found?.why ?? found?.what ?? "";
    if (found && said.get(name) !== why) {
      logger.log("warning", `"${name}" stays on a host that is being drained`, { why });
    }
    said.set(name, why);
  }
}
