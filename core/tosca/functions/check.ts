import { didYouMean } from "../../base/mod.ts";
import type { Parameter } from "../resolve/parameters.ts";
import type { Base } from "../resolve/data_type.ts";
import type { Schema } from "../resolve/schema.ts";
import { listed } from "../read/grammar.ts";
import { checkGraphCall } from "./check_graph_call.ts";
import { conform } from "./conform.ts";
import { evaluate } from "./evaluate.ts";
import { type CallExpression, type Expression, isConstant } from "./expression.ts";
import {
  type BuiltIn,
  builtInFunctions,
  compilePattern,
  describeKind,
  fitsKind,
  graphFunctions,
  Refusal,
} from "./library/mod.ts";
import { findFunction, type Scope } from "./scope.ts";
import type { NodeView, View } from "./views.ts";

/** What an expression may refer to, known before there is a graph. */
export interface StaticScope extends Pick<Scope, "model" | "unit" | "functions"> {
  /** What `SELF` is; nothing where it means nothing. */
  readonly self?: View;
  /** Node templates; nothing inside types, where paths start at `SELF`. */
  readonly templates?: ReadonlyMap<string, NodeView>;
  /** Whether there may be more of them, in what could not be read. */
  readonly mayHaveMore?: boolean;
  /** Inputs of the service; nothing inside types. */
  readonly inputs?: ReadonlyMap<string, Parameter>;
  /** What `$value` is; nothing outside validation clauses. */
  readonly tested?: Schema | "anything";
  readonly hasNodeIndex?: boolean;
  readonly hasRelationshipIndex?: boolean;
}

/**
 * Checks a value before it is evaluated: functions, their arguments, paths, and whether it can be what is wanted.
 *
 * Constants are checked wholly; of calls it is checked that what they give is of a fitting type.
 */
export function checkExpression(
  expression: Expression,
  scope: StaticScope,
  expected: Schema | undefined,
  label: string,
): void {
  if (isConstant(expression)) {
    if (!expected) return;
    const datum = evaluate(expression, scope);
    if (datum) conform(datum, expected, scope, label);
    return;
  }
  switch (expression.kind) {
    case "list":
      expression.items.forEach((each, index) =>
        checkExpression(each, scope, listEntry(expected), `${label}[${index}]`)
      );
      return checkShape(expression, "list", scope, expected, label);
    case "map":
      for (const { key, value } of expression.entries) {
        const name = key.kind === "literal" ? String(key.value) : "…";
        if (key.kind === "call") infer(key, scope);
        checkExpression(value, scope, mapEntry(expected, name), `${label}.${name}`);
      }
      return checkShape(expression, "map", scope, expected, label);
    case "call":
      checkResult(expression, infer(expression, scope), scope, expected, label);
  }
}

function listEntry(expected: Schema | undefined): Schema | undefined {
  return expected?.type.base === "list" ? expected.entry : undefined;
}

function mapEntry(expected: Schema | undefined, name: string): Schema | undefined {
  if (expected?.type.base === "complex") return expected.type.properties.get(name)?.schema;
  return expected?.type.base === "map" ? expected.entry : undefined;
}

function checkShape(
  expression: Expression,
  found: "list" | "map",
  scope: StaticScope,
  expected: Schema | undefined,
  label: string,
): void {
  const base = expected?.type.base;
  const fits = !base || base === found || found === "map" && base === "complex";
  if (!fits) reportMismatch(expression, found, scope, expected!, label);
  if (found !== "map" || base !== "complex" || expression.kind !== "map") return;
  for (const { key } of expression.entries) {
    const { type } = expected!;
    if (key.kind !== "literal" || type.properties.has(String(key.value)) || type.isPartial) {
      continue;
    }
    scope.model.report.error("TOSCA_UNDEFINED", key.at, {
      what: `Cannot set "${key.value}" in ${label}: ${type.label} has no such property`,
      why: `It has ${listed(type.properties.keys())}`,
      fix: didYouMean(String(key.value), type.properties.keys()) ?? "Remove it",
    });
  }
}

function checkResult(
  call: CallExpression,
  found: Schema | undefined,
  scope: StaticScope,
  expected: Schema | undefined,
  label: string,
): void {
  if (!found || !expected || mayBe(found, expected)) return;
  reportMismatch(call, found.type.name, scope, expected, label);
}

