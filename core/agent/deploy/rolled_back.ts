import { formatServiceRef, type Problem, problem, type ServiceRef } from "../../base/mod.ts";
import type { ServiceSpec } from "../../store/mod.ts";
import { waitingForHosts } from "../items/waiting.ts";
import { type ServiceState, settlementOf } from "../service_state.ts";

/** What is taken up again where the update to `next` fails: what was ready last. A service is rolled back once. */
export function previousOf(state: ServiceState, next: number): { readonly previous?: number } {
  if (state.graph === undefined) return {};
  const { serviceGeneration, previous } = state.graph.spec;
  if (next === serviceGeneration) return previous === undefined ? {} : { previous };
  const isGood = settlementOf(state).phase === "ready" || waitingForHosts(state).length > 0;
  const good = isGood ? serviceGeneration : previous;
  return good === undefined || good === next ? {} : { previous: good };
}

/** Returns the problem of an update that was taken back. */
export function rolledBackProblem(
  ref: ServiceRef,
  { from, item, why }: NonNullable<ServiceSpec["rolledBack"]>,
  cause?: Problem,
): Problem {
  return problem("AGENT_ROLLED_BACK", {
    what: `The update of "${formatServiceRef(ref)}" failed and was taken back`,
    where: { subject: item },
    why: `In generation ${from}: ${why}`,
    fix: "Mend what is said above, then update again; what was there before is taken up again",
    ...(cause && { cause }),
  });
}
