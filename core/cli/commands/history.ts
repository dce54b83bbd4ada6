import type { GenerationView } from "../../api/mod.ts";
import { type OutputFlags, parseRef } from "../flags.ts";
import { printRows } from "../render/output.ts";
import { ago } from "../render/times.ts";
import type { RollbackFlags, ServiceFlags } from "../service_routes.ts";
import type { Surroundings } from "../surroundings.ts";
import { withAgent } from "../with_agent.ts";
import { finish } from "./deploy.ts";
import { printPlan } from "./plan.ts";

const digestShown = 12;

/** Lists what was asked for a service, oldest first. */
export async function showHistory(
  it: Surroundings,
  flags: ServiceFlags & OutputFlags,
  name: string,
): Promise<void> {
  const ref = parseRef(name, flags.namespace);
  const path = { namespace: ref.namespace, name: ref.service };
  const rows = await withAgent(it, flags, (client) => client.call("history", { path }));
  await printRows(it, flags.output, rows, {
    plural: "requests",
    name: (row) => String(row.generation),
    columns: [
      { title: "REQUEST", of: (row) => String(row.generation) },
      { title: "CURRENT", of: (row) => row.isCurrent ? "yes" : "" },
      { title: "ASKED", of: (row) => ago(row.at, it.nowMs()) },
      { title: "AT", wide: true, of: (row) => row.at },
      { title: "BY", of: (row) => row.by },
      { title: "TEMPLATE", of: (row) => row.template.name },
      { title: "DIGEST", of: digestOf },
      { title: "INPUTS", wide: true, of: (row) => JSON.stringify(row.inputs) },
      { title: "CHANGES", of: (row) => row.changes.join("; ") },
    ],
  });
}

/** Asks again what was asked in an earlier request. */
export async function rollbackService(
  it: Surroundings,
  flags: RollbackFlags,
  name: string,
): Promise<number> {
  const ref = parseRef(name, flags.namespace);
  const path = { namespace: ref.namespace, name: ref.service };
  const body = { to: flags.to, dryRun: flags.dryRun };
  const answer = await withAgent(it, flags, (client) => client.call("rollback", { path, body }));
  if (flags.dryRun) return await printPlan(it, flags, answer.plan!, { ref, body: {} });
  return await finish(it, flags, ref, answer);
}

function digestOf({ template: { digest } }: GenerationView): string {
  const at = digest.indexOf(":") + 1;
  return digest.slice(at, at + digestShown);
}
