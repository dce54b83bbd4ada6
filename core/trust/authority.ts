import type { X509Certificate } from "node:crypto";
import { fail } from "../base/mod.ts";
import { type CertificateFacts, factsOf, openCertificate, readCertificate } from "./certificate.ts";
import { nameOf, openRequest, type Subject } from "./certificate_request.ts";
import { createKeyPair, exportKey, importKey, signingAlgorithm } from "./keys.ts";
import { x509 } from "./_x509.ts";

const dayMs = 24 * 60 * 60 * 1_000;

/** How long an authority lasts. Nothing renews it by itself: `doctor` warns a year before. */
export const authorityLifeMs = 10 * 365 * dayMs;
/** How long the certificates of hosts and administrators last; they are renewed at two thirds of it. */
export const certificateLifeMs = 90 * dayMs;
/** What is new is valid from a while ago: other clocks may be behind. */
export const backdatedMs = 10 * 60 * 1_000;

/** A cluster's certificate authority. */
export interface Authority {
  /** PEM. */
  readonly certificate: string;
  /** PEM; never leaves the hosts. */
  readonly privateKey: string;
  readonly facts: CertificateFacts;

  /** Returns a certificate (PEM) for a request (PEM) that its maker has signed. */
  issue(request: string, options: IssueOptions): Promise<string>;
  /** Returns a certificate for a public key that no request can be signed with: one that secrets are sealed to. */
  issueFor(publicKey: CryptoKey, subject: Subject, options: IssueOptions): Promise<string>;
  /** Returns what a certificate of ours says; why it is none, or not now, is a problem of its own code. */
  verify(certificate: string | Uint8Array, nowMs: number): Promise<CertificateFacts>;
}

export interface IssueOptions {
  readonly nowMs: number;
  /** Names and addresses that a server is reached by. */
  readonly names?: readonly string[];
  readonly lifeMs?: number;
}

/** Makes the authority of a new cluster. */
export async function createAuthority(
  { cluster, nowMs, lifeMs = authorityLifeMs }: {
    readonly cluster: string;
    readonly nowMs: number;
    readonly lifeMs?: number;
  },
): Promise<Authority> {
  const x = await x509();
  const keys = await createKeyPair();
  const certificate = await x.X509CertificateGenerator.createSelfSigned({
    name: `O=khutulun, CN=${cluster}`,
    keys,
    signingAlgorithm,
    notBefore: new Date(nowMs - backdatedMs),
    notAfter: new Date(nowMs + lifeMs),
    extensions: [
      new x.BasicConstraintsExtension(true, 0, true),
      new x.KeyUsagesExtension(x.KeyUsageFlags.keyCertSign | x.KeyUsageFlags.cRLSign, true),
      await x.SubjectKeyIdentifierExtension.create(keys.publicKey),
    ],
  });
  return await openAuthority(
    `${certificate.toString("pem").trim()}\n`,
    await exportKey(keys.privateKey),
  );
}

/** Returns the authority that a certificate and its private key (PEM) are. */
export async function openAuthority(certificate: string, privateKey: string): Promise<Authority> {
  return new X509Authority(
    certificate,
    privateKey,
    readCertificate(certificate),
    await importKey(privateKey),
  );
}

class X509Authority implements Authority {
  readonly #signingKey: CryptoKey;

  constructor(
    readonly certificate: string,
    readonly privateKey: string,
    readonly facts: CertificateFacts,
    signingKey: CryptoKey,
  ) {
    this.#signingKey = signingKey;
  }

  async issue(request: string, options: IssueOptions): Promise<string> {
    const { subject, publicKey } = await openRequest(request);
    return await this.issueFor(publicKey, subject, options);
  }

  async issueFor(
    publicKey: CryptoKey,
    subject: Subject,
    { nowMs, names = [], lifeMs = certificateLifeMs }: IssueOptions,
  ): Promise<string> {
    const x = await x509();
    const notAfterMs = Math.min(nowMs + lifeMs, this.facts.notAfterMs);
    const usages = subject.role === "host"
      ? [x.ExtendedKeyUsage.serverAuth, x.ExtendedKeyUsage.clientAuth]
      : [x.ExtendedKeyUsage.clientAuth];
    const certificate = await x.X509CertificateGenerator.create({
      subject: nameOf(subject),
      issuer: this.facts.issuer,
      publicKey,
      signingKey: this.#signingKey,
      signingAlgorithm,
      notBefore: new Date(nowMs - backdatedMs),
      notAfter: new Date(notAfterMs),
      extensions: [
        new x.BasicConstraintsExtension(false, undefined, true),
        ...(subject.role === "seal" ? [] : [new x.ExtendedKeyUsageExtension(usages)]),
        ...(names.length === 0 ? [] : [
          new x.SubjectAlternativeNameExtension(
            names.map((value) => ({
              type: isAddress(value) ? "ip" as const : "dns" as const,
              value,
            })),
          ),
        ]),
      ],
    });
    return `${certificate.toString("pem").trim()}\n`;
  }

  // deno-lint-ignore require-await -- a problem is a rejection
  async verify(certificate: string | Uint8Array, nowMs: number): Promise<CertificateFacts> {
    const shown = openCertificate(certificate);
    const facts = factsOf(shown);
    const isOurs = isSignedBy(shown, openCertificate(this.certificate));
    if (!isOurs) {
      fail("TRUST_CERTIFICATE_FOREIGN", {
        what: `Cannot trust the certificate of "${facts.name}"`,
        why: `Its issuer is not the authority of this cluster (${this.facts.name})`,
        fix: "Use a certificate of this cluster: khutulun context create, or khutulun join",
      });
    }
    checkTime(facts, nowMs);
    return facts;
  }
}

function isSignedBy(certificate: X509Certificate, authority: X509Certificate): boolean {
  try {
    return certificate.verify(authority.publicKey);
  } catch {
    return false; // by a key of another kind
  }
}

/** Refuses a certificate outside of its time. */
export function checkTime(
  { name, notBeforeMs, notAfterMs }: Pick<CertificateFacts, "name" | "notBeforeMs" | "notAfterMs">,
  nowMs: number,
): void {
  const text = (ms: number) => new Date(ms).toISOString();
  if (nowMs > notAfterMs) {
    fail("TRUST_CERTIFICATE_EXPIRED", {
      what: `Cannot trust the certificate of "${name}"`,
      why: `It was valid until ${text(notAfterMs)}; this host's clock says ${text(nowMs)}`,
      fix: "Make a new one (khutulun context create), or set the clock right",
    });
  }
  if (nowMs < notBeforeMs) {
    fail("TRUST_CERTIFICATE_EARLY", {
      what: `Cannot trust the certificate of "${name}"`,
      why: `It is valid from ${text(notBeforeMs)}; this host's clock says ${text(nowMs)}`,
      fix: "Set the clocks right, best by NTP (timedatectl set-ntp true)",
    });
  }
}

function isAddress(name: string): boolean {
  return /^\d+\.\d+\.\d+\.\d+$/.test(name) || name.includes(":");
}
