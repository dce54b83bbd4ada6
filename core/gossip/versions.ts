/** Versions of the protocol and the application that members speak (section 7 of the protocol page). */
import { sameBytes } from "./codec/mod.ts";

/** The range that this code understands and the version it speaks. */
const protocolVersions = [1, 5, 2] as const;

/** What a member's highest understood protocol turns on. */
export const protocolWith = { streamPing: 3, nack: 4, crc: 5 } as const;

/** Returns the six bytes that a member announces. */
export function versionBytes(application: readonly [number, number, number]): Uint8Array {
  return Uint8Array.from([...protocolVersions, ...application]);
}

/** Why a member that announces these versions cannot be taken in; nothing where it can. */
export function badVersions(vsn: Uint8Array): string | undefined {
  if (vsn.length < 3) return undefined; // a real node lets it in; its protocol then counts as 0
  const [min, max] = vsn;
  if (min === 0 || max === 0 || min > max) {
    return `its protocol range ${min} to ${max} makes no sense`;
  }
  return undefined;
}

/** A member as far as versions matter. */
export interface Versioned {
  readonly name: string;
  readonly vsn: Uint8Array;
  readonly isAlive: boolean;
}

/**
 * Why these members cannot be one cluster; nothing where they can.
 *
 * Over alive members the range is the overlap of all; then every member, whatever its state, must speak a version in it.
 */
export function incompatible(members: Iterable<Versioned>): string | undefined {
  // Nearly all announce the very same: each kind of announcement counts once, and one of its members stands for all.
  const kinds = new Map<string, Versioned>();
  let last: Versioned | undefined;
  for (const member of members) {
    if (last && isSameKind(last, member)) continue;
    last = member;
    const key = `${member.isAlive} ${member.vsn.subarray(0, 6)}`;
    if (!kinds.has(key)) kinds.set(key, member);
  }
  return incompatibleKinds([...kinds.values()]);
}

function isSameKind(one: Versioned, other: Versioned): boolean {
  return one.isAlive === other.isAlive && sameBytes(one.vsn, other.vsn);
}

function incompatibleKinds(kinds: readonly Versioned[]): string | undefined {
  const ranges = [{ at: 0, what: "protocol" }, { at: 3, what: "application" }];
  for (const { at, what } of ranges) {
    let [lowest, highest] = [0, 255];
    for (const { vsn, isAlive } of kinds) {
      if (!isAlive || vsn.length < 5) continue;
      lowest = Math.max(lowest, vsn[at]);
      highest = Math.min(highest, vsn[at + 1]);
    }
    for (const { name, vsn } of kinds) {
      const current = vsn[at + 2] ?? 0;
      if (current < lowest || current > highest) {
        return `"${name}" speaks ${what} version ${current}, all alive members understand ${lowest} to ${highest}`;
      }
    }
  }
  return undefined;
}
