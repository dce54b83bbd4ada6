import { fail } from "../base/mod.ts";
import type { Random } from "../ports/mod.ts";
import { decodeBase64, encodeBase64, encodeHex } from "./_base64.ts";
import { mergeRevocations, type Revocation } from "./revocation.ts";

/**
 * The keys of the gossip, and whose certificates are good no longer, as one value that hosts hand on: of two, the newer one is
 * taken, with the revocations of both.
 *
 * A rotation goes through three rings, each of which all live hosts hold before the next is made: the new key is added
 * (all can read it), it is used (all write it), the old one is removed. Whoever holds the newest ring can go on with a
 * rotation that was cut short.
 */
export interface KeyRing {
  /** Each change makes the next. */
  readonly generation: number;
  /** Base64 of 32 bytes each (AES-256). */
  readonly keys: readonly string[];
  /** Index in `keys` of the one that encrypts. */
  readonly primary: number;
  readonly revoked?: readonly Revocation[];
}

const keyBytes = 32;
const keysMax = 8;

/** Returns the ring of a new cluster. */
export function createRing(random: Random): KeyRing {
  return { generation: 1, keys: [encodeBase64(random.bytes(keyBytes))], primary: 0 };
}

/**
 * Returns what a host has that has lost its ring: a key that nobody knows. Every other ring is newer, and no host takes this one
 * (`parseRing`).
 */
export function lostRing(random: Random): KeyRing {
  return { generation: 0, keys: [encodeBase64(random.bytes(keyBytes))], primary: 0 };
}

/** Whether it is one of `lostRing`. */
export function isLostRing({ generation }: KeyRing): boolean {
  return generation === 0;
}

/** Returns where a rotation stands; `none` is under way where there is one key. */
export function rotationOf(ring: KeyRing): "none" | "added" | "used" {
  if (ring.keys.length === 1) return "none";
  return ring.primary === ring.keys.length - 1 ? "used" : "added";
}

/** Returns the ring with a new key that is not used yet. */
export function addKey(ring: KeyRing, random: Random): KeyRing {
  const keys = [...ring.keys, encodeBase64(random.bytes(keyBytes))];
  return { ...ring, generation: ring.generation + 1, keys };
}

/** Returns the ring in which the newest key encrypts. */
export function useNewKey(ring: KeyRing): KeyRing {
  return { ...ring, generation: ring.generation + 1, primary: ring.keys.length - 1 };
}

/** Returns the ring with nothing but the key that encrypts. */
export function removeOldKeys(ring: KeyRing): KeyRing {
  const keys = [ring.keys[ring.primary]];
  return { ...ring, generation: ring.generation + 1, keys, primary: 0 };
}

/** Returns the ring that says of these certificates that they are good no longer. */
export function revokeIn(ring: KeyRing, revocation: Revocation): KeyRing {
  const revoked = mergeRevocations(ring.revoked ?? [], [revocation]);
  return { ...ring, generation: ring.generation + 1, revoked };
}

/**
 * Returns the ring that is to be taken of two. Of two of one generation (two rotations at once) all choose the same; both
 * can read what the others write, for both still have the key that encrypts.
 */
export function newerRing(a: KeyRing, b: KeyRing): KeyRing {
  const newer = newerKeys(a, b);
  const revoked = mergeRevocations(a.revoked ?? [], b.revoked ?? []);
  return revoked.length === 0 ? newer : { ...newer, revoked };
}

function newerKeys(a: KeyRing, b: KeyRing): KeyRing {
  if (a.generation !== b.generation) return a.generation > b.generation ? a : b;
  return formatRing(a) >= formatRing(b) ? a : b;
}

/** Returns the keys as the gossip takes them: the one that encrypts first. */
export function ringKeys({ keys, primary }: KeyRing): Uint8Array[] {
  return [keys[primary], ...keys.filter((_, index) => index !== primary)]
    .map((key) => decodeBase64(key)!);
}

/** Returns a name of a key that tells nothing of it: the first digits of its SHA-256. */
export async function keyIdOf(key: string): Promise<string> {
  const digest = await crypto.subtle.digest("SHA-256", decodeBase64(key)!);
  return encodeHex(new Uint8Array(digest)).slice(0, 12);
}

export function formatRing({ generation, keys, primary, revoked = [] }: KeyRing): string {
  const list = revoked.map(({ role, name, beforeMs }) => ({ role, name, beforeMs }));
  return JSON.stringify({ generation, keys, primary, ...(list.length > 0 && { revoked: list }) });
}

/** Returns the ring of a text; `TRUST_KEYS_INVALID` where it is none. */
export function parseRing(text: string): KeyRing {
  let json: Partial<KeyRing> | null = null;
  try {
    json = JSON.parse(text);
  } catch {
    // said below
  }
  const { generation, keys, primary, revoked = [] } = json ?? {};
  const isWhole = Number.isSafeInteger(generation) && generation! > 0 && Array.isArray(keys) &&
    keys.length > 0 && keys.length <= keysMax && Number.isSafeInteger(primary) &&
    keys[primary!] !== undefined &&
    keys.every((key) => typeof key === "string" && decodeBase64(key)?.length === keyBytes) &&
    Array.isArray(revoked) && revoked.every(isRevocation);
  if (!isWhole) {
    fail("TRUST_KEYS_INVALID", {
      what: "Cannot read the keys of the gossip",
      why: "The file holds something else, or was cut short",
      fix: "Nothing: a host that has lost them asks the others; until then they leave it out",
    });
  }
  const all = mergeRevocations(revoked, []);
  const ring = { generation: generation!, keys: keys!, primary: primary! };
  return all.length > 0 ? { ...ring, revoked: all } : ring;
}

function isRevocation(it: Partial<Revocation> | null): boolean {
  return (it?.role === "host" || it?.role === "admin") && typeof it.name === "string" &&
    it.name.length <= 255 && Number.isSafeInteger(it.beforeMs);
}
