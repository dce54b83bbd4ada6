import { Call } from "../../clout/mod.ts";
import type { Schema } from "../resolve/schema.ts";
import { conformQuietly } from "./align.ts";
import {
  type Content,
  Datum,
  type DatumEntry,
  DatumList,
  DatumMap,
  isWaiting,
  show,
  toValue,
} from "./datum.ts";
import type { CallExpression, Expression } from "./expression.ts";
import {
  type BuiltIn,
  builtInFunctions,
  describeKind,
  fitsKind,
  graphFunctions,
  Refusal,
} from "./library/mod.ts";
import { baseOf } from "./align.ts";
import { ownFunction } from "./own_functions.ts";
import { findFunction, type Scope } from "./scope.ts";

/**
 * Returns what an expression means; nothing where it fails, which is reported at the call.
 *
 * A call that needs what is known only at run time stays a call, with its arguments evaluated as far as they go.
 * `expected` helps to read literals: `{ $sum: [ 1 GB, 2 GB ] }` is a sum of sizes only where a size is wanted.
 */
export function evaluate(
  expression: Expression,
  scope: Scope,
  expected?: Schema,
): Datum | undefined {
  switch (expression.kind) {
    case "literal":
      return new Datum(expression.value, expression.at);
    case "list": {
      const items: Datum[] = [];
      for (const each of expression.items) {
        const item = evaluate(each, scope, expected?.entry);
        if (!item) return undefined;
        items.push(item);
      }
      return new Datum(new DatumList(items), expression.at);
    }
    case "map": {
      const entries: DatumEntry[] = [];
      for (const each of expression.entries) {
        const key = evaluate(each.key, scope);
        const value = evaluate(each.value, scope, expectedField(expected, key));
        if (!key || !value) return undefined;
        entries.push({ key, value });
      }
      return new Datum(new DatumMap(entries), expression.at);
    }
    case "call":
      return evaluateCall(expression, scope, expected);
  }
}

function expectedField(expected: Schema | undefined, key: Datum | undefined): Schema | undefined {
  if (!expected || !key || typeof key.content !== "string") return undefined;
  return expected.entry ?? expected.type.properties.get(key.content)?.schema;
}

function evaluateCall(
  call: CallExpression,
  scope: Scope,
  expected: Schema | undefined,
): Datum | undefined {
  if (call.name === "value" && scope.value) return selectValue(call, scope);
  const builtIn = builtInFunctions.get(call.name);
  const args = evaluateArguments(call, scope, builtIn ? expected : undefined, builtIn);
  if (!args) return undefined;
  if (call.name === "value") return void reportContext(call, scope);
  if (graphFunctions.includes(call.name)) {
    return scope.graph ? scope.graph.call(call, args) : deferred(call, args);
  }
  const custom = builtIn ? undefined : findFunction(scope, call.name);
  if (!builtIn && !custom) return undefined; // Reported by the static check.
  const shortcut = builtIn && decided(call.name, args);
  if (shortcut !== undefined) {
    return new Datum(shortcut, call.at, scope.model.builtIn("boolean").schema);
  }
  if (args.some(isWaiting)) return deferred(call, args, custom?.signatures[0]?.result);
  if (builtIn) return run(call, builtIn, args, scope, expected);
  const own = ownFunction(call.name, custom!);
  if (own) return new Datum(own(args), call.at, scope.model.builtIn("string").schema);
  return deferred(call, args, custom!.signatures[0]?.result);
}

function evaluateArguments(
  call: CallExpression,
  scope: Scope,
  expected: Schema | undefined,
  builtIn: BuiltIn | undefined,
): Datum[] | undefined {
  const args: Datum[] = [];
  for (const each of call.args) {
    const inner = builtIn?.result === "first" || builtIn?.result === "any" ? expected : undefined;
    const arg = evaluate(each, scope, inner);
    if (!arg) return undefined;
    args.push(arg);
  }
  return args;
}

/** `$and` and `$or` are decided by one argument, whatever the others wait for. */
function decided(name: string, args: readonly Datum[]): boolean | undefined {
  if (name === "and" && args.some(({ content }) => content === false)) return false;
  if (name === "or" && args.some(({ content }) => content === true)) return true;
}

