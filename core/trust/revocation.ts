import { type Problem, problem } from "../base/mod.ts";
import { backdatedMs } from "./authority.ts";
import type { CertificateFacts } from "./certificate.ts";

/** Certificates that are good no longer: all that a host or an administrator was given until a moment. */
export interface Revocation {
  readonly role: "host" | "admin";
  /** A host's id, or an administrator's name. */
  readonly name: string;
  /** What was issued before is refused; who is let in again afterwards gets new ones. */
  readonly beforeMs: number;
}

/** How many revocations are kept; the oldest are dropped. */
const revocationsMax = 1_000;

/** What X.509 rounds a time down by, and a bit. */
const roundedMs = 2_000;

/** Returns both lists as one: of one holder the latest, in one order on all hosts. */
export function mergeRevocations(
  a: readonly Revocation[],
  b: readonly Revocation[],
): readonly Revocation[] {
  const latest = new Map<string, Revocation>();
  for (const each of [...a, ...b]) {
    const key = `${each.role} ${each.name}`;
    const known = latest.get(key);
    if (known === undefined || known.beforeMs < each.beforeMs) latest.set(key, each);
  }
  return [...latest].sort(([x, one], [y, other]) =>
    one.beforeMs - other.beforeMs || (x < y ? -1 : 1)
  ).slice(-revocationsMax).map(([, each]) => each);
}

/** Returns why a certificate that was issued to this holder is good no longer; nothing where it is. */
export function revokedProblem(
  { role, name, notBeforeMs }: {
    readonly role: string;
    readonly name: string;
    readonly notBeforeMs: number;
  },
  revoked: readonly Revocation[],
): Problem | undefined {
  const found = revoked.find((each) => each.role === role && each.name === name);
  if (found === undefined || notBeforeMs + backdatedMs >= found.beforeMs) return undefined;
  return problem("TRUST_CERTIFICATE_REVOKED", {
    what: `Cannot trust the certificate of "${name}": it was revoked`,
    why: role === "host"
      ? "The host was removed from the cluster"
      : `The context was revoked at ${new Date(found.beforeMs).toISOString()}`,
    fix: role === "host"
      ? "Let the host join again: khutulun leave there, then khutulun join"
      : "Make another context on a host of the cluster: khutulun context create",
  });
}

/** Returns when a new certificate for this holder is to be issued, so that no revocation covers it: now, as a rule. */
export function issueTimeMs(
  role: CertificateFacts["role"],
  name: string,
  revoked: readonly Revocation[],
  nowMs: number,
): number {
  const found = revoked.find((each) => each.role === role && each.name === name);
  return found ? Math.max(nowMs, found.beforeMs + roundedMs) : nowMs;
}
