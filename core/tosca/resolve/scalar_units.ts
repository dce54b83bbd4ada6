import { didYouMean, Float } from "../../base/mod.ts";
import { Scalar } from "../../clout/mod.ts";
import { readNumber, stringOf, type YamlNode, YamlScalar } from "../../yaml/mod.ts";
import { listed } from "../read/grammar.ts";
import type { DataType } from "./data_type.ts";
import type { Model } from "./model.ts";

/** The units of a scalar type (TOSCA 2.0, section 9.1.2.2). */
export interface ScalarUnits {
  /** The type of the number: integer, float, or derived from them. */
  readonly number: DataType;
  /** Every unit that may be written, prefixes included, with what it is in canonical units. */
  readonly multipliers: ReadonlyMap<string, bigint | Float>;
  readonly canonical: string;
}

/** Returns the units of a scalar type; nothing where they do not fit together, which is reported. */
export function resolveUnits(model: Model, type: DataType): ScalarUnits | undefined {
  const { definition, unit } = type;
  if (!unit || definition.isPartial) return undefined; // What could not be read was reported.
  const parent = type.parent as DataType;
  const inherited = parent.isAbstractScalar ? undefined : parent.units;
  if (!parent.isAbstractScalar && !inherited) return undefined;
  const complain = (at: YamlNode, what: string, why?: string, fix?: string) =>
    void model.report.error("TOSCA_SCALAR_TYPE", at, {
      what: `Cannot take the units of ${type.label}: ${what}`,
      ...(why ? { why } : {}),
      ...(fix ? { fix } : {}),
    });
  const number = resolveNumber(model, type, inherited, complain);
  if (!number) return undefined;
  const isInteger = number.base === "integer";
  const read = readMultipliers(type, isInteger, complain);
  if (!read) return undefined;
  const { units, prefixes } = read;
  if (!inherited && units.size === 0) {
    const written = definition.at.kind === "map" ? definition.at.get("units") : undefined;
    if (written && written.kind !== "map") return undefined; // Reported where it was read.
    complain(
      (definition.at.kind === "map" && definition.at.entry("units")?.key) || type.key!,
      '"units" is missing or empty',
      "A type that derives from scalar itself defines its units",
      'Add "units" with at least one unit of multiplier 1',
    );
    return undefined;
  }
  return combine(type, number, units, prefixes, inherited, complain);
}

type Complain = (at: YamlNode, what: string, why?: string, fix?: string) => void;

function resolveNumber(
  model: Model,
  type: DataType,
  inherited: ScalarUnits | undefined,
  complain: Complain,
): DataType | undefined {
  const written = type.definition.data_type;
  if (!written) return inherited?.number ?? model.builtIn("float");
  const number = model.dataType(type.unit!, written, `"data_type" of ${type.label}`);
  if (!number) return undefined;
  if (number.base !== "integer" && number.base !== "float") {
    complain(
      written.node,
      `"data_type" is "${number.name}"`,
      "It must be integer, float or a data type derived from them",
    );
    return undefined;
  }
  if (inherited && inherited.number !== number) {
    complain(
      written.node,
      `"data_type" is changed from "${inherited.number.name}" to "${number.name}"`,
      "A derived scalar type keeps the data type of its parent",
    );
    return undefined;
  }
  return number;
}

function readMultipliers(type: DataType, isInteger: boolean, complain: Complain) {
  const { units: written, prefixes: writtenPrefixes } = type.definition;
  let isGood = true;
  const readOne = (name: string, node: YamlNode, key: YamlNode): bigint | Float | undefined => {
    if (/\s/.test(name)) {
      complain(
        key,
        `the unit "${name}" holds a blank`,
        "A blank stands between the number and the unit of a value",
        `Write "${name.replace(/\s+/g, "")}"`,
      );
    } else if (!(node instanceof YamlScalar) || !isNumber(node.value)) {
      complain(
        node,
        `the multiplier of "${name}" is not a number`,
        undefined,
        "Write a number, without quotes",
      );
    } else if (isInteger && typeof node.value !== "bigint") {
      complain(
        node,
        `the multiplier of "${name}" is a float`,
        "The data type is integer, so multipliers are integers",
      );
    } else if (!isPositive(node.value)) {
      complain(node, `the multiplier of "${name}" is not greater than 0`);
    } else return node.value;
    isGood = false;
  };
  const units = new Map<string, bigint | Float>();
  for (const { name, key, value } of written?.values() ?? []) {
    const multiplier = readOne(name, value, key);
    if (multiplier !== undefined) units.set(name, multiplier);
  }
  const prefixes = new Map<string, bigint | Float>();
  if (writtenPrefixes?.kind === "map") {
    for (const { key, value } of writtenPrefixes.entries) {
      const name = stringOf(key);
      if (name === undefined) {
        complain(key, "a prefix is not a string", undefined, "Write it in quotes");
        isGood = false;
        continue;
      }
      const multiplier = readOne(name, value, key);
      if (multiplier !== undefined) prefixes.set(name, multiplier);
    }
  }
  return isGood ? { units, prefixes: writtenPrefixes ? prefixes : undefined } : undefined;
}

