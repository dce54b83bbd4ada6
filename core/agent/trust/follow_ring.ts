import { formatRing, ringKeys } from "../../trust/mod.ts";
import type { Membership } from "../members/membership.ts";
import type { HostTrust } from "./host_trust.ts";

/** Changes the keys of the running gossip as the host's ring changes. Returns how to stop. */
export function followRing(trust: HostTrust, membership: Pick<Membership, "setKeys">): () => void {
  let before = formatRing(trust.ring);
  return trust.onChange(() => {
    const after = formatRing(trust.ring);
    if (after === before) return;
    before = after;
    membership.setKeys(ringKeys(trust.ring));
  });
}
