import type { TokenView } from "../../api/mod.ts";
import { type Listing, printData, printRows } from "../render/output.ts";
import type { Surroundings } from "../surroundings.ts";
import type { TokenFlags, TrustFlags } from "../trust_flags.ts";
import { withAgent } from "../with_agent.ts";

/** Prints the token alone on standard output, so that a script can take it. */
export async function createToken(
  it: Surroundings,
  { ttl, singleUse, ...flags }: TokenFlags,
): Promise<void> {
  const body = { ttlMs: ttl, isSingleUse: singleUse ?? false };
  const { token, view } = await withAgent(
    it,
    flags,
    (client) => client.call("createToken", { body }),
  );
  if (flags.output === "json" || flags.output === "yaml") {
    return await printData(it, flags.output, { token, ...view });
  }
  it.stdout.write(`${token}\n`);
  const uses = view.isSingleUse ? "for one host" : "for any number of hosts";
  it.stderr.write(`Good until ${view.expires}, ${uses}. On the other host: khutulun join TOKEN\n`);
}

export async function listTokens(it: Surroundings, flags: TrustFlags): Promise<void> {
  const rows = await withAgent(it, flags, (client) => client.call("tokens", {}));
  await printRows(it, flags.output, rows, listing);
}

export async function revokeToken(it: Surroundings, flags: TrustFlags, id: string): Promise<void> {
  const view = await withAgent(
    it,
    flags,
    (client) => client.call("revokeToken", { path: { id } }),
  );
  await printRows(it, flags.output, [view], listing);
}

const listing: Listing<TokenView> = {
  plural: "join tokens",
  name: (row) => row.id,
  columns: [
    { title: "TOKEN", of: (row) => row.id },
    { title: "STATE", of: (row) => row.state },
    { title: "EXPIRES", of: (row) => row.expires },
    { title: "FOR", of: (row) => row.isSingleUse ? "one host" : "many" },
    { title: "USED BY", of: (row) => row.uses.join(", ") },
    { title: "MADE BY", of: (row) => row.by },
    { title: "CREATED", wide: true, of: (row) => row.created },
  ],
};
