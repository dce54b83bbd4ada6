import type { YamlNode } from "../../yaml/mod.ts";
import type { Expression } from "../functions/expression.ts";
import type { DataType } from "../resolve/data_type.ts";
import type { Model } from "../resolve/model.ts";

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
  if (!wroteProperties && !wroteParent) {
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
  const circle = findInfinite(type, []);
  if (!circle || reportedBefore(model, circle.types, type)) return;
  model.report.error("TOSCA_DATA_TYPE_INFINITE", type.key!, {
    what: `Cannot make a value of ${type.label}: it contains itself`,
    why: `The circle is ${circle.way.join(" → ")}`,
    fix: 'Give one of these properties "required: false", or make it a list',
  });
}

/** Whether another type of the same circle stands before this one: the circle is told there. */
function reportedBefore(model: Model, circle: ReadonlySet<DataType>, type: DataType): boolean {
  return [...circle].some((each) =>
    each !== type && each.key && model.report.hasErrorIn(each.key) &&
    each.key.source === type.key!.source && each.key.start < type.key!.start
  );
}

interface Circle {
  readonly way: readonly string[];
  readonly types: ReadonlySet<DataType>;
}

/** Returns the path by which a complex type contains itself through required properties without default. */
function findInfinite(type: DataType, path: readonly string[]): Circle | undefined {
  const visit = (
    at: DataType,
    way: readonly string[],
    seen: ReadonlySet<DataType>,
  ): Circle | undefined => {
    for (const { name, schema, isRequired, default: fallback } of at.properties.values()) {
      const next = schema?.type;
      if (!isRequired || fallback || next?.base !== "complex") continue;
      const there = [...way, `${at.name}.${name}`];
      if (next === type) return { way: [...there, type.name], types: seen };
      if (seen.has(next)) continue;
      const found = visit(next, there, new Set([...seen, next]));
      if (found) return found;
    }
  };
  return visit(type, path, new Set([type]));
}
