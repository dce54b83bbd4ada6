import type { ResolvedImport, Unit } from "../resolve/closure.ts";
import { Collisions } from "../resolve/collisions.ts";
import { importGroups } from "../resolve/import_groups.ts";
import type { Model } from "../resolve/model.ts";
import type { CheckedGroup, UnitCache } from "../resolve/unit_cache.ts";
import { checkTypes } from "./check_types.ts";

/**
 * Makes and checks all types and functions of files. Returns the files as they are to be used from here on: those that have
 * not changed since an earlier run, and import nothing that has, are that run's, with their types.
 *
 * Imported files come before those that import them, and files that import each other are one group. So what a group's
 * types are and what is found wrong with them depends on nothing but its files and the groups that they import, and is the
 * same whether it is worked out or taken from an earlier run.
 */
export function checkUnits(
  model: Model,
  units: readonly Unit[],
  cache: UnitCache | undefined,
): ReadonlyMap<Unit, Unit> {
  const collisions = new Collisions(model.report, units);
  const current = new Map<Unit, Unit>();
  for (const group of importGroups(units)) {
    const known = findKnown(group, current, cache);
    if (known) group.forEach((unit, index) => current.set(unit, known.units[index]));
    else for (const unit of group) useCurrent(unit, current);
    collisions.add(group.map((each) => current.get(each)!));
    const checked = known ?? checkGroup(model, collisions, group);
    if (!known) cache?.keep(checked);
    model.names.markUsed(checked.used);
    model.report.include(
      checked.findings,
      (file) => checked.units.some((unit) => unit.file === file),
    );
  }
  return current;
}

function checkGroup(model: Model, collisions: Collisions, units: readonly Unit[]): CheckedGroup {
  const findings = model.report.apart(() => {
    for (const unit of units) collisions.check(unit);
    for (const unit of units) checkTypes(model, unit);
    model.runLater();
  });
  for (const { types } of units) {
    for (const type of types.values()) if (type !== "resolving") type.seal();
  }
  const used = units.flatMap(({ imports }) => imports.filter((each) => model.names.isUsed(each)));
  return { units, findings, used };
}

/** Lets a file import the files that are in use in place of those of the same content. */
function useCurrent(unit: Unit, current: Map<Unit, Unit>): void {
  current.set(unit, unit);
  unit.imports.forEach((each, index) => {
    const target = current.get(each.unit);
    if (target && target !== each.unit) unit.imports[index] = { ...each, unit: target };
  });
}

/** Returns the group of an earlier run that these files are again. */
function findKnown(
  group: readonly Unit[],
  current: ReadonlyMap<Unit, Unit>,
  cache: UnitCache | undefined,
): CheckedGroup | undefined {
  const known = cache?.groupOf(group[0].file);
  if (known?.units.length !== group.length) return undefined;
  const isSame = group.every((unit, index) => {
    const before = known.units[index];
    return unit.definition === before.definition && unit.path === before.path &&
      unit.profile === before.profile && unit.isContained === before.isContained &&
      unit.artifactPrefix === before.artifactPrefix &&
      isSameList(unit.failed, before.failed, Object.is) &&
      isSameList(unit.imports, before.imports, (now, then) => isSameImport(now, then));
  });
  return isSame ? known : undefined;

  function isSameImport(now: ResolvedImport, then: ResolvedImport): boolean {
    const target = current.get(now.unit) ?? known!.units[group.indexOf(now.unit)];
    return now.definition === then.definition && target === then.unit;
  }
}

function isSameList<T>(
  one: readonly T[],
  two: readonly T[],
  isSame: (a: T, b: T) => boolean,
): boolean {
  return one.length === two.length && one.every((each, index) => isSame(each, two[index]));
}
