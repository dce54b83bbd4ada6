import { fail } from "../base/mod.ts";
import type { Role } from "./certificate.ts";
import { signingAlgorithm } from "./keys.ts";
import { x509 } from "./_x509.ts";

/** Whom a certificate is of. */
export interface Subject {
  readonly role: Role;
  readonly name: string;
}

/** A request is a few hundred bytes; what is larger is none of ours. */
const requestCharactersMax = 8_192;

/** Returns a request for a certificate as PEM (PKCS #10, RFC 2986), signed to show that the private key is held. */
export async function createRequest(pair: CryptoKeyPair, subject: Subject): Promise<string> {
  const { Pkcs10CertificateRequestGenerator } = await x509();
  const request = await Pkcs10CertificateRequestGenerator.create({
    name: nameOf(subject),
    keys: pair,
    signingAlgorithm,
  });
  return request.toString("pem");
}

/**
 * Returns whom a request is for, and its public key. Its signature is verified: nobody gets a certificate for another's
 * key. `TRUST_REQUEST_INVALID` otherwise.
 */
export async function openRequest(
  pem: string,
): Promise<{ readonly subject: Subject; readonly publicKey: CryptoKey }> {
  const { Pkcs10CertificateRequest } = await x509();
  if (pem.length > requestCharactersMax) refuse(`It has ${pem.length} characters`);
  try {
    const request = new Pkcs10CertificateRequest(pem);
    if (!await request.verify()) throw new Error("Its signature is not by the key that it names");
    const [role] = request.subjectName.getField("O");
    const [name] = request.subjectName.getField("CN");
    if (role !== "host" && role !== "admin") throw new Error(`It is for the role "${role}"`);
    if (!isSubjectName(name)) throw new Error(`It is for the name "${name}"`);
    const { algorithm } = request.publicKey;
    if ((algorithm as EcKeyAlgorithm).namedCurve !== "P-256") {
      throw new Error(`Its key is of ${algorithm.name}`);
    }
    return { subject: { role, name }, publicKey: await request.publicKey.export() };
  } catch (error) {
    refuse((error as Error).message);
  }
}

/** Whether a name can stand in a subject: hosts and people are called by such. */
function isSubjectName(name: string | undefined): name is string {
  return name !== undefined && /^[A-Za-z0-9]([A-Za-z0-9._@-]{0,61}[A-Za-z0-9])?$/.test(name);
}

/** Returns the distinguished name of a subject. */
export function nameOf({ role, name }: Subject): string {
  if (!isSubjectName(name)) refuse(`It is for the name "${name}"`);
  return `O=${role}, CN=${name}`;
}

function refuse(why: string): never {
  fail("TRUST_REQUEST_INVALID", {
    what: "Cannot take the request for a certificate",
    why,
    fix:
      "Use the same version of Khutulun on both sides; names are letters, digits, dots and dashes",
  });
}
