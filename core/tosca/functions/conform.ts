import { didYouMean, Float, nearest } from "../../base/mod.ts";
import { Call, Scalar } from "../../clout/mod.ts";
import type { YamlNode } from "../../yaml/mod.ts";
import { listed } from "../read/grammar.ts";
import { placeOf } from "../report.ts";
import type { DataType } from "../resolve/data_type.ts";
import { readScalar } from "../resolve/scalar_units.ts";
import type { Clause, Schema } from "../resolve/schema.ts";
import {
  type Content,
  Datum,
  type DatumEntry,
  DatumList,
  DatumMap,
  describe,
  isWaiting,
  show,
} from "./datum.ts";
import { evaluate } from "./evaluate.ts";
import { parseExpression } from "./expression.ts";
import { builtInFunctions, graphFunctions } from "./library/mod.ts";
import { type Scope, textOf } from "./scope.ts";
import { base64Length, readTimestamp, readVersion } from "./text_types.ts";

/**
 * Returns a value as its schema wants it: converted where TOSCA converts (an integer where a float is wanted, a
 * string to a scalar), with defaults of complex types filled in, and all validation clauses passed.
 *
 * Nothing comes back where it does not fit, which is reported at the value. What waits for run time is let through.
 */
export function conform(
  datum: Datum,
  schema: Schema,
  scope: Scope,
  label: string,
): Datum | undefined {
  if (datum.content instanceof Call) return new Datum(datum.content, datum.at, schema);
  if (depth >= depthMax) return void reportDepth(datum, scope);
  depth++;
  let typed: Datum | undefined;
  try {
    typed = shape(datum, schema, scope, label);
  } finally {
    depth--;
  }
  if (!typed || !checkNumberType(typed, schema, scope, label)) return undefined;
  const clauses = [...schema.type.clauses, ...schema.clauses];
  return clauses.every((clause) => passes(clause, typed, scope, label)) ? typed : undefined;
}

/** How deep values may be in each other. Those that are written cannot be so deep, but defaults can hold defaults. */
const depthMax = 250;

let depth = 0;

function reportDepth({ at }: Datum, { model }: Scope): void {
  if (!at || model.report.hasErrorIn(at)) return;
  model.report.error("TOSCA_LIMIT", at, {
    what: `Cannot complete a value: defaults hold defaults more than ${depthMax} deep`,
    why: "Values that are so deep are not processed",
    fix: "Remove one of the defaults",
  });
}

function shape(datum: Datum, schema: Schema, scope: Scope, label: string): Datum | undefined {
  switch (schema.type.base) {
    case "list":
      return shapeList(datum, schema, scope, label);
    case "map":
      return shapeMap(datum, schema, scope, label);
    case "complex":
      return shapeComplex(datum, schema, scope, label);
    default: {
      const content = shapePrimitive(datum, schema.type);
      if (content instanceof Misfit) return void report(datum, schema, scope, label, content);
      return new Datum(content, datum.at, schema);
    }
  }
}

/** Why a value is not of its type. */
class Misfit {
  constructor(readonly why: string, readonly fix?: string) {}
}

function shapePrimitive(datum: Datum, type: DataType): Content | Misfit {
  const { content } = datum;
  const found = () => new Misfit(`Found ${describe(datum)}: ${show(datum)}`);
  switch (type.base) {
    case "string":
      if (typeof content === "string") return content;
      return new Misfit(
        `Found ${describe(datum)}: ${show(datum)}; values are not converted`,
        content === null || typeof content === "object" && !(content instanceof Float)
          ? undefined
          : `Write it in quotes: "${content}"`,
      );
    case "integer":
      if (typeof content !== "bigint") {
        return content instanceof Float
          ? new Misfit(
            `Found a float: ${content}; floats are not converted to integers`,
            "Write it without a decimal point",
          )
          : found();
      }
      return BigInt.asIntN(64, content) === content
        ? content
        : new Misfit(`${content} does not fit into 64 bits`);
    case "float":
      if (content instanceof Float) return content;
      return typeof content === "bigint" ? new Float(Number(content)) : found();
    case "boolean":
      if (typeof content === "boolean") return content;
      return new Misfit(
        `Found ${describe(datum)}: ${show(datum)}`,
        "Write true or false, in lower case and without quotes",
      );
    case "nil":
      return content === null
        ? null
        : new Misfit(`Found ${describe(datum)}: ${show(datum)}`, "Write null");
    case "scalar":
      return shapeScalar(datum, type);
    default:
      return shapeText(datum, type);
  }
}

