import { fail } from "../base/mod.ts";
import type { Random } from "../ports/mod.ts";
import type { Authority } from "./authority.ts";
import { decodeBase64, encodeBase64 } from "./_base64.ts";
import { openCertificate } from "./certificate.ts";

/**
 * Secrets that some hosts alone can open, so that they can lie where everybody reads.
 *
 * One random key (AES-256-GCM) encrypts the value; for each host that key is wrapped by what ECDH over P-256 between a key
 * made for this alone and the host's own gives, through HKDF-SHA-256. It is the shape of ECIES (SEC 1, section 5.1) and of
 * HPKE's base mode (RFC 9180). Name, generation of the format and host are bound in as associated data, so that a sealed
 * secret cannot be passed off as another. A host's public key comes in a certificate of the cluster's authority: whoever can
 * write the share cannot have secrets sealed to a key of their own.
 */
export interface Sealed {
  readonly format: 1;
  /** Base64: of nonce and ciphertext. */
  readonly value: string;
  /** Base64 of the public key that the wraps were made with (raw point). */
  readonly key: string;
  /** By host: base64 of the wrapped key. */
  readonly wraps: Readonly<Record<string, string>>;
}

/** The key that secrets are sealed to. */
export interface SealKey {
  /** JSON Web Key, as text; never leaves its host. */
  readonly privateKey: string;
  /** PEM. */
  readonly certificate: string;
}

/** How large a secret may be. */
export const secretBytesMax = 64 * 1_024;

const curve = { name: "ECDH", namedCurve: "P-256" } as const;
const nonceBytes = 12;

/** Returns a new key of a host, certified by its cluster's authority. */
export async function createSealKey(
  authority: Authority,
  host: string,
  nowMs: number,
): Promise<SealKey> {
  const pair = await crypto.subtle.generateKey(curve, true, ["deriveBits"]) as CryptoKeyPair;
  const lifeMs = authority.facts.notAfterMs - nowMs;
  const subject = { role: "seal", name: host } as const;
  return {
    privateKey: JSON.stringify(await crypto.subtle.exportKey("jwk", pair.privateKey)),
    certificate: await authority.issueFor(pair.publicKey, subject, { nowMs, lifeMs }),
  };
}

/** Returns a value sealed to the hosts of the certificates; each is verified. `name` is what the secret is called. */
export async function seal(
  value: Uint8Array,
  options: {
    readonly name: string;
    readonly authority: Authority;
    /** PEM. */
    readonly certificates: readonly string[];
    readonly random: Random;
    readonly nowMs: number;
  },
): Promise<Sealed> {
  const { name, authority, certificates, random, nowMs } = options;
  if (value.length > secretBytesMax) {
    fail("TRUST_SECRET_INVALID", {
      what: `Cannot keep the secret "${name}"`,
      why: `It has ${value.length} bytes; the most is ${secretBytesMax}`,
      fix: "Keep large files out of secrets: encrypt them, and keep their key here",
    });
  }
  const contentKey = random.bytes(32);
  const ephemeral = await crypto.subtle.generateKey(curve, true, ["deriveBits"]) as CryptoKeyPair;
  const point = new Uint8Array(await crypto.subtle.exportKey("raw", ephemeral.publicKey));
  const wraps: Record<string, string> = {};
  for (const certificate of certificates) {
    const { role, name: host } = await authority.verify(certificate, nowMs);
    if (role !== "seal") damaged(name, `The certificate of "${host}" is for another purpose`);
    const key = await wrappingKey(ephemeral.privateKey, await publicKeyOf(certificate), point);
    wraps[host] = encodeBase64(await encrypt(key, contentKey, `${name}\n${host}`, random));
  }
  const key = await importContentKey(contentKey);
  return {
    format: 1,
    value: encodeBase64(await encrypt(key, value, name, random)),
    key: encodeBase64(point),
    wraps,
  };
}

