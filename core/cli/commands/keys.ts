import type { KeysView } from "../../api/mod.ts";
import { type Listing, printData, printRows } from "../render/output.ts";
import type { Surroundings } from "../surroundings.ts";
import type { TrustFlags } from "../trust_flags.ts";
import { withAgent } from "../with_agent.ts";

export async function listKeys(it: Surroundings, flags: TrustFlags): Promise<void> {
  await print(it, flags, await withAgent(it, flags, (client) => client.call("keys", {})));
}

export async function rotateKeys(it: Surroundings, flags: TrustFlags): Promise<void> {
  await print(it, flags, await withAgent(it, flags, (client) => client.call("rotateKeys", {})));
}

async function print(it: Surroundings, flags: TrustFlags, view: KeysView): Promise<void> {
  if (flags.output === "json" || flags.output === "yaml") {
    return await printData(it, flags.output, view);
  }
  if (flags.output === "name") {
    return it.stdout.write(view.keys.map(({ id }) => `${id}\n`).join(""));
  }
  const keys = view.keys.map(({ id, isPrimary }) => isPrimary ? `${id} (in use)` : id);
  it.stdout.write(`Keys: ${keys.join(", ")}${stages[view.rotation]}\n\n`);
  await printRows(it, flags.output, view.hosts, listing);
  if (view.revoked.length > 0) it.stdout.write("\nRevoked:\n");
  for (const { role, name, before } of view.revoked) {
    const what = role === "host" ? "host" : "context";
    it.stdout.write(`  ${what} "${name}", what was issued before ${before}\n`);
  }
}

const stages: Readonly<Record<KeysView["rotation"], string>> = {
  none: "",
  added: "; a rotation has added a key, go on with: khutulun cluster key rotate",
  used: "; a rotation uses a new key, go on with: khutulun cluster key rotate",
};

const listing: Listing<KeysView["hosts"][number]> = {
  plural: "hosts",
  name: (row) => row.host,
  columns: [
    { title: "HOST", of: (row) => row.host },
    { title: "GENERATION", of: (row) => row.generation === undefined ? "?" : `${row.generation}` },
    { title: "WHY", sparse: true, of: (row) => row.why ?? "" },
  ],
};