function shapeText(datum: Datum, type: DataType): Content | Misfit {
  const { content } = datum;
  if (typeof content !== "string") {
    const isNumber = typeof content === "bigint" || content instanceof Float;
    return new Misfit(
      `Found ${describe(datum)}: ${show(datum)}`,
      isNumber ? `Write it in quotes` : undefined,
    );
  }
  if (type.base === "bytes" && base64Length(content) === undefined) {
    return new Misfit(`${show(datum)} is not base64`);
  }
  if (type.base === "timestamp" && !readTimestamp(content)) {
    return new Misfit(
      `${show(datum)} is not a time of RFC 3339`,
      "Write 2025-07-22T10:00:00Z, or with an offset such as +02:00",
    );
  }
  if (type.base === "version" && !readVersion(content)) {
    return new Misfit(`${show(datum)} is not of the form major.minor[.fix[.qualifier[-build]]]`);
  }
  return content;
}

function shapeScalar(datum: Datum, type: DataType): Content | Misfit {
  const { units } = type;
  if (!units) return datum.content; // The type itself is wrong, which was reported.
  const { content } = datum;
  if (content instanceof Scalar) {
    return content.unit === units.canonical
      ? content
      : new Misfit(`Found a scalar in "${content.unit}", which is of another type`);
  }
  if (typeof content !== "string") {
    return new Misfit(
      `Found ${describe(datum)}: ${show(datum)}`,
      `Write a number, a blank and one of the units ${listed(units.multipliers.keys())}`,
    );
  }
  const read = readScalar(content, units);
  return read instanceof Scalar ? read : new Misfit(read.why, read.fix);
}

function shapeList(datum: Datum, schema: Schema, scope: Scope, label: string): Datum | undefined {
  const { content, at } = datum;
  if (!(content instanceof DatumList)) {
    return void report(
      datum,
      schema,
      scope,
      label,
      new Misfit(`Found ${describe(datum)}: ${show(datum)}`),
    );
  }
  const { entry } = schema;
  if (!entry) return new Datum(content, at, schema);
  const items = content.items.map((each, index) =>
    conform(each, entry, scope, `${label}[${index}]`)
  );
  return items.includes(undefined)
    ? undefined
    : new Datum(new DatumList(items as Datum[]), at, schema);
}

function shapeMap(datum: Datum, schema: Schema, scope: Scope, label: string): Datum | undefined {
  const { content, at } = datum;
  if (!(content instanceof DatumMap)) {
    return void report(
      datum,
      schema,
      scope,
      label,
      new Misfit(`Found ${describe(datum)}: ${show(datum)}`),
    );
  }
  const keySchema = schema.key ?? scope.model.builtIn("string").schema;
  const entries: DatumEntry[] = [];
  for (const { key, value } of content.entries) {
    const goodKey = conform(key, keySchema, scope, `the key ${show(key)} of ${label}`);
    const goodValue = schema.entry
      ? conform(value, schema.entry, scope, `${label}.${key.content}`)
      : value;
    if (goodKey && goodValue) entries.push({ key: goodKey, value: goodValue });
  }
  if (entries.length < content.entries.length) return undefined;
  return new Datum(new DatumMap(entries), at, schema);
}

function shapeComplex(
  datum: Datum,
  schema: Schema,
  scope: Scope,
  label: string,
): Datum | undefined {
  const { content, at } = datum;
  // What a function gives may be of a derived type: it keeps what that type adds.
  const type = datum.schema?.type.derivesFrom(schema.type) ? datum.schema.type : schema.type;
  if (!(content instanceof DatumMap)) {
    return void report(
      datum,
      schema,
      scope,
      label,
      new Misfit(`Found ${describe(datum)}: ${show(datum)}`),
    );
  }
  let isGood = true;
  const given = new Map<string, DatumEntry>();
  for (const entry of content.entries) {
    const name = String(entry.key.content);
    if (type.properties.has(name)) given.set(name, entry);
    else if (!type.isPartial) {
      isGood = false;
      scope.model.report.error("TOSCA_UNDEFINED", entry.key.at ?? at!, {
        what: `Cannot set "${name}" in ${label}: ${type.label} has no such property`,
        why: `It has ${listed(type.properties.keys())}${type.key ? ` (${placeOf(type.key)})` : ""}`,
        fix: didYouMean(name, type.properties.keys()) ?? "Remove it",
      });
    }
  }
  const entries: DatumEntry[] = [];
  const unknown = content.entries.map(({ key }) => String(key.content)).filter((name) =>
    !type.properties.has(name)
  );
  for (const property of type.properties.values()) {
    const entry = given.get(property.name);
    const inner = `${label}.${property.name}`;
    if (entry && property.fixed) {
      isGood = false;
      scope.model.report.error("TOSCA_FIXED", entry.key.at ?? at!, {
        what: `Cannot set "${property.name}" in ${label}: its value is fixed`,
        why: `It is fixed by ${property.owner} (${placeOf(property.key)})`,
        fix: "Remove it here",
      });
      continue;
    }
    const key = entry?.key ?? new Datum(property.name, at);
    const value = entry?.value ?? implied(property, scope);
    if (!value) {
      if (property.isRequired && property.schema) {
        isGood = false;
        // A misspelt name was reported with the one that was meant: that this one is missing follows from it.
        const isMisspelt = nearest(property.name, unknown) !== undefined;
        if (!isMisspelt) reportMissing(datum, type, property, scope, label);
      }
      continue;
    }
    const good = property.schema ? conform(value, property.schema, scope, inner) : value;
    if (good) entries.push({ key, value: good });
    else isGood = false;
  }
  return isGood ? new Datum(new DatumMap(entries), at, schema) : undefined;
}

