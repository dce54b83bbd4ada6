import { didYouMean } from "../../base/mod.ts";
import { conform } from "../functions/conform.ts";
import { type Datum, fromValue } from "../functions/datum.ts";
import { parseExpression } from "../functions/expression.ts";
import { deferredInput } from "../functions/deferred_input.ts";
import { listed } from "../read/grammar.ts";
import { placeOf } from "../report.ts";
import { fixedSlot, Slot } from "./slots.ts";
import { readInputText } from "./input_text.ts";
import type { Instantiation } from "./instantiate.ts";

/** Gives every input its value: the one given, else the default; reports unknown, missing and wrong ones (check 77). */
export function checkInputs(service: Instantiation): void {
  const { inputs: given, isLenient } = service.options;
  const { report } = service.model;
  for (const name of given.keys()) {
    if (service.parameters.has(name)) continue;
    report.add({
      code: "TOSCA_INPUT",
      severity: "error",
      what: `Cannot take a value for the input "${name}": it is not declared`,
      where: { subject: `input ${name}` },
      why: `The inputs are ${listed(service.parameters.keys())}`,
      ...(didYouMean(name, service.parameters.keys())
        ? { fix: didYouMean(name, service.parameters.keys()) }
        : {}),
    });
  }
  for (const parameter of service.parameters.values()) {
    const value = given.get(parameter.name);
    const label = `input "${parameter.name}"`;
    const scope = service.scopeOf(undefined);
    if (value instanceof Slot) {
      service.inputs.set(parameter.name, value);
      continue;
    }
    const sited = parameter.fixed ?? parameter.default;
    if (value !== undefined) {
      const said = readInputText(value, parameter.schema?.type.base);
      const found = fromValue(said, parameter.key);
      const good: Datum | undefined = parameter.schema
        ? conform(found, parameter.schema, scope, label)
        : found;
      service.inputs.set(
        parameter.name,
        good ? fixedSlot(label, good, scope) : fixedSlot(label, deferredInput(parameter), scope),
      );
    } else if (sited) {
      const expression = parseExpression(sited.node, report);
      service.inputs.set(
        parameter.name,
        new Slot(
          label,
          undefined,
          expression,
          parameter.schema,
          { ...scope, unit: sited.unit },
          "default",
        ),
      );
    } else {
      service.inputs.set(parameter.name, undefined);
      if (isLenient || !parameter.isRequired || report.hasErrorIn(parameter.key)) continue;
      const body = service.parts.definition.inputs?.get(parameter.name)?.value.at;
      if (body && report.hasErrorIn(body)) continue; // Its default may be what could not be read.
      report.error("TOSCA_INPUT", parameter.key, {
        what: `Cannot deploy without a value for the input "${parameter.name}"`,
        why: `It is required and has no default (${placeOf(parameter.key)})`,
        fix: `Give it: --input ${parameter.name}=VALUE`,
      });
    }
  }
}
