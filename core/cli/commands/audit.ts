import type { AuditEntry } from "../../api/mod.ts";
import { type Listing, printRows } from "../render/output.ts";
import type { Surroundings } from "../surroundings.ts";
import type { TrustFlags } from "../trust_flags.ts";
import { withAgent } from "../with_agent.ts";

export async function showAudit(
  it: Surroundings,
  { limit, ...flags }: TrustFlags & { readonly limit: number },
): Promise<void> {
  const query = { limit };
  const rows = await withAgent(it, flags, (client) => client.call("audit", { query }));
  await printRows(it, flags.output, rows, listing);
}

const listing: Listing<AuditEntry> = {
  plural: "records",
  name: (row) => row.at,
  columns: [
    { title: "AT", of: (row) => row.at },
    { title: "HOST", of: (row) => row.host },
    { title: "WHO", of: (row) => row.who },
    { title: "FROM", of: (row) => row.from },
    { title: "WHAT", of: (row) => row.what },
    { title: "SUBJECT", of: (row) => row.subject ?? "" },
    { title: "OUTCOME", of: (row) => row.outcome },
    { title: "CODE", sparse: true, of: (row) => row.code ?? "" },
  ],
};
