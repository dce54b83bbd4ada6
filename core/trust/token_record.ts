import { fail } from "../base/mod.ts";
import { checkExpiry, hashSecret } from "./join_token.ts";

/** What the state keeps of a join token. */
export interface TokenRecord {
  readonly id: string;
  /** See `hashSecret`. */
  readonly secretHash: string;
  readonly createdMs: number;
  readonly expiresMs: number;
  readonly isSingleUse: boolean;
  /** Who made it. */
  readonly by: string;
  readonly isRevoked: boolean;
  /** When it was; told of those that were revoked since that is kept. */
  readonly revokedMs?: number;
  /** Hosts that have joined by it, the last `usesMax` of them. */
  readonly uses: readonly { readonly host: string; readonly atMs: number }[];
}

/** For so long the state tells of a token that is of no use any more; after that the audit log alone does. */
const keptMs = 30 * 24 * 60 * 60 * 1_000;

/** Whether a token has been expired, revoked or used up for so long that nobody asks for it any more. */
export function isLongUseless(record: TokenRecord, nowMs: number): boolean {
  const { expiresMs, revokedMs = Infinity, isSingleUse, uses } = record;
  const usedMs = isSingleUse ? uses.at(0)?.atMs ?? Infinity : Infinity;
  return nowMs - Math.min(expiresMs, revokedMs, usedMs) > keptMs;
}

/** How many uses a record tells of. */
const usesMax = 64;

/**
 * Returns the record with one more use, or refuses: unknown, wrong secret, revoked, expired, used. The same host may come
 * again by a token for one use: its first attempt may have been cut short.
 */
export async function checkTokenUse(
  record: TokenRecord | undefined,
  use: { readonly secret: string; readonly host: string; readonly nowMs: number },
): Promise<TokenRecord> {
  const isKnown = record && record.secretHash === await hashSecret(use.secret);
  if (!isKnown || record.isRevoked) {
    fail("TRUST_TOKEN_REFUSED", {
      what: "Cannot join by this token: the cluster does not know it",
      why: isKnown ? "It was revoked" : "It was never made here, or was removed",
      fix: "Make a new one on a host of the cluster: khutulun cluster token create",
    });
  }
  checkExpiry(record.expiresMs, use.nowMs);
  const [first] = record.uses;
  if (record.isSingleUse && first && first.host !== use.host) {
    fail("TRUST_TOKEN_USED", {
      what: "Cannot join by this token: it was used already",
      why: `Host "${first.host}" joined by it at ${new Date(first.atMs).toISOString()}`,
      fix: "Make a new one on a host of the cluster: khutulun cluster token create",
    });
  }
  const uses = [...record.uses, { host: use.host, atMs: use.nowMs }].slice(-usesMax);
  return { ...record, uses: record.isSingleUse && first ? record.uses : uses };
}
