import { fail } from "../base/mod.ts";
import { decodeBase64, encodeBase64 } from "./_base64.ts";

/** What certificates are signed with: ECDSA over P-256 with SHA-256, which every TLS stack and browser takes. */
const keyAlgorithm = { name: "ECDSA", namedCurve: "P-256" } as const;
export const signingAlgorithm = { name: "ECDSA", hash: "SHA-256" } as const;

/** Returns a new key pair for a certificate. */
export async function createKeyPair(): Promise<CryptoKeyPair> {
  return await crypto.subtle.generateKey(keyAlgorithm, true, ["sign", "verify"]) as CryptoKeyPair;
}

/** Returns a private key as PEM (PKCS #8). */
export async function exportKey(key: CryptoKey): Promise<string> {
  const bytes = new Uint8Array(await crypto.subtle.exportKey("pkcs8", key));
  const lines = encodeBase64(bytes).match(/.{1,64}/g)!;
  return `-----BEGIN PRIVATE KEY-----\n${lines.join("\n")}\n-----END PRIVATE KEY-----\n`;
}

/** Returns the private key of a PEM text; `TRUST_CERTIFICATE_INVALID` where it is none of ours. */
export async function importKey(pem: string): Promise<CryptoKey> {
  const body = /-----BEGIN PRIVATE KEY-----([\s\S]+)-----END PRIVATE KEY-----/.exec(pem)?.[1];
  const bytes = body === undefined ? undefined : decodeBase64(body.replaceAll(/\s/g, ""));
  try {
    if (!bytes) throw new Error("it is not PEM");
    return await crypto.subtle.importKey("pkcs8", bytes, keyAlgorithm, true, ["sign"]);
  } catch (error) {
    fail("TRUST_CERTIFICATE_INVALID", {
      what: "Cannot read the private key",
      why: (error as Error).message,
      fix: "Put its file back from a backup; a context is made anew by khutulun context create, " +
        "the keys of a host by khutulun join",
    });
  }
}
