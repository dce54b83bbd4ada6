import { fail, type Problem, ProblemError } from "../../base/mod.ts";
import type { Access, OperationShape } from "../operations.ts";

/** Who asks. */
export interface Caller {
  readonly role: "admin" | "host" | "none";
  /** A person's or a host's name; empty where nobody knows. */
  readonly name: string;
  /** `socket`, or the address of the peer. */
  readonly from: string;
  /** Why a certificate that was shown is not taken. */
  readonly refused?: Problem;
}

/** Whoever can open the agent's own socket is an administrator (see `serveOnSocket`). */
export const localCaller: Caller = { role: "admin", name: "local", from: "socket" };

/** Returns a caller as records name it: `admin:root`. */
export function formatCaller({ role, name }: Caller): string {
  return role === "none" ? "nobody" : `${role}:${name}`;
}

/** Refuses who may not do what is asked. Every host is a master: what administrators may, hosts may. */
export function checkAccess(
  { access = "administrators", summary }: OperationShape,
  caller: Caller,
): void {
  if (allowed[access].includes(caller.role)) return;
  if (caller.refused) throw new ProblemError(caller.refused);
  if (caller.role === "none") {
    fail("TRUST_CERTIFICATE_MISSING", {
      what: "Cannot answer: the request comes without a certificate of this cluster",
      fix: "Use a context (khutulun context create, on a host), or run the command on a host",
    });
  }
  fail("TRUST_ROLE_REFUSED", {
    what: `Cannot do this for "${caller.name}": ${summary.toLowerCase()}`,
    why: "Only agents of hosts may",
  });
}

const allowed: Readonly<Record<Access, readonly Caller["role"][]>> = {
  anyone: ["admin", "host", "none"],
  administrators: ["admin", "host"],
  hosts: ["host"],
};