function reportMismatch(
  expression: Expression,
  found: string,
  scope: StaticScope,
  expected: Schema,
  label: string,
): void {
  const call = expression.kind === "call" ? `"$${expression.name}" gives` : "Found";
  scope.model.report.error("TOSCA_VALUE_TYPE", expression.at, {
    what: `Cannot take this value as ${label}: it must be of the type "${expected.type.name}"`,
    why: `${call} a value of the type "${found}"; values are not converted`,
    fix: `Give a value of the type "${expected.type.name}", or change the type of one of the two`,
  });
}

/** Whether a value of one schema may be one of another: by base, and by identity where a type is its own kind. */
export function mayBe(found: Schema, wanted: Schema): boolean {
  const [one, two] = [found.type, wanted.type];
  if (one.base !== two.base) {
    if (one.base === "map" && one.isBuiltIn && !found.entry) return two.base === "complex";
    return one.base === "integer" && two.base === "float";
  }
  if (one.base === "scalar" || one.base === "complex") {
    return one.derivesFrom(two) || two.derivesFrom(one);
  }
  if (one.base === "list" || one.base === "map") {
    return !found.entry || !wanted.entry || mayBe(found.entry, wanted.entry);
  }
  return true;
}

/** Returns the type of what an expression gives, as far as it is known; checks calls on the way. */
export function infer(expression: Expression, scope: StaticScope): Schema | undefined {
  if (expression.kind === "call") return inferCall(expression, scope);
  if (expression.kind === "list") {
    expression.items.forEach((each) => infer(each, scope));
    return { type: scope.model.builtIn("list"), clauses: [] };
  }
  if (expression.kind === "map") {
    expression.entries.forEach(({ key, value }) => (infer(key, scope), infer(value, scope)));
    return { type: scope.model.builtIn("map"), clauses: [] };
  }
  const { value } = expression;
  const base: Base | undefined = typeof value === "bigint"
    ? "integer"
    : typeof value === "boolean"
    ? "boolean"
    : typeof value === "string"
    ? "string"
    : value === null
    ? "nil"
    : "float";
  return scope.model.builtIn(base).schema;
}

function inferCall(call: CallExpression, scope: StaticScope): Schema | undefined {
  if (graphFunctions.includes(call.name)) {
    for (const each of call.args) if (each.kind !== "literal") infer(each, scope);
    return checkGraphCall(call, scope);
  }
  const builtIn = builtInFunctions.get(call.name);
  if (builtIn) return inferBuiltIn(call, builtIn, scope);
  const custom = findFunction(scope, call.name);
  if (!custom) return void reportUnknown(call, scope);
  const found = call.args.map((each) => ({ each, schema: infer(each, scope) }));
  const fitting = custom.signatures.find((signature) => {
    const { args, optional, isVariadic } = signature;
    const wanted = [...args, ...optional];
    if (found.length < args.length) return false;
    if (found.length > wanted.length && !isVariadic) return false;
    return found.every(({ each, schema }, index) => {
      const want = wanted[Math.min(index, wanted.length - 1)];
      if (!want) return true;
      if (isConstant(each)) return conforms(each, want, scope);
      return !schema || mayBe(schema, want);
    });
  });
  if (!fitting) {
    scope.model.report.error("TOSCA_ARGUMENTS", call.at, {
      what: `Cannot call "$${call.name}" with these arguments`,
      why:
        `None of its ${custom.signatures.length} signatures takes ${found.length} arguments of the types ${
          listed(found.map(({ schema }) => schema?.type.name ?? "unknown"))
        }`,
      fix: `Its definition is at ${custom.key.source.file}:${
        custom.key.source.position(custom.key.start, custom.key.end).line
      }`,
    });
  }
  return fitting?.result;
}

/** Whether a constant is what is wanted, with its validation: signatures may differ in nothing else. */
function conforms(expression: Expression, wanted: Schema, scope: StaticScope): boolean {
  return scope.model.report.quietly(() => {
    const datum = evaluate(expression, scope);
    return datum !== undefined && conform(datum, wanted, scope, "the argument") !== undefined;
  });
}

