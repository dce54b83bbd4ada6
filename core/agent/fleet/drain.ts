import { formatServiceRef, ProblemError, type ServiceRef, toProblem } from "../../base/mod.ts";
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
 * Places services anew, one after the other: the next sees what the one before has taken. One that cannot be placed at all,
 * as its plugin is no more, keeps no other where it is.
 */
export async function placeAnew(
  deployer: Pick<Deployer, "replan">,
  refs: readonly ServiceRef[],
  forget: readonly string[] = [],
): Promise<HostAnswer["services"]> {
  const answers: HostAnswer["services"][number][] = [];
  for (const ref of refs) {
    try {
      const { generation, changed, problems } = await deployer.replan(ref, forget);
      answers.push({ ref, generation, changed, problems });
    } catch (error) {
      const found = error instanceof ProblemError ? error.problem : undefined;
      if (found === undefined || found.code === "STATE_UNREACHABLE") throw error;
      answers.push({ ref, generation: 0, changed: false, problems: [found] });
    }
  }
  return answers;
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
  while (!signal.aborted) {
    await clock.sleep(lookEveryMs, signal).catch(() => {});
    if (signal.aborted || isolation.problem) continue;
    await drainOwn(context, deployer).catch((error) => {
      logger.log("warning", toProblem(error, "go on with the drain").what);
    });
  }
}

async function drainOwn(
  context: AgentContext,
  deployer: Pick<Deployer, "replan" | "isUnderway">,
): Promise<void> {
  const { store, host, logger } = context;
  if (!(await store.wanted(host).latest())?.spec.drained) return;
  const refs = (await servicesOn(context, host)).filter((state) =>
    isWantedOn(state, host) && !state.asked?.spec.deleting && !deployer.isUnderway(state.ref)
  ).map(({ ref }) => ref);
  for (const { ref, changed, problems } of await placeAnew(deployer, refs)) {
    const found = problems.find((each) => each.severity === "error");
    if (changed || !found) continue;
    logger.log("warning", `"${formatServiceRef(ref)}" stays on a host that is being drained`, {
      why: found.why ?? found.what,
    });
  }
}
