import { hasErrors } from "../../base/mod.ts";
import { exitCodeOf, type PlanView } from "../../api/mod.ts";
import { type InputFlags, type OutputFlags, parseRef } from "../flags.ts";
import { painter } from "../render/colour.ts";
import { printData } from "../render/output.ts";
import { formatPlan } from "../render/plan.ts";
import { printProblems } from "../render/problems.ts";
import { buildRequest, type SourcedRequest } from "../request.ts";
import type { PlanFlags, ServiceFlags } from "../service_routes.ts";
import type { Surroundings } from "../surroundings.ts";
import { withSources } from "../upload.ts";
import { written } from "../user_files.ts";
import { withAgent } from "../with_agent.ts";

export async function planService(
  it: Surroundings,
  flags: PlanFlags,
  name: string,
  template?: string,
): Promise<number> {
  const request = await buildRequest(it, parseRef(name, flags.namespace), template, flags);
  const plan = await fetchPlan(it, flags, request);
  const code = await printPlan(it, flags, plan, request);
  if (flags.save !== undefined && code === 0) {
    const text = `${JSON.stringify(plan.saved, null, 2)}\n`;
    await written(flags.save, it.files.write(flags.save, text));
    it.stderr.write(
      `Kept in ${flags.save}: khutulun service deploy ${name} --plan ${flags.save}\n`,
    );
  }
  return code;
}

export async function scriptService(
  it: Surroundings,
  flags: ServiceFlags & InputFlags,
  name: string,
  template?: string,
): Promise<void> {
  const { ref, body, source } = await buildRequest(
    it,
    parseRef(name, flags.namespace),
    template,
    flags,
  );
  const path = { namespace: ref.namespace, name: ref.service };
  const { script } = await withSources(
    source,
    () => withAgent(it, flags, (client) => client.call("script", { path, body })),
  );
  it.stdout.write(script);
}

/** Asks the agent for a plan; problems are told with the user's own paths. */
export async function fetchPlan(
  it: Surroundings,
  flags: ServiceFlags,
  { ref, body, source }: SourcedRequest,
): Promise<PlanView> {
  const path = { namespace: ref.namespace, name: ref.service };
  return await withSources(
    source,
    () => withAgent(it, flags, (client) => client.call("plan", { path, body })),
  );
}

/** Prints a plan as `-o` says, and its problems; returns the exit code. */
export async function printPlan(
  it: Surroundings,
  flags: OutputFlags,
  plan: PlanView,
  { source }: SourcedRequest,
): Promise<number> {
  const problems = allProblems(plan).map((each) => source ? source.atHome(each) : each);
  await printProblems(it, problems);
  if (flags.output === "json" || flags.output === "yaml") {
    const { saved: _, ...shown } = plan; // what was uploaded is not shown again
    await printData(it, flags.output, shown);
  } else if (flags.output === "name") {
    const changed = plan.service.changes.filter((each) => each.change !== "unchanged");
    it.stdout.write(changed.map((each) => `${each.id}\n`).join(""));
  } else if (!hasErrors(problems)) {
    it.stdout.write(formatPlan(plan, painter(it, it.stdout)));
  }
  return exitCodeOf(problems);
}

/** The agent may say a problem of a part also for the whole. */
function allProblems(plan: PlanView) {
  const all = [
    ...plan.problems,
    ...plan.service.problems,
    ...plan.hosts.flatMap((host) => host.problems),
  ];
  return [...new Map(all.map((each) => [JSON.stringify(each), each])).values()];
}