function inferBuiltIn(
  call: CallExpression,
  builtIn: BuiltIn,
  scope: StaticScope,
): Schema | undefined {
  const { model } = scope;
  const { args } = call;
  const schemas = args.map((each) => infer(each, scope));
  if (
    !call.hasList && args.length > 0 && builtIn.min > 1 || args.length < builtIn.min ||
    args.length > builtIn.max
  ) {
    const count = builtIn.min === builtIn.max
      ? `${builtIn.min}`
      : builtIn.max === Infinity
      ? `at least ${builtIn.min}`
      : `${builtIn.min} to ${builtIn.max}`;
    model.report.error("TOSCA_ARGUMENTS", call.at, {
      what: `Cannot call "$${call.name}" with ${args.length} argument${
        args.length === 1 ? "" : "s"
      }`,
      why: `It takes ${count}`,
      fix: `Write { $${call.name}: [ … ] } with its arguments in a list`,
    });
    return undefined;
  }
  const hasTyped = schemas.some((each, index) =>
    args[index].kind === "call" && each &&
    ["scalar", "version", "timestamp"].includes(each.type.base)
  );
  for (const [index, schema] of schemas.entries()) {
    const kind = builtIn.params[Math.min(index, builtIn.params.length - 1)];
    if (!schema || fitsKind(schema.type.base, kind)) continue;
    // A literal such as "1 GB" may turn out to be a scalar.
    const isText = args[index].kind === "literal" && schema.type.base === "string";
    if (isText && (kind === "quantity" || kind === "ordered")) continue;
    model.report.error("TOSCA_ARGUMENTS", args[index].at, {
      what: `Cannot call "$${call.name}" with a value of the type "${schema.type.name}"`,
      why: `Argument ${index} must be ${describeKind(kind)}`,
      fix: "Give such a value; values are not converted",
    });
    return undefined;
  }
  if (builtIn.isUniform && !hasTyped) checkUniform(call, schemas, scope);
  if (call.name === "matches") checkPattern(call, scope);
  return resultOf(builtIn, schemas, scope);
}

function checkUniform(
  call: CallExpression,
  schemas: readonly (Schema | undefined)[],
  scope: StaticScope,
): void {
  const known = schemas.filter((each) => each !== undefined);
  const odd = known.find((each) => !mayBe(each, known[0]) && !mayBe(known[0], each));
  if (!odd) return;
  scope.model.report.error("TOSCA_ARGUMENTS", call.at, {
    what: `Cannot call "$${call.name}" with values of different types`,
    why: `One is of the type "${known[0].type.name}", another of "${odd.type.name}"`,
    fix: "Compare and combine values of one type; they are not converted",
  });
}

function checkPattern(call: CallExpression, scope: StaticScope): void {
  const pattern = call.args[1];
  if (pattern?.kind !== "literal" || typeof pattern.value !== "string") return;
  try {
    compilePattern(pattern.value);
  } catch (error) {
    if (!(error instanceof Refusal)) throw error;
    scope.model.report.error("TOSCA_EVALUATION", pattern.at, {
      what: 'Cannot use "$matches" with this pattern',
      why: error.why,
      fix: "Patterns have the syntax of RE2, which has no look-around and no back-references",
    });
  }
}

function resultOf(
  builtIn: BuiltIn,
  schemas: readonly (Schema | undefined)[],
  scope: StaticScope,
): Schema | undefined {
  switch (builtIn.result) {
    case "first":
      return schemas[0] && { ...schemas[0], clauses: [] };
    case "boolean":
    case "integer":
    case "string":
    case "float":
      return scope.model.builtIn(builtIn.result).schema;
    default:
      return undefined;
  }
}

/** Functions of earlier drafts, and what to write now. */
const successors: Readonly<Record<string, string>> = {
  in_range:
    "Write { $and: [ { $greater_or_equal: [ $value, MIN ] }, { $less_or_equal: [ $value, MAX ] } ] }",
  min_length: "Write { $greater_or_equal: [ { $length: [ $value ] }, MIN ] }",
  max_length: "Write { $less_or_equal: [ { $length: [ $value ] }, MAX ] }",
  pattern: "Write { $matches: [ $value, PATTERN ] }",
  get_operation_output: 'Map the output to an attribute with "outputs", and read the attribute',
  get_nodes_of_type: "Use a path with ALL: { $get_property: [ TEMPLATE, ALL, PROPERTY ] }",
  get_target_name: "Use a path: { $get_property: [ SELF, TARGET, PROPERTY ] }",
};

function reportUnknown(call: CallExpression, scope: StaticScope): void {
  const suggestion = () => {
    const { functions, model, unit } = scope;
    const names = [...builtInFunctions.keys(), ...graphFunctions, ...functions?.keys() ?? []];
    return didYouMean(call.name, [
      ...names,
      ...model.names.visibleNames(unit, "functions", call.name),
    ]);
  };
  for (const each of call.args) infer(each, scope);
  scope.model.report.error("TOSCA_FUNCTION_UNKNOWN", call.at, {
    what: `Cannot find the function "$${call.name}"`,
    why: "TOSCA does not define it, and neither this file nor its imports do",
    fix: successors[call.name] ?? suggestion() ??
      `Define it under "functions"; for a text that begins with $, write "$$${call.name}"`,
  });
}
