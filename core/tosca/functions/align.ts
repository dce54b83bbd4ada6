import { Float } from "../../base/mod.ts";
import { Call, Scalar } from "../../clout/mod.ts";
import type { Base } from "../resolve/data_type.ts";
import { readScalar } from "../resolve/scalar_units.ts";
import type { Schema } from "../resolve/schema.ts";
import { Datum, DatumList, DatumMap } from "./datum.ts";

/** Returns a literal as the scalar, version or timestamp that a schema wants; nothing where it is none. */
export function conformQuietly(datum: Datum, schema: Schema): Datum | undefined {
  if (typeof datum.content !== "string") return undefined;
  if (schema.type.base !== "scalar") return new Datum(datum.content, datum.at, schema);
  const { units } = schema.type;
  const read = units && readScalar(datum.content, units);
  return read instanceof Scalar ? new Datum(read, datum.at, schema) : undefined;
}

/** Returns the base of a datum's type, from its schema or from what it holds; nothing where it is not known yet. */
export function baseOf({ content, schema }: Datum): Base | undefined {
  if (content instanceof Call) return schema?.type.base;
  if (schema && typeof content === "string") return schema.type.base;
  if (content === null) return "nil";
  if (content instanceof DatumList) return "list";
  if (content instanceof DatumMap) return "map";
  if (content instanceof Float) return "float";
  if (content instanceof Scalar) return "scalar";
  switch (typeof content) {
    case "boolean":
      return "boolean";
    case "bigint":
      return "integer";
    default:
      return "string";
  }
}
