import type { Eligible } from "./eligibility.ts";
import type { ApartGroup, ShareGroup } from "./groups.ts";
import type { HostRoom } from "./host_room.ts";
import type { Claim, ClaimWanted } from "./instance.ts";
import type { Reason } from "./reason.ts";

/** An instance as the placer sees it. */
export interface Member {
  readonly id: string;
  readonly claims: readonly ClaimWanted[];
  /** What it holds where it is now. */
  readonly held: readonly Claim[];
}

/** Instances that go to one host together: mostly one, with what follows it. */
export interface Unit {
  /** The id of its first member. */
  readonly key: string;
  /** What it is a copy of: the vertexes of its members. */
  readonly kind: string;
  readonly members: readonly Member[];
  readonly cpus: number;
  readonly memoryBytes: number;
  readonly eligible: Eligible;
  readonly apart: readonly { readonly group: ApartGroup; readonly side: string }[];
  readonly shares: readonly ShareGroup[];
  /** Units that it would like to be with. */
  readonly friends: readonly string[];
  /** Where it is now. */
  readonly current?: HostRoom;
  /** Whether all of its members are there: only then can it stay where no host takes it. */
  readonly isWhole: boolean;
  readonly isOptional: boolean;
}

/** Where a unit goes, with the claims of each of its members. */
export interface Place {
  readonly room: HostRoom;
  readonly claims: ReadonlyMap<string, readonly Claim[]>;
}

export interface Placement {
  /** By unit key, those that stay among them. */
  readonly places: ReadonlyMap<string, Place>;
  /** What no host takes, and is nowhere then. */
  readonly refused: readonly RefusedUnit[];
  /** What no host takes, and stays where it is. */
  readonly staying: readonly RefusedUnit[];
}

/** What no host takes, and why each of them does not. */
export interface RefusedUnit {
  readonly unit: Unit;
  readonly reasons: readonly HostReason[];
}

/** Why a host does not take a unit. */
export interface HostReason extends Reason {
  readonly host: HostRoom;
}
