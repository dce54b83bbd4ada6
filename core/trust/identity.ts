import { type Problem, problem, ProblemError } from "../base/mod.ts";
import { checkTime } from "./authority.ts";
import { type Revocation, revokedProblem } from "./revocation.ts";

/** Who is at the other end of a connection. */
export interface PeerIdentity {
  readonly role: "host" | "admin" | "none";
  /** A host's id or an administrator's name; empty for `none`. */
  readonly name: string;
  /** Why a certificate that was shown is not taken. */
  readonly refused?: Problem;
}

/** A certificate as the TLS library tells of it. */
export interface PeerCertificate {
  /** Whether the handshake proved the private key and the chain to our authority. */
  readonly isAuthorized: boolean;
  /** Why not, in the library's words. */
  readonly why?: string;
  readonly organisation: string;
  readonly name: string;
  readonly notBeforeMs: number;
  readonly notAfterMs: number;
}

/**
 * Returns who the holder of a certificate is. A connection stays open for long: time and revocations are looked at for each
 * request, not only at the handshake.
 */
export function identityOf(
  certificate: PeerCertificate | undefined,
  nowMs: number,
  revoked: readonly Revocation[] = [],
): PeerIdentity {
  const nobody = { role: "none", name: "" } as const;
  if (certificate === undefined) return nobody;
  const { isAuthorized, organisation, name } = certificate;
  const refused = problemOf(certificate, nowMs) ??
    revokedProblem({ ...certificate, role: organisation }, revoked);
  if (refused) return { ...nobody, refused };
  if (!isAuthorized || (organisation !== "host" && organisation !== "admin")) return nobody;
  return { role: organisation, name };
}

function problemOf(it: PeerCertificate, nowMs: number): Problem | undefined {
  try {
    checkTime(it, nowMs);
  } catch (error) {
    if (error instanceof ProblemError) return error.problem;
    throw error;
  }
  if (it.isAuthorized && (it.organisation === "host" || it.organisation === "admin")) return;
  return problem("TRUST_CERTIFICATE_FOREIGN", {
    what: `Cannot trust the certificate of "${it.name}"`,
    why: it.isAuthorized
      ? `It is for another purpose ("${it.organisation}")`
      : `It is not by the authority of this cluster${it.why ? ` (${it.why})` : ""}`,
    fix: "Use a certificate of this cluster: khutulun context create, on one of its hosts",
  });
}
