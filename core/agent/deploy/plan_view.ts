import { fail, formatServiceRef } from "../../base/mod.ts";
import { planDigest } from "../../plan/mod.ts";
import type { Draft } from "./draft.ts";
import type { DeployRequest, PlanView, SavedPlan } from "../use_cases.ts";

/** Returns a draft as it is shown, with what it takes to carry out this very plan later. */
export function viewOf(
  request: DeployRequest,
  { service, hosts, problems }: Pick<Draft, "service" | "hosts" | "problems">,
): PlanView {
  const { ref } = request;
  const digest = planDigest({ service, hosts });
  const saved = { ref, baseGeneration: service.baseGeneration, request, digest };
  return { service, hosts, problems, saved };
}

/** Refuses a saved plan where the same request gives another one by now. */
export function refuseStale(saved: SavedPlan, now: PlanView): void {
  if (saved.digest === now.saved.digest) return;
  const isMoved = saved.baseGeneration !== now.saved.baseGeneration;
  fail("AGENT_STALE_PLAN", {
    what: `Cannot carry out the saved plan of service "${formatServiceRef(saved.ref)}"`,
    why: isMoved
      ? `It was made from generation ${saved.baseGeneration}, and the service is at ${now.saved.baseGeneration}`
      : "Its instances, claims or steps are not what the same request gives now",
    fix: "Make the plan again, look at it, and deploy that one",
  });
}
