import { anyMap, anyValue, nameText } from "./scalars.ts";
import { entity, mapOf, type Read } from "./grammar.ts";
import { propertyDefinition } from "./property_definition.ts";
import { schemaDefinition, valueDrafts } from "./schema_definition.ts";
import { typeKeynames } from "./types.ts";

/** Reads a data type definition (TOSCA 2.0, section 9.2), with the keynames of scalar types (9.1.2.2). */
export const dataTypeDefinition = entity("data type", {
  ...typeKeynames,
  validation: anyValue,
  properties: mapOf("property", propertyDefinition),
  key_schema: schemaDefinition,
  entry_schema: schemaDefinition,
  data_type: nameText,
  units: mapOf("unit", anyValue),
  canonical_unit: nameText,
  // Not `mapOf`: the empty string is a name here, it permits the bare unit.
  prefixes: anyMap,
}, { drafts: valueDrafts });

export type DataTypeDefinition = Read<typeof dataTypeDefinition>;
