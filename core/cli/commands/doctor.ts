import { exitCodes } from "../exit_codes.ts";
import type { AgentFlags, OutputFlags } from "../flags.ts";
import { printRows } from "../render/output.ts";
import type { Surroundings } from "../surroundings.ts";
import { withAgent } from "../with_agent.ts";

/** Fails where a check has failed, so that a script can ask. */
export async function doctor(it: Surroundings, flags: AgentFlags & OutputFlags): Promise<number> {
  const findings = await withAgent(it, flags, (client) => client.call("doctor", {}));
  await printRows(it, flags.output, findings, {
    plural: "checks",
    name: (row) => row.check,
    columns: [
      { title: "CHECK", of: (row) => row.check },
      { title: "STATUS", of: (row) => row.status },
      { title: "MESSAGE", of: (row) => row.message },
      { title: "FIX", sparse: true, of: (row) => row.fix ?? "" },
    ],
  });
  return findings.some((each) => each.status === "failed") ? exitCodes.failed : exitCodes.ok;
}
