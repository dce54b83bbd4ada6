import { fail } from "../base/mod.ts";
import type { Random } from "../ports/mod.ts";
import { decodeBase64Url, encodeBase64Url, encodeHex } from "./_base64.ts";

/** What a host needs to join a cluster, in one word that a person can copy. */
export interface JoinToken {
  /** Of the record in the state. */
  readonly id: string;
  /** Whoever knows it may join; the state has its hash alone. */
  readonly secret: string;
  readonly cluster: string;
  /** SHA-256 of the authority's certificate: whoever answers must have it. */
  readonly authority: string;
  /** `address:port` of hosts to ask. */
  readonly endpoints: readonly string[];
  readonly expiresMs: number;
  /** Where the state is on the host that made the token. */
  readonly state: string;
}

const prefix = "kht1_";
const tokenCharactersMax = 4_096;

/** Returns a token as a word: `kht1_…`. */
export function formatToken(token: JoinToken): string {
  const { id, secret, cluster, authority, endpoints, expiresMs, state } = token;
  const parts = [id, secret, cluster, authority, endpoints, expiresMs, state];
  return prefix + encodeBase64Url(new TextEncoder().encode(JSON.stringify(parts)));
}

/** Returns the token that a word is; `TRUST_TOKEN_INVALID` where it is none, `TRUST_TOKEN_EXPIRED` where its time is over. */
export function parseToken(word: string, nowMs: number): JoinToken {
  const token = read(word.trim());
  checkExpiry(token.expiresMs, nowMs);
  return token;
}

/** Refuses a token whose time is over. */
export function checkExpiry(expiresMs: number, nowMs: number): void {
  if (nowMs <= expiresMs) return;
  fail("TRUST_TOKEN_EXPIRED", {
    what: "Cannot join by this token: it has expired",
    why: `It was good until ${new Date(expiresMs).toISOString()}; this host's clock says ${
      new Date(nowMs).toISOString()
    }`,
    fix: "Make a new one on a host of the cluster: khutulun cluster token create",
  });
}

function read(word: string): JoinToken {
  if (word.length > tokenCharactersMax) refuse("It is too long");
  if (/^kht\d+_/.test(word) && !word.startsWith(prefix)) {
    refuse("It was made by a version with another form of tokens");
  }
  if (!word.startsWith(prefix)) refuse(`A token starts with "${prefix}"`);
  const bytes = decodeBase64Url(word.slice(prefix.length));
  if (!bytes) refuse("It was cut short or changed on the way");
  let parts: unknown;
  try {
    parts = JSON.parse(new TextDecoder("utf-8", { fatal: true }).decode(bytes));
  } catch {
    refuse("It was cut short or changed on the way");
  }
  if (!Array.isArray(parts) || parts.length !== 7) refuse("It does not hold what a token holds");
  const [id, secret, cluster, authority, endpoints, expiresMs, state] = parts;
  const isWhole =
    [id, secret, cluster, authority, state].every((each) => typeof each === "string") &&
    typeof expiresMs === "number" && Array.isArray(endpoints) && endpoints.length > 0 &&
    endpoints.length <= 32 && endpoints.every((each) => typeof each === "string") &&
    /^[0-9a-f]{64}$/.test(authority) && /^[0-9a-z]{4,32}$/.test(id);
  if (!isWhole) refuse("It does not hold what a token holds");
  return { id, secret, cluster, authority, endpoints, expiresMs, state };
}

function refuse(why: string): never {
  fail("TRUST_TOKEN_INVALID", {
    what: "Cannot read the join token",
    why,
    fix: "Copy the whole word that khutulun cluster token create has printed",
  });
}

/** Returns a new secret of 128 bits, and a short id. */
export function newSecret(random: Random): { readonly id: string; readonly secret: string } {
  return { id: encodeHex(random.bytes(4)), secret: encodeBase64Url(random.bytes(16)) };
}

/** Returns what the state keeps of a secret. It has 128 random bits, so that one hash is enough. */
export async function hashSecret(secret: string): Promise<string> {
  const bytes = new TextEncoder().encode(`khutulun join ${secret}`);
  return encodeHex(new Uint8Array(await crypto.subtle.digest("SHA-256", bytes)));
}
