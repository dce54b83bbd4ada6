import type { HostRoom } from "./host_room.ts";
import type { Claim } from "./instance.ts";
import { isAway } from "./inventory.ts";
import { compareInstanceIds } from "./names.ts";
import type { Reason } from "./reason.ts";
import type { HostReason, Place, Placement, RefusedUnit, Unit } from "./unit.ts";

/**
 * With so many hosts or fewer every one is weighed; with more, so many that fit, from a place by hash, and some more while
 * something still speaks against the best.
 */
const exhaustiveHostsMax = 64;
const choicesMin = 16;
const choicesMax = 64;
/** Up to so many units a dead end is searched for a way out, in so many tries. */
const searchUnitsMax = 200;
const searchTriesMax = 20_000;

export interface PlaceOptions {
  /**
   * Nothing is asked of what is there that was not asked when it was placed: where no host takes it, it may stay whatever has
   * become of its own. Otherwise that one has to do, were it not away or to be free.
   */
  readonly isAsBefore?: boolean;
}

/**
 * Chooses a host for each unit, deterministically.
 *
 * Who can stay stays; the others follow, the most constrained first, each to the host with the least against it, then
 * the least loaded. Where that ends with somebody left out and the problem is small, other ways are searched, so that
 * a refusal means that there is none (within the search's bound).
 *
 * What is there already and finds no host stays where it is, and the others are placed around it: it holds up nothing else.
 */
export function place(
  units: readonly Unit[],
  { isAsBefore = false }: PlaceOptions = {},
): Placement {
  const placer = new Placer(units);
  const staying: RefusedUnit[] = [];
  for (;;) {
    const refused = placer.placeAll();
    const more = placer.letStay(refused, isAsBefore);
    if (more.length === 0) return { places: placer.places, refused, staying };
    staying.push(...more);
  }
}

class Placer {
  /** Those that are still to be placed: not those that stay. */
  #units: readonly Unit[];
  readonly #avoid: ReadonlySet<string>;
  readonly places = new Map<string, Place>();
  #tries = 0;

  constructor(units: readonly Unit[]) {
    this.#units = inOrder(units);
    this.#avoid = fixedKeys(units);
  }

  /** Places all, or else what fits. Returns those that are left out. */
  placeAll(): RefusedUnit[] {
    if (this.#placeInTurn().length === 0) return [];
    if (this.#units.length <= searchUnitsMax && this.#search()) return [];
    const refused = this.#placeInTurn();
    return this.#sparing(refused).map((unit) => ({ unit, reasons: this.#reasons(unit) }));
  }

  /** Places one unit after the other, those first that can stay. Returns those that are left out. */
  #placeInTurn(): Unit[] {
    this.#clear();
    const refused: Unit[] = [];
    const movers = this.#units.filter((unit) => !this.#stay(unit));
    for (const unit of movers) {
      const place = this.#best(unit);
      if (place) this.#assign(unit, place);
      else refused.push(unit);
    }
    return refused;
  }

  /** One copy is as good as another: the service can do without one that is left out where one is placed that it could do without. */
  #sparing(refused: readonly Unit[]): Unit[] {
    const spare = this.#units.filter(({ key, isOptional }) => isOptional && this.places.has(key));
    return refused.map((unit) => {
      const other = spare.findIndex(({ kind }) => !unit.isOptional && kind === unit.kind);
      if (other < 0) return unit;
      spare.splice(other, 1);
      return { ...unit, isOptional: true };
    });
  }

