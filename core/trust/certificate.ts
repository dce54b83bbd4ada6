import { fail } from "../base/mod.ts";
import { encodeHex } from "./_base64.ts";
import { x509 } from "./_x509.ts";

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

/** Returns what a certificate (PEM or DER) says; `TRUST_CERTIFICATE_INVALID` where it is none. Nothing is verified. */
export async function readCertificate(certificate: string | Uint8Array): Promise<CertificateFacts> {
  const { X509Certificate, SubjectAlternativeNameExtension } = await x509();
  try {
    const it = new X509Certificate(certificate as string | Uint8Array<ArrayBuffer>);
    const [organisation] = it.subjectName.getField("O");
    const names = it.getExtension(SubjectAlternativeNameExtension)?.names.items ?? [];
    return {
      role: roles.includes(organisation) ? organisation as Role : undefined,
      name: it.subjectName.getField("CN")[0] ?? "",
      issuer: it.issuer,
      notBeforeMs: it.notBefore.getTime(),
      notAfterMs: it.notAfter.getTime(),
      fingerprint: await fingerprintOf(new Uint8Array(it.rawData)),
      names: names.map(({ value }) => value),
    };
  } catch (error) {
    fail("TRUST_CERTIFICATE_INVALID", {
      what: "Cannot read the certificate",
      why: (error as Error).message,
      fix: "Put back the file from a backup, or let the host leave and join again",
    });
  }
}

/** Returns the SHA-256 of a certificate (PEM or DER) in lower-case hexadecimal digits. */
export async function fingerprintOf(certificate: string | Uint8Array): Promise<string> {
  const bytes = typeof certificate === "string"
    ? new Uint8Array(new (await x509()).X509Certificate(certificate).rawData)
    : certificate;
  return encodeHex(
    new Uint8Array(await crypto.subtle.digest("SHA-256", bytes as Uint8Array<ArrayBuffer>)),
  );
}
