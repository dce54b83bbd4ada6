/**
 * Who may speak in the cluster, as the agent of one host keeps it: its own keys, join tokens, keys of the gossip, secrets,
 * and the log of who did what. What certificates and tokens are is in the room `trust/`.
 */
export { auditOfGossip } from "./audit_of_gossip.ts";
export { HostTrust, openTrust, type TrustOwner } from "./host_trust.ts";
export { joinByToken, type JoinDoor, type TokenJoin, type TokenJoined } from "./join_by_token.ts";
export { examineTrust } from "./examine_trust.ts";
export { keepTrust } from "./keep_trust.ts";
export { takeUp } from "./take_up.ts";
export { SecretFiles } from "./secret_files.ts";
export { followRing } from "./follow_ring.ts";
export { TrustDesk } from "./trust_desk.ts";
export type * from "./trust_use_cases.ts";
