import type { HostRoom } from "./host_room.ts";
import type { Reason } from "./reason.ts";
import type { DistributionPolicy, Strictness } from "./policies.ts";

/**
 * Instances that should not meet: members of different sides keep apart.
 *
 * Where one node template is to be scattered, each instance is a side of its own.
 */
export class ApartGroup {
  readonly #byHost = new Map<HostRoom, Map<string, number>>();
  readonly #totals = new Map<HostRoom, number>();

  constructor(
    readonly strictness: Strictness,
    /** How much a meeting counts against a host where it is not forbidden. */
    readonly weight: number,
    /** Half a sentence for people: `policy "apart" keeps it from`. */
    readonly why: string,
    /** The policy that wants it; none where it is merely better so. */
    readonly policy: string = "",
  ) {}

  /** How many of other sides are on the host. */
  meetings(room: HostRoom, side: string): number {
    const total = this.#totals.get(room) ?? 0;
    return total === 0 ? 0 : total - (this.#byHost.get(room)!.get(side) ?? 0);
  }

  /** Which other sides are on the host. */
  othersOn(room: HostRoom, side: string): string[] {
    return [...this.#byHost.get(room) ?? []]
      .filter(([each, count]) => each !== side && count > 0).map(([each]) => each);
  }

  change(room: HostRoom, side: string, by: 1 | -1): void {
    const sides = this.#byHost.get(room) ?? new Map<string, number>();
    this.#byHost.set(room, sides);
    sides.set(side, (sides.get(side) ?? 0) + by);
    this.#totals.set(room, (this.#totals.get(room) ?? 0) + by);
  }
}

/** Instances that are shared among the values of a host label. */
export class ShareGroup {
  readonly #quota: ReadonlyMap<string, number>;
  readonly #placed = new Map<string, number>();

  constructor(readonly policy: DistributionPolicy, total: number, rooms: readonly HostRoom[]) {
    this.#quota = quotas(policy, total, rooms);
  }

  get strictness(): Strictness {
    return this.policy.strictness;
  }

  /** Whether the host's value has its share already. */
  isFull(room: HostRoom): boolean {
    const value = room.host.labels[this.policy.label];
    return value === undefined || (this.#placed.get(value) ?? 0) >= (this.#quota.get(value) ?? 0);
  }

  change(room: HostRoom, by: 1 | -1): void {
    const value = room.host.labels[this.policy.label];
    if (value !== undefined) this.#placed.set(value, (this.#placed.get(value) ?? 0) + by);
  }

  whyFull(room: HostRoom): Reason {
    const { label, name: policy } = this.policy;
    const value = room.host.labels[label];
    if (value === undefined) {
      return {
        why: `policy "${policy}" wants label "${label}", it has none`,
        lack: { kind: "label", policy, label },
      };
    }
    return {
      why: `policy "${policy}" gives "${value}" its share (${this.#quota.get(value) ?? 0}) already`,
      lack: { kind: "share", policy, label },
    };
  }
}

/** Divides a total by ratio: whole parts first, what is left by the largest remainder, then by name. */
function quotas(
  { label, ratio }: DistributionPolicy,
  total: number,
  rooms: readonly HostRoom[],
): ReadonlyMap<string, number> {
  const values = [...new Set(rooms.flatMap(({ host }) => host.labels[label] ?? []))].sort();
  const shares = values.map((value): [string, number] => [
    value,
    ratio.size === 0 ? 1 : ratio.get(value) ?? 0,
  ]);
  const sum = shares.reduce((all, [, share]) => all + share, 0);
  if (sum === 0) return new Map();
  const exact = shares.map(([value, share]) => ({ value, exact: total * share / sum }));
  const whole = new Map(exact.map(({ value, exact }) => [value, Math.floor(exact)]));
  const left = total - [...whole.values()].reduce((all, each) => all + each, 0);
  const byRemainder = [...exact].sort((a, b) => (b.exact % 1) - (a.exact % 1));
  for (const { value } of byRemainder.slice(0, left)) whole.set(value, whole.get(value)! + 1);
  return whole;
}
