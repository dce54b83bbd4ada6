import { SourceText, YamlMap } from "../../yaml/mod.ts";
import type { DataTypeDefinition } from "../read/data_type.ts";
import type { Entry } from "../read/grammar.ts";
import type { Unit } from "./closure.ts";
import type { Model } from "./model.ts";
import { type Property, resolveProperties } from "./properties.ts";
import { resolveUnits, type ScalarUnits } from "./scalar_units.ts";
import { type Clause, resolveClause, resolveSchema, type Schema } from "./schema.ts";
import { TypeBase } from "./type_base.ts";

/** What values of a data type are made of, in the end. */
export type Base =
  | "string"
  | "integer"
  | "float"
  | "boolean"
  | "bytes"
  | "nil"
  | "timestamp"
  | "scalar"
  | "version"
  | "list"
  | "map"
  | "complex";

const builtInBases: readonly Base[] = [
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

/** A data type (TOSCA 2.0, section 9): built in, or defined in a file. */
export class DataType extends TypeBase<DataTypeDefinition> {
  readonly base: Base;
  readonly isBuiltIn: boolean;
  #properties: ReadonlyMap<string, Property> | undefined;
  #clauses: readonly Clause[] | undefined;
  #units: { value: ScalarUnits | undefined } | undefined;
  #schemas: { key?: Schema; entry?: Schema } | undefined;

  constructor(
    model: Model | undefined,
    unit: Unit | undefined,
    entry: Entry<DataTypeDefinition>,
    parent: DataType | undefined,
    isPartial: boolean,
    builtIn?: Base,
  ) {
    super(model, "data_types", unit, entry, parent, isPartial);
    this.isBuiltIn = builtIn !== undefined;
    this.base = builtIn ?? parent?.base ?? "complex";
  }

  /** Whether this is `scalar` itself, of which nothing can be. */
  get isAbstractScalar(): boolean {
    return this.isBuiltIn && this.base === "scalar";
  }

  /** Whether what would tell what values are could not be read, which was reported. */
  get isUnknown(): boolean {
    if (this.above?.isUnknown) return true;
    const { isPartial, derived_from: parent, properties } = this.definition;
    return Boolean(isPartial) && !parent && !properties?.size;
  }

  /** The fields of complex values, inherited ones first. */
  get properties(): ReadonlyMap<string, Property> {
    return this.#properties ??= this.base === "complex" && this.unit
      ? resolveProperties(this.model, this.unit, this.definition.properties, {
        inherited: this.above?.properties,
        owner: this.label,
      })
      : new Map();
  }

  /** Validation clauses of the type and its ancestors, ancestors first. */
  get clauses(): readonly Clause[] {
    return this.#clauses ??= [
      ...this.above?.clauses ?? [],
      ...(this.unit ? resolveClause(this.model, this.unit, this.definition.validation) : []),
    ];
  }

  /** The units of a scalar type; nothing where they are wrong, which is reported. */
  get units(): ScalarUnits | undefined {
    this.#units ??= {
      value: this.base === "scalar" && this.unit ? resolveUnits(this.model, this) : undefined,
    };
    return this.#units.value;
  }

  get keySchema(): Schema | undefined {
    return this.#resolveSchemas().key;
  }

  get entrySchema(): Schema | undefined {
    return this.#resolveSchemas().entry;
  }

  /** A schema that says nothing beyond the type. */
  get schema(): Schema {
    const { key, entry } = this.#resolveSchemas();
    return { type: this, clauses: [], ...(key ? { key } : {}), ...(entry ? { entry } : {}) };
  }

  #resolveSchemas(): { key?: Schema; entry?: Schema } {
    if (this.#schemas) return this.#schemas;
    this.#schemas = {}; // A schema that mentions its own type must find an answer.
    const parent = this.above;
    if ((this.base === "list" || this.base === "map") && this.unit && parent) {
      const { at, key_schema, entry_schema, isPartial } = this.definition;
      const inherited: Schema = { ...parent.schema, type: parent };
      const parts = { at, key_schema, entry_schema, ...(isPartial ? { isPartial } : {}) };
      const made = resolveSchema(this.model, this.unit, parts, this.label, inherited);
      this.#schemas = { key: made?.key, entry: made?.entry };
    }
    return this.#schemas;
  }
}

let builtIns: ReadonlyMap<string, DataType> | undefined;

/** Returns the built-in data types by name: the same in every run, since types of earlier runs refer to them. */
export function builtInDataTypes(): ReadonlyMap<string, DataType> {
  return builtIns ??= new Map(builtInBases.map((base) => {
    const at = new YamlMap([], new SourceText("built in", "{}"), 0, 2);
    const entry: Entry<DataTypeDefinition> = { name: base, key: at, value: { at } };
    return [base, new DataType(undefined, undefined, entry, undefined, false, base)];
  }));
}
