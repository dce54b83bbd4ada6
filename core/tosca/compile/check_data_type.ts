import type { YamlNode } from "../../yaml/mod.ts";
import type { Expression } from "../functions/expression.ts";
import type { DataType } from "../resolve/data_type.ts";
import type { Model } from "../resolve/model.ts";
import type { Property } from "../resolve/properties.ts";

/** Reports a data type that has the name of a built-in one (TOSCA 2.0, section 9.1). */
export function checkReserved(model: Model, name: string, key: YamlNode): void {
  const reserved = [
    "string",
    "integer",
    "float",
    "boolean",
    "bytes",
    "nil",
    "timestamp",
    "scalar",
    "version",
    "list",
    "map",
  ];
  if (!reserved.includes(name)) return;
  model.report.error("TOSCA_TYPE_RESERVED", key, {
    what: `Cannot define the data type "${name}"`,
    why: "It is the name of a built-in data type",
    fix: "Give it another name",
  });
}

/** Checks that a data type's keynames fit together (TOSCA 2.0, sections 9.1.2.2 and 9.2). */
export function checkDataType(model: Model, type: DataType): void {
  const { definition, base } = type;
  if (type.isUnknown) return;
  const site = (name: string) =>
    definition.at.kind === "map" ? definition.at.entry(name)?.key : undefined;
  const complain = (name: string, why: string, fix: string) => {
    const at = site(name);
    if (!at) return;
    model.report.error(
      base === "scalar" || name === "units" ? "TOSCA_SCALAR_TYPE" : "TOSCA_DATA_TYPE_FORM",
      at,
      {
        what: `Cannot have "${name}" in ${type.label}`,
        why,
        fix,
      },
    );
  };
  if (base === "complex") checkComplex(model, type);
  else {
    complain(
      "properties",
      `It derives from the built-in type "${base}", whose values have no parts`,
      'Remove "properties", or "derived_from"',
    );
  }
  if (base !== "scalar" && !type.isPartial) {
    for (const name of ["units", "prefixes", "canonical_unit", "data_type"]) {
      if (!site(name)) continue;
      complain(
        name,
        "It belongs to types that derive from scalar",
        'Write "derived_from: scalar", or remove it',
      );
      break;
    }
  }
  const isCollection = base === "list" || base === "map";
  if (!isCollection) {
    complain(
      "entry_schema",
      "Only lists and maps have entries",
      "Remove it, or derive from list or map",
    );
  }
  if (base !== "map") {
    complain("key_schema", "Only maps have keys", "Remove it, or derive from map");
  }
  void [type.properties, type.units, type.keySchema, type.entrySchema];
  for (const clause of type.clauses) {
    if (clause.unit === type.unit && isOwnClause(clause.expression, definition.validation)) {
      model.later(() => model.checkClause(clause, type.schema, type.label));
    }
  }
}

function isOwnClause(expression: Expression, validation: YamlNode | undefined): boolean {
  return expression.at === validation;
}

function checkComplex(model: Model, type: DataType): void {
  const { definition } = type;
  const { at } = definition;
  const wroteProperties = at.kind === "map" && at.entry("properties");
  const wroteParent = at.kind === "map" && at.entry("derived_from");
  const wasRead = definition.properties ?? definition.derived_from;
  if (!wroteProperties && !wroteParent && !wasRead) {
    model.report.error("TOSCA_DATA_TYPE_FORM", type.key!, {
      what: `Cannot tell what ${type.label} is`,
      why: 'It has neither "derived_from" nor "properties"',
      fix: 'Add "derived_from: string" (or another type), or "properties"',
    });
    return;
  }
  if (
    wroteProperties && definition.properties?.size === 0 && wroteProperties.value.kind === "map" &&
    wroteProperties.value.entries.length === 0
  ) {
    model.report.error("TOSCA_DATA_TYPE_FORM", wroteProperties.key, {
      what: `Cannot take an empty "properties" in ${type.label}`,
      why: "Properties, where they are given, are at least one",
      fix: 'Add a property, or remove "properties"',
    });
  }
  reportInfinite(model, type);
}

/** A data type on the way of the search, with those of its properties that are not followed yet. */
interface Containing {
  readonly type: DataType;
  readonly open: Property[];
  /** The property that is followed. */
  name: string;
}

/** Types whose properties were followed, or are. */
const followed = new WeakSet<DataType>();

/** Reports where types contain each other, or one itself, by required properties without default: no value is finite. */
function reportInfinite(model: Model, start: DataType): void {
  if (followed.has(start)) return;
  followed.add(start);
  const way: Containing[] = [{ type: start, open: containing(start), name: "" }];
  while (way.length > 0) {
    const last = way[way.length - 1];
    const property = last.open.shift();
    if (!property) {
      way.pop();
      continue;
    }
    last.name = property.name;
    const { type } = property.schema!;
    const at = way.findIndex((each) => each.type === type);
    if (at >= 0) reportContained(model, way.slice(at));
    else if (!followed.has(type)) {
      followed.add(type);
      way.push({ type, open: containing(type), name: "" });
    }
  }
}

/** Returns the properties that a value of a type cannot be without, and that are of complex types. */
function containing(type: DataType): Property[] {
  return [...type.properties.values()].filter(({ schema, isRequired, default: fallback }) =>
    isRequired && !fallback && schema?.type.base === "complex"
  );
}

function reportContained(model: Model, found: readonly Containing[]): void {
  const circle = fromFirst(found);
  const [{ type }] = circle;
  const names = circle.slice(0, shownMax).map((each) => `${each.type.name}.${each.name}`);
  if (circle.length > names.length) names.push("…");
  model.report.error("TOSCA_DATA_TYPE_INFINITE", type.key!, {
    what: `Cannot make a value of ${type.label}: it contains itself`,
    why: `The circle is ${[...names, type.name].join(" → ")}`,
    fix: 'Give one of the properties that lead on "required: false", or make it a list',
  });
}

/** Returns a circle from the type that stands first in its file: the circle is told there. */
function fromFirst(circle: readonly Containing[]): readonly Containing[] {
  let first = 0;
  for (const [index, { type: { key } }] of circle.entries()) {
    const best = circle[first].type.key!;
    if (key!.source === best.source && key!.start < best.start) first = index;
  }
  return [...circle.slice(first), ...circle.slice(0, first)];
}

/** How many types of a circle are named. */
const shownMax = 12;
