import { X509Certificate } from "node:crypto";
import { fail } from "../base/mod.ts";
import { encodeHex } from "./_base64.ts";

/** What a certificate entitles to: agents of hosts, people who administer, and keys that secrets are sealed to. */
export type Role = "host" | "admin" | "seal";

/** What a certificate says. */
export interface CertificateFacts {
  readonly role: Role | undefined;
  /** A host's id, or an administrator's name. */
  readonly name: string;
  readonly issuer: string;
  readonly notBeforeMs: number;
  readonly notAfterMs: number;
  /** SHA-256 over the whole certificate, in lower-case hexadecimal digits. */
  readonly fingerprint: string;
  /** Names and addresses that a server may be reached by. */
  readonly names: readonly string[];
}

const roles: readonly string[] = ["host", "admin", "seal"] satisfies Role[];

/**
 * Returns what a certificate (PEM or DER) says; `TRUST_CERTIFICATE_INVALID` where it is none. Nothing is verified.
 *
 * Read by the runtime itself: the library that makes certificates takes 19 MB, which an agent that makes none should not.
 */
export function readCertificate(certificate: string | Uint8Array): CertificateFacts {
  return factsOf(openCertificate(certificate));
}

/** Returns the runtime's view of a certificate. */
export function openCertificate(certificate: string | Uint8Array): X509Certificate {
  try {
    return new X509Certificate(certificate);
  } catch (error) {
    fail("TRUST_CERTIFICATE_INVALID", {
      what: "Cannot read the certificate",
      why: (error as Error).message,
      fix: "Put its file back from a backup; a context is made anew by khutulun context create, " +
        "the keys of a host by khutulun join",
    });
  }
}

/** Returns what an opened certificate says. */
export function factsOf(it: X509Certificate): CertificateFacts {
  const organisation = partOf(it.subject, "O");
  return {
    role: roles.includes(organisation) ? organisation as Role : undefined,
    name: partOf(it.subject, "CN"),
    issuer: it.issuer.split("\n").join(", "),
    notBeforeMs: Date.parse(it.validFrom),
    notAfterMs: Date.parse(it.validTo),
    fingerprint: it.fingerprint256.replaceAll(":", "").toLowerCase(),
    names: (it.subjectAltName ?? "").split(", ").filter(Boolean).map((each) =>
      canonicalName(each.slice(each.indexOf(":") + 1))
    ),
  };
}

/** A part that is there twice is nothing that we have issued. */
function partOf(subject: string, part: string): string {
  const found = subject.split("\n").filter((line) => line.startsWith(`${part}=`));
  return found.length === 1 ? found[0].slice(part.length + 1) : "";
}

/** Returns a name or address in the one form in which it is compared: IPv6 has many. */
export function canonicalName(name: string): string {
  if (!name.includes(":")) return name.toLowerCase();
  const url = URL.parse(`http://[${name}]`);
  return url ? url.hostname.slice(1, -1) : name.toLowerCase();
}

/** Returns the SHA-256 of a certificate (PEM or DER) in lower-case hexadecimal digits. */
export async function fingerprintOf(certificate: string | Uint8Array): Promise<string> {
  if (typeof certificate === "string") return factsOf(openCertificate(certificate)).fingerprint;
  const bytes = certificate as Uint8Array<ArrayBuffer>;
  return encodeHex(new Uint8Array(await crypto.subtle.digest("SHA-256", bytes)));
}