function implied(
  property: {
    fixed?: { node: YamlNode; unit: Scope["unit"] };
    default?: { node: YamlNode; unit: Scope["unit"] };
  },
  scope: Scope,
): Datum | undefined {
  const sited = property.fixed ?? property.default;
  const expression = sited && parseExpression(sited.node, scope.model.report);
  return expression && evaluate(expression, { ...scope, unit: sited.unit });
}

function reportMissing(
  datum: Datum,
  type: DataType,
  property: { readonly name: string; readonly key: YamlNode },
  scope: Scope,
  label: string,
): void {
  if (!datum.at) return;
  scope.model.report.error("TOSCA_PROPERTY_MISSING", datum.at.site ?? datum.at, {
    what: `Cannot complete ${label}: "${property.name}" is missing`,
    why: `${type.label.charAt(0).toUpperCase()}${type.label.slice(1)} requires it (${
      placeOf(property.key)
    })`,
    fix: `Add "${property.name}"`,
    topic: property.name,
  });
}

function report(datum: Datum, schema: Schema, scope: Scope, label: string, misfit: Misfit): void {
  const { type } = schema;
  if (!datum.at) return;
  if (datum.content === null && datum.at.alias) return; // Its anchor was not found, which was reported.
  const kind = type.isBuiltIn ? articled(type.name) : `a "${type.name}"`;
  scope.model.report.error("TOSCA_VALUE_TYPE", datum.at, {
    what: `Cannot take ${show(datum, 40)} as ${label}: it must be ${kind}`,
    why: misfit.why,
    fix: callFix(datum) ?? misfit.fix ?? kindFixes[type.base] ?? "Write a value of that type",
  });
}

const kindFixes: Readonly<Record<string, string>> = {
  string: "Write a text, in quotes where it looks like something else",
  integer: "Write a whole number, without quotes",
  float: "Write a number, without quotes",
  list: "Write [ … ], or each entry on a line of its own with a dash",
  map: "Write { KEY: VALUE }, or each key on a line of its own",
  complex: "Write a map with its fields",
  bytes: "Write base64, in quotes",
  version: 'Write a version such as "1.0", in quotes',
};

/** A map whose only key is a function's name was a call in drafts of TOSCA. */
function callFix({ content }: Datum): string | undefined {
  if (!(content instanceof DatumMap) || content.entries.length !== 1) return undefined;
  const name = String(content.entries[0].key.content);
  const isFunction = builtInFunctions.has(name) || graphFunctions.includes(name);
  return isFunction ? `Write "$${name}" to call the function: { $${name}: … }` : undefined;
}

function articled(name: string): string {
  return /^[aeiou]/.test(name) ? `an ${name}` : `a ${name}`;
}

/** A scalar's number must pass the validation of its data type (TOSCA 2.0, section 9.1.2.2). */
function checkNumberType(typed: Datum, schema: Schema, scope: Scope, label: string): boolean {
  const { content } = typed;
  const number = schema.type.units?.number;
  if (!(content instanceof Scalar) || !number || number.isBuiltIn) return true;
  const inner = new Datum(content.number, typed.at, number.schema);
  return number.clauses.every((clause) => passes(clause, inner, scope, label));
}

/** Whether a value passes a validation clause; that it waits for run time is no failure. */
export function passes(clause: Clause, datum: Datum, scope: Scope, label: string): boolean {
  if (isWaiting(datum)) return true;
  const { expression } = clause;
  const result = evaluate(expression, { ...scope, unit: clause.unit, value: datum });
  if (!result) return false;
  if (result.content !== false) return true;
  if (datum.at) {
    scope.model.report.error("TOSCA_VALIDATION", datum.at, {
      what: `Cannot take ${show(datum, 40)} as ${label}: it fails a validation clause`,
      why: `The clause is ${textOf(expression.at)} (${placeOf(expression.at)})`,
      fix: "Give a value that passes it",
    });
  }
  return false;
}
