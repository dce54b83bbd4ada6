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
      { title: "FIX", wide: true, sparse: true, of: (row) => row.fix ?? "" },
    ],
  });
  if (flags.output === "table") {
    const mendable = findings.filter((each) => each.fix && each.status !== "ok");
    const lines = mendable.map((each) => `To mend "${each.check}": ${each.fix}\n`);
    if (lines.length > 0) it.stdout.write(`\n${lines.join("")}`);
  }
  return findings.some((each) => each.status === "failed") ? exitCodes.failed : exitCodes.ok;
}