function combine(
  type: DataType,
  number: DataType,
  units: ReadonlyMap<string, bigint | Float>,
  prefixes: ReadonlyMap<string, bigint | Float> | undefined,
  inherited: ScalarUnits | undefined,
  complain: Complain,
): ScalarUnits | undefined {
  const { definition } = type;
  const site = (name: string) =>
    (definition.at.kind === "map" && definition.at.entry(name)?.key) || type.key!;
  const multipliers = new Map(inherited?.multipliers);
  for (const [name, multiplier] of units) {
    const known = multipliers.get(name);
    if (known !== undefined && toNumber(known) !== toNumber(multiplier)) {
      complain(
        definition.units!.get(name)!.key,
        `the unit "${name}" is changed`,
        `Its inherited multiplier is ${known}`,
      );
      return undefined;
    }
    if (!prefixes || inherited) multipliers.set(name, multiplier);
  }
  if (prefixes) {
    const [bare] = inherited ? [inherited.canonical] : units.keys();
    if (!inherited && (units.size !== 1 || toNumber(units.get(bare)!) !== 1)) {
      complain(
        site("prefixes"),
        '"prefixes" needs exactly one unit, of multiplier 1',
        `There are ${units.size} units`,
        'Write out every unit under "units", or leave one and put the rest into "prefixes"',
      );
      return undefined;
    }
    for (const [prefix, multiplier] of prefixes) multipliers.set(prefix + bare, multiplier);
  }
  const canonical = findCanonical(type, multipliers, inherited, site, complain);
  return canonical === undefined ? undefined : { number, multipliers, canonical };
}

function findCanonical(
  type: DataType,
  multipliers: ReadonlyMap<string, bigint | Float>,
  inherited: ScalarUnits | undefined,
  site: (name: string) => YamlNode,
  complain: Complain,
): string | undefined {
  const written = type.definition.canonical_unit;
  if (inherited) {
    if (!written || written.value === inherited.canonical) return inherited.canonical;
    return void complain(
      written.node,
      `"canonical_unit" is changed from "${inherited.canonical}"`,
      "A derived scalar type keeps the canonical unit of its parent",
    );
  }
  const ones = [...multipliers].filter(([, each]) => toNumber(each) === 1).map(([name]) => name);
  if (!written) {
    if (ones.length === 1) return ones[0];
    return void complain(
      site("units"),
      ones.length === 0
        ? "no unit has the multiplier 1"
        : `${listed(ones)} all have the multiplier 1, and "canonical_unit" does not say which`,
      undefined,
      ones.length === 0
        ? "Give one unit the multiplier 1: the others are counted in it"
        : 'Add "canonical_unit"',
    );
  }
  const multiplier = multipliers.get(written.value);
  if (multiplier === undefined) {
    return void complain(
      written.node,
      `the canonical unit "${written.value}" is not one of them`,
      `The units are ${listed(multipliers.keys())}`,
      didYouMean(written.value, multipliers.keys()),
    );
  }
  if (toNumber(multiplier) !== 1) {
    return void complain(
      written.node,
      `the canonical unit "${written.value}" has the multiplier ${multiplier}`,
      "The canonical unit has the multiplier 1",
    );
  }
  return written.value;
}

/** Why a text is not a value of a scalar type, with what would be. */
export interface ScalarRefusal {
  readonly why: string;
  readonly fix?: string;
}

/** Returns the value that a text such as `4 GB` writes, in the canonical unit. */
export function readScalar(text: string, units: ScalarUnits): Scalar | ScalarRefusal {
  const match = text.match(/^(\S+?)(\s+)(\S+)$/);
  if (!match) {
    const glued = text.match(/^([-+.0-9eE]+)(\D\S*)$/);
    const gluedUnit = glued ? findUnit(glued[2], units) : undefined;
    return {
      why: "A scalar is a number, a blank and a unit",
      fix: gluedUnit !== undefined
        ? `Write "${glued![1]} ${gluedUnit}"`
        : `Write a number and one of the units ${listed(units.multipliers.keys())}`,
    };
  }
  const [, amount, , unit] = match;
  const number = readNumber(amount);
  if (number === undefined) {
    return { why: `"${amount}" is not a number`, fix: "Begin with a number" };
  }
  const multiplier = units.multipliers.get(unit);
  if (multiplier === undefined) return unknownUnit(unit, units);
  if (units.number.base === "integer") {
    if (typeof number !== "bigint") {
      return {
        why: `"${amount}" is a float, and the type counts in integers`,
        fix: "Write an integer in a smaller unit",
      };
    }
    return new Scalar(number * (multiplier as bigint), units.canonical);
  }
  return new Scalar(new Float(toNumber(number) * toNumber(multiplier)), units.canonical);
}

/** Returns the unit that is written so, or else with other capitals. */
function findUnit(unit: string, { multipliers }: ScalarUnits): string | undefined {
  if (multipliers.has(unit)) return unit;
  return [...multipliers.keys()].find((each) => each.toLowerCase() === unit.toLowerCase());
}

function unknownUnit(unit: string, units: ScalarUnits): ScalarRefusal {
  const names = [...units.multipliers.keys()];
  const sameLetters = findUnit(unit, units);
  return {
    why: sameLetters
      ? `Units are case sensitive: "${unit}" is not "${sameLetters}"`
      : `"${unit}" is no unit of the type; there are ${listed(names)}`,
    fix: sameLetters ? `Write "${sameLetters}"` : didYouMean(unit, names),
  };
}

function isNumber(value: unknown): value is bigint | Float {
  return typeof value === "bigint" || value instanceof Float;
}

function isPositive(value: bigint | Float): boolean {
  return toNumber(value) > 0;
}

function toNumber(value: bigint | Float): number {
  return typeof value === "bigint" ? Number(value) : value.value;
}
