import type { YamlNode } from "../../yaml/mod.ts";
import type { Entries, Entry } from "../read/grammar.ts";
import { type ParameterDefinition, readAsLongParameter } from "../read/parameter_definition.ts";
import { placeOf } from "../report.ts";
import type { Unit } from "./closure.ts";
import type { Model } from "./model.ts";
import type { Sited } from "./properties.ts";
import { resolveSchema, type Schema } from "./schema.ts";

/** An input or output (TOSCA 2.0, section 9.9). */
export interface Parameter {
  readonly name: string;
  readonly key: YamlNode;
  readonly owner: string;
  /** Nothing where no type is given, or where it is unknown. */
  readonly schema: Schema | undefined;
  readonly isRequired: boolean;
  readonly default?: Sited;
  readonly fixed?: Sited;
  /** An attribute selection that takes the value. */
  readonly mapping?: Sited;
}

/** `outgoing` values are given here and go out; `incoming` ones come from outside and may be mapped. */
export type Direction = "outgoing" | "incoming";

/** Returns parameters, inherited ones first, with the refinements of `own`. */
export function resolveParameters(
  model: Model,
  unit: Unit,
  own: Entries<ParameterDefinition> | undefined,
  options: {
    readonly noun: "input" | "output";
    readonly direction: Direction;
    readonly owner: string;
    readonly inherited?: ReadonlyMap<string, Parameter>;
    /** Whether the type must be said. */
    readonly isTyped?: boolean;
  },
): ReadonlyMap<string, Parameter> {
  const parameters = new Map(options.inherited);
  for (const entry of own?.values() ?? []) {
    const label = `${options.noun} "${entry.name}" of ${options.owner}`;
    const inherited = parameters.get(entry.name);
    const made = resolveParameter(model, unit, entry, inherited, options, label);
    if (made) parameters.set(entry.name, made);
  }
  return parameters;
}

function resolveParameter(
  model: Model,
  unit: Unit,
  entry: Entry<ParameterDefinition>,
  inherited: Parameter | undefined,
  options: { direction: Direction; owner: string; isTyped?: boolean },
  label: string,
): Parameter | undefined {
  const definition = longForm(model, entry.value, options.direction, label);
  if (!definition) {
    return inherited ??
      {
        name: entry.name,
        key: entry.key,
        owner: options.owner,
        schema: undefined,
        isRequired: false,
      };
  }
  if (!checkForm(model, definition, inherited, options.direction, label, entry)) return inherited;
  const schema = definition.type || inherited?.schema
    ? resolveSchema(model, unit, definition, label, inherited?.schema)
    : undefined;
  if (
    options.isTyped && !definition.isPartial && !definition.type && !inherited && !definition.value
  ) {
    model.report.error("TOSCA_KEYNAME_MISSING", entry.key, {
      what: `Cannot read ${label}: the mandatory keyname "type" is missing`,
      fix: 'Add "type"',
    });
  }
  const isRequired = definition.required?.value ?? inherited?.isRequired ?? true;
  if (inherited?.isRequired && !isRequired) {
    model.report.error("TOSCA_REQUIRED_REFINED", definition.required!.node, {
      what: `Cannot make ${label} optional: the refined definition requires it`,
      why: `It is required by ${inherited.owner} (${placeOf(inherited.key)})`,
      fix: 'Remove "required: false"',
    });
  }
  if (definition.default && !isRequired) {
    model.report.error("TOSCA_DEFAULT_OPTIONAL", definition.default.site ?? definition.default, {
      what: `Cannot give ${label} a default: it is not required`,
      why: "A parameter that is not required stays undefined where nobody gives it",
      fix: 'Remove "default", or remove "required: false"',
    });
  }
  const sited = (node: YamlNode | undefined, known: Sited | undefined) =>
    node ? { node, unit } : known;
  const made: Parameter = {
    name: entry.name,
    key: entry.key,
    owner: options.owner,
    schema,
    isRequired,
    ...optional("default", isRequired ? sited(definition.default, inherited?.default) : undefined),
    ...optional("fixed", sited(definition.value, inherited?.fixed)),
    ...optional("mapping", sited(definition.mapping, inherited?.mapping)),
  };
  if (schema && made.default) {
    const { default: value } = made;
    model.later(() => model.checkTypeValue(value, schema, label));
  }
  return made;
}

/** Whether value and mapping fit the direction, and change nothing that is fixed. */
function checkForm(
  model: Model,
  definition: ParameterDefinition,
  inherited: Parameter | undefined,
  direction: Direction,
  label: string,
  entry: Entry<ParameterDefinition>,
): boolean {
  const { value, mapping } = definition;
  const complain = (at: YamlNode, what: string, why: string, fix: string) => {
    model.report.error("TOSCA_PARAMETER", at.site ?? at, { what, why, fix });
    return false;
  };
  if (value && mapping) {
    return complain(
      mapping,
      `Cannot give ${label} both a value and a mapping`,
      "One says what it is, the other where it goes",
      'Remove "value" or "mapping"',
    );
  }
  if (value && direction === "incoming") {
    return complain(
      value,
      `Cannot give ${label} a value: it comes from outside`,
      "Incoming parameters may be mapped to an attribute, not given a value",
      'Write "default", or "mapping: [ SELF, ATTRIBUTE ]"',
    );
  }
  if (mapping && direction === "outgoing") {
    return complain(
      mapping,
      `Cannot map ${label}: it goes out`,
      "Outgoing parameters are given a value, not mapped to an attribute",
      'Write "value"',
    );
  }
  const fixed = inherited?.fixed ?? inherited?.mapping;
  if (fixed && (value || mapping || definition.default)) {
    model.report.error("TOSCA_FIXED", entry.key, {
      what: `Cannot refine ${label}: its ${inherited?.fixed ? "value" : "mapping"} is fixed`,
      why: `It is fixed at ${placeOf(fixed.node)}`,
      fix: "Remove it here",
    });
    return false;
  }
  return true;
}

function longForm(
  model: Model,
  definition: ParameterDefinition,
  direction: Direction,
  label: string,
): ParameterDefinition | undefined {
  if (!definition.isShort) return definition;
  const { at } = definition;
  // The short form of an incoming parameter is an attribute selection, which is a list.
  if (direction === "incoming" && at.kind !== "list") {
    return readAsLongParameter(definition, model.report, label);
  }
  return direction === "outgoing" ? { at, value: at } : { at, mapping: at };
}

function optional<K extends string, V>(key: K, value: V | undefined): { [P in K]?: V } {
  return (value === undefined ? {} : { [key]: value }) as { [P in K]?: V };
}
