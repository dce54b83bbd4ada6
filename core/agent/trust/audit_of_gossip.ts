import type { Refusal } from "../../gossip/mod.ts";
import type { AuditEntry } from "../../store/mod.ts";

/** Returns what the audit log says of gossip that was refused. A sender of datagrams can claim any address. */
export function auditOfGossip(
  { code, why, count, peers }: Refusal,
): Omit<AuditEntry, "at" | "host"> {
  const times = count === 1 ? "" : ` (${count} times)`;
  return {
    who: "nobody",
    from: peers.join(" ") || "network",
    what: "gossip",
    subject: `${why.slice(0, 200)}${times}`,
    outcome: "refused",
    code,
  };
}