/** Returns the value of a secret that is sealed to this host; `TRUST_SECRET_INVALID` where it is not, or was changed. */
export async function openSealed(
  sealed: Sealed,
  options: { readonly name: string; readonly host: string; readonly privateKey: string },
): Promise<Uint8Array> {
  const { name, host, privateKey } = options;
  const wrap = sealed.wraps[host];
  if (wrap === undefined) {
    fail("TRUST_SECRET_INVALID", {
      what: `Cannot open the secret "${name}" on host "${host}"`,
      why: `It is sealed to ${Object.keys(sealed.wraps).join(", ") || "nobody"}`,
      fix: `Set it again on a host that may have it: ${howToSet(name)}`,
    });
  }
  try {
    const own = await crypto.subtle.importKey("jwk", JSON.parse(privateKey), curve, false, [
      "deriveBits",
    ]);
    const point = decodeBase64(sealed.key)!;
    const other = await crypto.subtle.importKey("raw", point, curve, false, []);
    const key = await wrappingKey(own, other, point);
    const contentKey = await decrypt(key, decodeBase64(wrap)!, `${name}\n${host}`);
    return await decrypt(await importContentKey(contentKey), decodeBase64(sealed.value)!, name);
  } catch {
    damaged(name, "It was changed since it was sealed, or is sealed to another key of this host");
  }
}

async function wrappingKey(
  privateKey: CryptoKey,
  publicKey: CryptoKey,
  salt: Uint8Array<ArrayBuffer>,
): Promise<CryptoKey> {
  const bits = await crypto.subtle.deriveBits({ name: "ECDH", public: publicKey }, privateKey, 256);
  const shared = await crypto.subtle.importKey("raw", bits, "HKDF", false, ["deriveKey"]);
  return await crypto.subtle.deriveKey(
    { name: "HKDF", hash: "SHA-256", salt, info: new TextEncoder().encode("khutulun secret 1") },
    shared,
    { name: "AES-GCM", length: 256 },
    false,
    ["encrypt", "decrypt"],
  );
}

async function publicKeyOf(certificate: string): Promise<CryptoKey> {
  const der = openCertificate(certificate).publicKey.export({ type: "spki", format: "der" });
  return await crypto.subtle.importKey("spki", der as Uint8Array<ArrayBuffer>, curve, false, []);
}

async function importContentKey(bytes: Uint8Array): Promise<CryptoKey> {
  const raw = bytes as Uint8Array<ArrayBuffer>;
  return await crypto.subtle.importKey("raw", raw, "AES-GCM", false, ["encrypt", "decrypt"]);
}

async function encrypt(
  key: CryptoKey,
  value: Uint8Array,
  context: string,
  random: Random,
): Promise<Uint8Array> {
  const iv = random.bytes(nonceBytes) as Uint8Array<ArrayBuffer>;
  const additionalData = new TextEncoder().encode(context);
  const text = await crypto.subtle.encrypt(
    { name: "AES-GCM", iv, additionalData },
    key,
    value as Uint8Array<ArrayBuffer>,
  );
  const whole = new Uint8Array(nonceBytes + text.byteLength);
  whole.set(iv);
  whole.set(new Uint8Array(text), nonceBytes);
  return whole;
}

async function decrypt(
  key: CryptoKey,
  whole: Uint8Array<ArrayBuffer>,
  context: string,
): Promise<Uint8Array> {
  const iv = whole.slice(0, nonceBytes);
  const additionalData = new TextEncoder().encode(context);
  const options = { name: "AES-GCM", iv, additionalData };
  return new Uint8Array(await crypto.subtle.decrypt(options, key, whole.slice(nonceBytes)));
}

function damaged(name: string, why: string): never {
  fail("TRUST_SECRET_INVALID", {
    what: `Cannot open the secret "${name}"`,
    why,
    fix: `Set it again: ${howToSet(name)}`,
  });
}

/** What is typed to set a secret, of which `name` is `NAMESPACE/NAME`. */
function howToSet(name: string): string {
  const [namespace, own] = name.split("/");
  return `khutulun secret set ${own} --namespace ${namespace} --file FILE`;
}