  /** Tries every way, those that move least first. Returns whether there is one, and was found in time. */
  #search(): boolean {
    this.#clear();
    this.#tries = 0;
    return this.#searchFrom(0);
  }

  /**
   * Lets those that were refused stay where they are, as far as they may, before the others are placed anew. Returns which do;
   * with none, the others are placed as they were.
   */
  letStay(refused: readonly RefusedUnit[], isAsBefore: boolean): RefusedUnit[] {
    const able = refused.filter(({ unit }) => mayWait(unit, isAsBefore));
    if (able.length === 0) return [];
    this.#clear();
    const staying = able.filter(({ unit }) => {
      const room = unit.current!;
      const place = isAsBefore ? { room, claims: heldBy(unit) } : this.#fitAt(unit, room);
      if (place) this.#assign(unit, place);
      return place !== undefined;
    });
    const done = new Set(staying.map(({ unit }) => unit.key));
    if (done.size > 0) this.#units = this.#units.filter(({ key }) => !done.has(key));
    else this.#placeInTurn();
    return staying;
  }

  #searchFrom(index: number): boolean {
    if (index === this.#units.length) return true;
    const unit = this.#units[index];
    for (const place of this.#candidates(unit)) {
      if (++this.#tries > searchTriesMax) return false;
      this.#assign(unit, place);
      if (this.#searchFrom(index + 1)) return true;
      this.#unassign(unit, place);
    }
    return false;
  }

  #candidates(unit: Unit): Place[] {
    const rooms = unit.current && !unit.eligible.rooms.includes(unit.current)
      ? [unit.current, ...unit.eligible.rooms]
      : unit.eligible.rooms;
    return rooms.flatMap((room) => this.#placeAt(unit, room) ?? [])
      .map((place) => ({ place, cost: this.#cost(unit, place.room) }))
      .sort((a, b) =>
        Number(b.place.room === unit.current) - Number(a.place.room === unit.current) ||
        compareCosts(a.cost, b.cost) || a.place.room.index - b.place.room.index
      ).map(({ place }) => place);
  }

  #stay(unit: Unit): boolean {
    const place = unit.current && this.#placeAt(unit, unit.current);
    if (!place) return false;
    this.#assign(unit, place);
    return true;
  }

  #best(unit: Unit): Place | undefined {
    const { rooms } = unit.eligible;
    const start = unit.eligible.startOf(unit.key);
    let best: Place | undefined;
    let bestCost: Cost = [Infinity, Infinity];
    let found = 0;
    for (let offset = 0; offset < rooms.length; offset++) {
      const room = rooms[(start + offset) % rooms.length];
      const place = this.#placeAt(unit, room);
      if (!place) continue;
      found++;
      const cost = this.#cost(unit, room);
      if (compareCosts(cost, bestCost) < 0) [best, bestCost] = [place, cost];
      const isEnough = found >= (bestCost[0] === 0 ? choicesMin : choicesMax);
      if (isEnough && rooms.length > exhaustiveHostsMax) break;
    }
    return best;
  }

  /** Returns what the unit would have on a host, or nothing where it does not fit. Takes nothing. */
  #placeAt(unit: Unit, room: HostRoom): Place | undefined {
    const isOpen = room !== unit.current || unit.eligible.mayStay(room);
    return isOpen ? this.#fitAt(unit, room) : undefined;
  }

  /** Returns the same, whether the host takes instances or not. */
  #fitAt(unit: Unit, room: HostRoom): Place | undefined {
    if (unit.cpus > room.cpusFree || unit.memoryBytes > room.memoryBytesFree) return undefined;
    for (const { group, side } of unit.apart) {
      if (group.strictness === "strict" && group.meetings(room, side) > 0) return undefined;
    }
    for (const group of unit.shares) {
      if (group.strictness === "strict" && group.isFull(room)) return undefined;
    }
    const claims = this.#claimsAt(unit, room);
    return claims && { room, claims };
  }

  #claimsAt(unit: Unit, room: HostRoom): ReadonlyMap<string, readonly Claim[]> | undefined {
    const all = new Map<string, readonly Claim[]>();
    const taken: Claim[] = [];
    for (const member of unit.members) {
      const claims: Claim[] = [];
      const held = room === unit.current ? member.held : [];
      for (const wanted of member.claims) {
        const claim = room.pick(wanted, { id: member.id, held }, this.#avoid);
        if (claim) {
          room.take(claim, member.id);
          taken.push(claim);
          claims.push(claim);
        }
      }
      all.set(member.id, claims);
    }
    for (const claim of taken) room.giveBack(claim);
    const wanted = unit.members.reduce((sum, { claims }) => sum + claims.length, 0);
    return taken.length === wanted ? all : undefined;
  }

  #cost(unit: Unit, room: HostRoom): Cost {
    let against = 0;
    for (const { group, side } of unit.apart) against += group.weight * group.meetings(room, side);
    for (const group of unit.shares) if (group.isFull(room)) against += 100;
    for (const friend of unit.friends) {
      const place = this.places.get(friend);
      if (place && place.room !== room) against += 100;
    }
    return [against, room.load];
  }

  #assign(unit: Unit, place: Place): void {
    const { room, claims } = place;
    room.use(unit.cpus, unit.memoryBytes, unit.members.length);
    for (const [id, each] of claims) for (const claim of each) room.take(claim, id);
    for (const { group, side } of unit.apart) group.change(room, side, 1);
    for (const group of unit.shares) group.change(room, 1);
    this.places.set(unit.key, place);
  }

  #unassign(unit: Unit, { room, claims }: Place): void {
    room.use(-unit.cpus, -unit.memoryBytes, -unit.members.length);
    for (const each of claims.values()) for (const claim of each) room.giveBack(claim);
    for (const { group, side } of unit.apart) group.change(room, side, -1);
    for (const group of unit.shares) group.change(room, -1);
    this.places.delete(unit.key);
  }

  #clear(): void {
    for (const unit of this.#units) {
      const place = this.places.get(unit.key);
      if (place) this.#unassign(unit, place);
    }
  }

  #reasons(unit: Unit): HostReason[] {
    return unit.eligible.all.map((host) => ({ host, ...this.#whyNot(unit, host) }));
  }

  #whyNot(unit: Unit, room: HostRoom): Reason {
    const reason = unit.eligible.whyNot(room);
    if (reason?.lack.kind !== "closed") return reason ?? this.#whyNoRoom(unit, room);
    // Whoever frees a host of something does not want to be told to give up.
    const fits = reason.lack.fits && this.#placeAt(unit, room) !== undefined;
    return { ...reason, lack: { kind: "closed", fits } };
  }

  #whyNoRoom(unit: Unit, room: HostRoom): Reason {
    const { cpus, memoryBytes } = unit;
    if (cpus > room.cpusFree) {
      return {
        why: `it has ${round(room.cpusFree)} of the ${cpus} processors wanted`,
        lack: { kind: "cpus", short: cpus - room.cpusFree },
      };
    }
    if (memoryBytes > room.memoryBytesFree) {
      const [free, wanted] = [room.memoryBytesFree, memoryBytes].map(mebibytes);
      return {
        why: `it has ${free} of the ${wanted} memory wanted`,
        lack: { kind: "memory", short: memoryBytes - room.memoryBytesFree },
      };
    }
    for (const { group, side } of unit.apart) {
      if (group.strictness === "strict" && group.meetings(room, side) > 0) {
        const others = group.othersOn(room, side).map((each) => `"${each}"`).join(", ");
        return { why: `${group.why} ${others}`, lack: { kind: "apart", policy: group.policy } };
      }
    }
    for (const group of unit.shares) {
      if (group.strictness === "strict" && group.isFull(room)) return group.whyFull(room);
    }
    return this.#whyNoClaim(unit, room);
  }

  #whyNoClaim(unit: Unit, room: HostRoom): Reason {
    for (const member of unit.members) {
      for (const wanted of member.claims) {
        if (room.pick(wanted, member, this.#avoid)) continue;
        const { kind, want } = wanted;
        if ("range" in want) {
          const range = want.range.join(" to ");
          return {
            why: `no ${kind} port of ${range} is free`,
            lack: { kind: "range", what: range },
          };
        }
        const what = kind === "tcp" || kind === "udp"
          ? `${kind} port ${want.key}`
          : `${kind} "${want.key}"`;
        const holder = room.holderOf(`${kind}/${want.key}`, member.id);
        return { why: `${what} is held by ${holder}`, lack: { kind: "claim", what } };
      }
    }
    return { why: "two of its parts want the same", lack: { kind: "nothing" } };
  }
}

