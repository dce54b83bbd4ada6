import { compareStrings } from "../../base/mod.ts";
import type { Unit } from "./closure.ts";

/** A file on the way of the search, with how far its imports were followed. */
interface Visit {
  readonly unit: Unit;
  next: number;
}

/**
 * Returns files in groups, each after those that it imports: files that import each other, directly or not, are one group.
 *
 * The order inside of a group is that of the files' names, whichever of them was met first.
 */
export function importGroups(units: readonly Unit[]): readonly (readonly Unit[])[] {
  const search = new GroupSearch();
  for (const unit of units) search.from(unit);
  return search.groups;
}

/** Tarjan's search for strongly connected components, with a list in place of recursion: imports may chain deeply. */
class GroupSearch {
  readonly groups: Unit[][] = [];
  readonly #order = new Map<Unit, number>();
  /** The earliest file, by order, that is known to be reached from each. */
  readonly #low = new Map<Unit, number>();
  readonly #open: Unit[] = [];
  readonly #isOpen = new Set<Unit>();

  from(start: Unit): void {
    if (this.#order.has(start)) return;
    const way: Visit[] = [this.#enter(start)];
    while (way.length > 0) {
      const visit = way[way.length - 1];
      const target = visit.unit.imports[visit.next++]?.unit;
      if (!target) {
        way.pop();
        this.#leave(visit.unit, way.at(-1)?.unit);
      } else if (!this.#order.has(target)) way.push(this.#enter(target));
      else if (this.#isOpen.has(target)) this.#lower(visit.unit, this.#order.get(target)!);
    }
  }

  #enter(unit: Unit): Visit {
    const order = this.#order.size;
    this.#order.set(unit, order);
    this.#low.set(unit, order);
    this.#open.push(unit);
    this.#isOpen.add(unit);
    return { unit, next: 0 };
  }

  #leave(unit: Unit, importer: Unit | undefined): void {
    const low = this.#low.get(unit)!;
    if (importer) this.#lower(importer, low);
    if (low < this.#order.get(unit)!) return;
    const group = this.#open.splice(this.#open.lastIndexOf(unit));
    for (const each of group) this.#isOpen.delete(each);
    this.groups.push(group.sort((a, b) => compareStrings(a.file, b.file)));
  }

  #lower(unit: Unit, order: number): void {
    if (order < this.#low.get(unit)!) this.#low.set(unit, order);
  }
}
