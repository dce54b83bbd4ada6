import { Call } from "../../clout/mod.ts";
import type { Parameter } from "../resolve/parameters.ts";
import { Datum } from "./datum.ts";

/** Returns what stands for an input without a usable value: a call that is never evaluated. */
export function deferredInput(parameter: Parameter): Datum {
  return new Datum(new Call("get_input", [parameter.name]), parameter.key, parameter.schema);
}
