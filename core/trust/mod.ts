/**
 * Who may speak in a cluster: its certificate authority, certificates of hosts and administrators, join tokens, the keys of
 * the gossip, and secrets sealed to hosts.
 *
 * Values in, values out, over WebCrypto. No file, socket or clock is touched here: the agent keeps the keys, `platform/`
 * speaks TLS, and every function that depends on time is told what time it is. X.509 (RFC 5280) is written by
 * `@peculiar/x509`, which is loaded when the first certificate is made, and read by the runtime.
 *
 *     const authority = await createAuthority({ cluster: "…", nowMs });
 *     const pair = await createKeyPair();
 *     const request = await createRequest(pair, { role: "host", name: "alpha" });
 *     const certificate = await authority.issue(request, { names: ["10.0.0.1"], nowMs });
 */
export {
  type Authority,
  authorityLifeMs,
  certificateLifeMs,
  createAuthority,
  openAuthority,
} from "./authority.ts";
export {
  canonicalName,
  type CertificateFacts,
  fingerprintOf,
  readCertificate,
  type Role,
} from "./certificate.ts";
export { createRequest, openRequest, type Subject } from "./certificate_request.ts";
export { checkClock, clockSkewMsMax } from "./clock_skew.ts";
export { identityOf, type PeerCertificate, type PeerIdentity } from "./identity.ts";
export { createKeyPair, exportKey, importKey } from "./keys.ts";
export {
  addKey,
  createRing,
  formatRing,
  isLostRing,
  keyIdOf,
  type KeyRing,
  lostRing,
  newerRing,
  parseRing,
  removeOldKeys,
  revokeIn,
  ringKeys,
  rotationOf,
  useNewKey,
} from "./key_ring.ts";
export { formatToken, hashSecret, type JoinToken, newSecret, parseToken } from "./join_token.ts";
export { issueTimeMs, type Revocation, revokedProblem } from "./revocation.ts";
export { type Renewal, renewalOf } from "./renewal.ts";
export {
  createSealKey,
  openSealed,
  seal,
  type Sealed,
  type SealKey,
  secretBytesMax,
} from "./sealed.ts";
export { checkTokenUse, isLongUseless, type TokenRecord } from "./token_record.ts";
export { clusterServerName, hostServerName } from "./server_names.ts";
