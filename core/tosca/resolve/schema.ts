import type { YamlNode } from "../../yaml/mod.ts";
import { type Expression, parseExpression } from "../functions/expression.ts";
import type { Text } from "../read/scalars.ts";
import type { SchemaDefinition } from "../read/schema_definition.ts";
import { placeOf } from "../report.ts";
import type { Unit } from "./closure.ts";
import type { DataType } from "./data_type.ts";
import type { Model } from "./model.ts";

/** What a value must be: its data type, and what is said about it beyond the type. */
export interface Schema {
  readonly type: DataType;
  /** Validation clauses said here; those of the type come on top. */
  readonly clauses: readonly Clause[];
  /** For maps. */
  readonly key?: Schema;
  /** For lists and maps. */
  readonly entry?: Schema;
}

/** A validation clause (TOSCA 2.0, section 9.11). */
export interface Clause {
  readonly expression: Expression;
  /** The file in which names of functions are looked up. */
  readonly unit: Unit;
}

/** The keynames of schemas and of definitions that are schemas as well. */
export interface SchemaParts {
  readonly at: YamlNode;
  /** Whether some of it could not be read, which was reported. */
  readonly isPartial?: boolean;
  readonly type?: Text;
  readonly validation?: YamlNode;
  readonly key_schema?: SchemaDefinition;
  readonly entry_schema?: SchemaDefinition;
}

/**
 * Returns the schema that a definition says, refining `inherited` where there is one.
 *
 * Nothing comes back where the type is missing or unknown, which is reported.
 */
export function resolveSchema(
  model: Model,
  unit: Unit,
  parts: SchemaParts,
  label: string,
  inherited?: Schema,
): Schema | undefined {
  const type = parts.type ? model.dataType(unit, parts.type, label) : inherited?.type;
  if (!type) {
    if (!parts.type && !inherited && !hasKeyname(parts.at, "type") && !parts.isPartial) {
      reportNoType(model, parts.at, label);
    }
    return undefined;
  }
  if (type.isUnknown) return undefined;
  if (type.isAbstractScalar && parts.type) {
    model.report.error("TOSCA_SCALAR_TYPE", parts.type.node, {
      what: `Cannot give ${label} the type "scalar"`,
      why: "It has no units: it is there to derive types from",
      fix: "Use a data type that derives from scalar and defines units",
    });
    return undefined;
  }
  checkRefinedType(model, parts, type, label, inherited);
  const clauses = [...inherited?.clauses ?? [], ...resolveClause(model, unit, parts.validation)];
  const isSameBase = inherited?.type.base === type.base;
  const key = resolveKey(model, unit, parts, type, label, isSameBase ? inherited : undefined);
  const entry = resolveEntry(model, unit, parts, type, label, isSameBase ? inherited : undefined);
  const schema: Schema = { type, clauses, ...(key ? { key } : {}), ...(entry ? { entry } : {}) };
  for (const clause of clauses.slice(inherited?.clauses.length ?? 0)) {
    model.later(() => model.checkClause(clause, schema, label));
  }
  return schema;
}

/** Returns a validation clause as a list of at most one. */
export function resolveClause(model: Model, unit: Unit, node: YamlNode | undefined): Clause[] {
  const expression = node && parseExpression(node, model.report);
  return expression ? [{ expression, unit }] : [];
}

function checkRefinedType(
  model: Model,
  parts: SchemaParts,
  type: DataType,
  label: string,
  inherited: Schema | undefined,
): void {
  if (!inherited || !parts.type || type.derivesFrom(inherited.type)) return;
  model.report.error("TOSCA_REFINEMENT", parts.type.node, {
    what: `Cannot refine the type of ${label} from "${inherited.type.name}" to "${type.name}"`,
    why: `"${type.name}" does not derive from "${inherited.type.name}"` +
      (inherited.type.key ? ` (${placeOf(inherited.type.key)})` : ""),
    fix: `Keep the type, or use one that derives from "${inherited.type.name}"`,
  });
}

function resolveKey(
  model: Model,
  unit: Unit,
  parts: SchemaParts,
  type: DataType,
  label: string,
  inherited: Schema | undefined,
): Schema | undefined {
  if (!parts.key_schema) return inherited?.key ?? type.keySchema;
  const at = parts.key_schema.at;
  if (type.base !== "map") {
    model.report.error("TOSCA_SCHEMA", at.site ?? at, {
      what: `Cannot give ${label} a "key_schema": its type "${type.name}" is not a map`,
      fix: 'Remove "key_schema", or make the type a map',
    });
    return undefined;
  }
  const base = inherited?.key ?? type.keySchema;
  const schema = resolveSchema(model, unit, parts.key_schema, `the keys of ${label}`, base);
  if (schema && schema.type.base !== "string") {
    model.report.error("TOSCA_SCHEMA", parts.key_schema.type?.node ?? at, {
      what: `Cannot give the keys of ${label} the type "${schema.type.name}"`,
      why: "Keys of maps are strings: key_schema must be string or derive from it",
      fix: "Use string or a data type that derives from it, and write the keys in quotes",
    });
    return undefined;
  }
  return schema;
}

function resolveEntry(
  model: Model,
  unit: Unit,
  parts: SchemaParts,
  type: DataType,
  label: string,
  inherited: Schema | undefined,
): Schema | undefined {
  const isCollection = type.base === "list" || type.base === "map";
  const base = inherited?.entry ?? type.entrySchema;
  if (parts.entry_schema) {
    if (isCollection) {
      return resolveSchema(model, unit, parts.entry_schema, `the entries of ${label}`, base);
    }
    const at = parts.entry_schema.at;
    model.report.error("TOSCA_SCHEMA", at.site ?? at, {
      what: `Cannot give ${label} an "entry_schema": its type "${type.name}" is no list or map`,
      fix: 'Remove "entry_schema", or make the type a list or map',
    });
    return undefined;
  }
  // Of a type that is not built in, it was reported where the type is defined.
  const isReported = parts.isPartial || parts.type && !type.isBuiltIn ||
    hasKeyname(parts.at, "entry_schema");
  if (isCollection && !base && !isReported) {
    model.report.error("TOSCA_SCHEMA", parts.type?.node ?? parts.at, {
      what: `Cannot tell the entries of ${label}: "entry_schema" is missing`,
      why: `"${type.name}" is a ${type.base}, and the type of its entries must be said`,
      fix: 'Add "entry_schema: TYPE"',
    });
  }
  return base;
}

function reportNoType(model: Model, at: YamlNode, label: string): void {
  model.report.error("TOSCA_KEYNAME_MISSING", at.site ?? at, {
    what: `Cannot read the schema of ${label}: the mandatory keyname "type" is missing`,
    why: "It refines no inherited schema from which it could take its type",
    fix: 'Add "type"',
  });
}

function hasKeyname(at: YamlNode, name: string): boolean {
  return at.kind === "map" && at.entry(name) !== undefined;
}