function run(
  call: CallExpression,
  builtIn: BuiltIn,
  args: readonly Datum[],
  scope: Scope,
  expected: Schema | undefined,
): Datum | undefined {
  if (args.length < builtIn.min || args.length > builtIn.max) return undefined; // Reported by the static check.
  const aligned = align(args, expected);
  for (const [index, arg] of aligned.entries()) {
    const kind = builtIn.params[Math.min(index, builtIn.params.length - 1)];
    const base = baseOf(arg);
    if (!base || fitsKind(base, kind)) continue;
    scope.model.report.error("TOSCA_ARGUMENTS", arg.at ?? call.at, {
      what: `Cannot call "$${call.name}" with ${show(arg)}`,
      why: `Argument ${index} must be ${describeKind(kind)}`,
    });
    return undefined;
  }
  try {
    return new Datum(builtIn.run(aligned), call.at, resultSchema(builtIn, aligned, scope));
  } catch (error) {
    if (!(error instanceof Refusal)) throw error;
    if (scope.model.report.hasErrorIn(call.at)) return undefined;
    scope.model.report.error("TOSCA_EVALUATION", call.at, {
      what: `Cannot evaluate "$${call.name}": ${error.why}`,
      why: `The arguments are ${aligned.map((each) => show(each)).join(", ")}`,
    });
    return undefined;
  }
}

/** Reads literals as the type that the other arguments, or the place of the call, want. */
function align(
  args: readonly Datum[],
  expected: Schema | undefined,
): readonly Datum[] {
  const typed = args.find(({ schema }) =>
    schema && ["scalar", "version", "timestamp"].includes(schema.type.base)
  )?.schema;
  const model = typed ?? (expected?.type.base === "scalar" ? expected : undefined);
  if (!model) return args;
  return args.map((arg) =>
    typeof arg.content === "string" && !arg.schema
      ? conformQuietly(arg, model) ?? arg
      : alignItems(arg, model)
  );
}

/** `$valid_values: [ $value, [ 1 GB, 2 GB ] ]`: the literals are inside a list. */
function alignItems(arg: Datum, model: Schema): Datum {
  if (!(arg.content instanceof DatumList) || arg.schema) return arg;
  const items = arg.content.items.map((each) =>
    typeof each.content === "string" && !each.schema ? conformQuietly(each, model) ?? each : each
  );
  return new Datum(new DatumList(items), arg.at);
}

function resultSchema(builtIn: BuiltIn, args: readonly Datum[], scope: Scope): Schema | undefined {
  switch (builtIn.result) {
    case "first":
      return args[0]?.schema && { ...args[0].schema, clauses: [] };
    case "any":
      return args.find(({ schema }) => schema?.type.base === "scalar")?.schema;
    case "boolean":
    case "integer":
    case "string":
    case "float":
      return scope.model.builtIn(builtIn.result).schema;
  }
}

/** Returns a call that stays one. */
export function deferred(call: CallExpression, args: readonly Datum[], schema?: Schema): Datum {
  return new Datum(new Call(call.name, args.map(toValue)), call.at, schema);
}

/** `$value`, or what its arguments select of it. */
function selectValue(call: CallExpression, scope: Scope): Datum | undefined {
  let at: Datum = scope.value!;
  for (const each of call.args) {
    const key = evaluate(each, scope);
    if (!key) return undefined;
    const inner = selectNested(at, key.content);
    if (!inner) {
      scope.model.report.error("TOSCA_PATH", each.at, {
        what: `Cannot find ${show(key)} in the value under test`,
        why: `The value is ${show(at)}`,
      });
      return undefined;
    }
    at = inner;
  }
  return at;
}

/** Returns an entry of a list by index, or of a map by key. */
export function selectNested(datum: Datum, key: Content): Datum | undefined {
  const { content } = datum;
  if (content instanceof DatumList && typeof key === "bigint") return content.items[Number(key)];
  if (content instanceof DatumMap) {
    return content.entries.find((each) => each.key.content === key)?.value;
  }
}

function reportContext(call: CallExpression, scope: Scope): void {
  scope.model.report.error("TOSCA_CONTEXT", call.at, {
    what: 'Cannot use "$value" here',
    why: "It is the value under test, which exists in validation clauses alone",
    fix: 'Use "$get_property" or "$get_input"',
  });
}