/** Whether a unit that no host takes may stay where it is, as far as its host has room. */
function mayWait({ current, eligible, isWhole, isOptional }: Unit, isAsBefore: boolean): boolean {
  if (current === undefined || !isWhole) return false;
  const { isDraining = false, isLost = false } = current.host;
  // What the service can do without keeps no host from being free, and waits for none that will not return.
  if (isAsBefore) return !isOptional || !(isDraining || isLost);
  return !isOptional && (isAway(current.host) || isDraining) && eligible.wouldDo(current);
}

function heldBy({ members }: Unit): ReadonlyMap<string, readonly Claim[]> {
  return new Map(members.map(({ id, held }) => [id, held]));
}

/** What speaks against a host, then its load. */
type Cost = readonly [against: number, load: number];

function compareCosts(a: Cost, b: Cost): number {
  return a[0] - b[0] || a[1] - b[1];
}

/** Required before optional, fewest hosts first, those with fixed claims first, larger first, then by id. */
function inOrder(units: readonly Unit[]): readonly Unit[] {
  const fixed = new Map(units.map((unit) => [unit, fixedKeys([unit]).size]));
  return [...units].sort((a, b) =>
    Number(a.isOptional) - Number(b.isOptional) ||
    a.eligible.rooms.length - b.eligible.rooms.length ||
    fixed.get(b)! - fixed.get(a)! ||
    b.memoryBytes - a.memoryBytes || b.cpus - a.cpus || compareInstanceIds(a.key, b.key)
  );
}

/** The claims that can be nothing else: no other instance picks them out of a range. */
function fixedKeys(units: readonly Unit[]): Set<string> {
  const keys = new Set<string>();
  for (const unit of units) {
    for (const { claims } of unit.members) {
      for (const { kind, want } of claims) if ("key" in want) keys.add(`${kind}/${want.key}`);
    }
  }
  return keys;
}

function round(value: number): number {
  return Math.round(value * 100) / 100;
}

function mebibytes(bytes: number): string {
  return `${Math.floor(bytes / 2 ** 20)} MiB`;
}
