import { didYouMean } from "../../base/mod.ts";
import type { YamlNode } from "../../yaml/mod.ts";
import { capitalised, listed } from "../read/grammar.ts";
import type { Property } from "../resolve/properties.ts";
import type { Schema } from "../resolve/schema.ts";
import type { StaticScope } from "./check.ts";
import type { CallExpression, Expression } from "./expression.ts";
import { parsePath, type PathArgument, type PathStep } from "./path.ts";
import { capabilityView, type NodeView, relationshipView, type View } from "./views.ts";

/** Checks a call of a function that looks into the graph; returns the type of what it gives, where that is known. */
export function checkGraphCall(call: CallExpression, scope: StaticScope): Schema | undefined {
  switch (call.name) {
    case "get_input":
      return checkInput(call, scope);
    case "value":
      return checkValue(call, scope);
    case "node_index":
      return checkIndex(call, scope, scope.hasNodeIndex ?? false, "a node");
    case "relationship_index":
      return checkIndex(call, scope, scope.hasRelationshipIndex ?? false, "a relationship");
    default:
      return checkPathCall(call, scope);
  }
}

function checkInput(call: CallExpression, scope: StaticScope): Schema | undefined {
  const name = nameOf(call, scope);
  if (name === undefined || !scope.inputs) return undefined;
  const input = scope.inputs.get(name);
  if (!input) {
    scope.model.report.error("TOSCA_INPUT_UNDECLARED", call.args[0].at, {
      what: `Cannot read the input "${name}": it is not declared`,
      why: `The declared inputs are ${listed(scope.inputs.keys())}`,
      fix: didYouMean(name, scope.inputs.keys()) ?? `Declare "${name}" under "inputs"`,
    });
    return undefined;
  }
  return nestedSchema(input.schema, call.args.slice(1), scope, `input "${name}"`);
}

function nameOf(call: CallExpression, scope: StaticScope): string | undefined {
  const [first] = call.args;
  if (first?.kind === "literal" && typeof first.value === "string") return first.value;
  if (first && first.kind !== "literal") return undefined;
  scope.model.report.error("TOSCA_ARGUMENTS", call.at, {
    what: `Cannot call "$${call.name}" without a name`,
    why: "Its first argument is the name of an input",
    fix: `Write { $${call.name}: NAME }`,
  });
}

function checkValue(call: CallExpression, scope: StaticScope): Schema | undefined {
  if (!scope.tested) {
    scope.model.report.error("TOSCA_CONTEXT", call.at, {
      what: 'Cannot use "$value" here',
      why: "It is the value under test, which exists in validation clauses alone",
      fix: 'Use "$get_property" or "$get_input"',
    });
    return undefined;
  }
  if (scope.tested === "anything") return undefined;
  return nestedSchema(scope.tested, call.args, scope, "the value under test");
}

function checkIndex(
  call: CallExpression,
  scope: StaticScope,
  isAllowed: boolean,
  what: string,
): Schema | undefined {
  if (!isAllowed) {
    scope.model.report.error("TOSCA_CONTEXT", call.at, {
      what: `Cannot use "$${call.name}" here`,
      why: `It is the index of ${what}, and this value belongs to none`,
      fix: `Use it in values of ${what === "a node" ? "node templates" : "requirements"} alone`,
    });
  }
  return scope.model.builtIn("integer").schema;
}

/** Returns the type of what keys and indexes select of a value; reports those that the type cannot have. */
function nestedSchema(
  schema: Schema | undefined,
  keys: readonly Expression[],
  scope: StaticScope,
  label: string,
): Schema | undefined {
  let at = schema;
  for (const key of keys) {
    if (!at) return undefined;
    const { type } = at;
    if (type.base === "list" || type.base === "map") {
      const wrong = key.kind === "literal" &&
        (type.base === "list" ? typeof key.value !== "bigint" : typeof key.value !== "string");
      if (wrong) {
        return void reportNested(
          key,
          scope,
          label,
          `it is a ${type.base}`,
          type.base === "list"
            ? "An entry of a list is selected by an integer"
            : "An entry of a map is selected by a string",
        );
      }
      at = at.entry;
      continue;
    }
    if (type.base !== "complex") {
      return void reportNested(
        key,
        scope,
        label,
        `it is of the type "${type.name}"`,
        "That type has no parts",
      );
    }
    if (key.kind !== "literal") return undefined;
    const property: Property | undefined = type.properties.get(String(key.value));
    if (!property && !type.isPartial) {
      return void reportNested(
        key,
        scope,
        label,
        `${type.label} has no such property`,
        `It has ${listed(type.properties.keys())}`,
        didYouMean(String(key.value), type.properties.keys()),
      );
    }
    at = property?.schema;
  }
  return at;
}

function reportNested(
  key: Expression,
  scope: StaticScope,
  label: string,
  what: string,
  why: string,
  fix?: string,
): void {
  const text = key.kind === "literal" ? `"${key.value}"` : "this part";
  scope.model.report.error("TOSCA_PATH", key.at, {
    what: `Cannot find ${text} in ${label}: ${what}`,
    why,
    ...(fix ? { fix } : {}),
  });
}

function checkPathCall(call: CallExpression, scope: StaticScope): Schema | undefined {
  const args = call.args.map(argumentOf);
  if (!call.hasList || args.length < 2) {
    scope.model.report.error("TOSCA_ARGUMENTS", call.at, {
      what: `Cannot call "$${call.name}" with these arguments`,
      why: "It takes a list: a path, and the name of what to read at its end",
      fix: `Write { $${call.name}: [ SELF, NAME ] }`,
    });
    return undefined;
  }
  // Without a SELF of its own, an expression in a type is judged where the type is used.
  const self = scope.self?.kind === "relationship"
    ? "relationship"
    : scope.self
    ? "node"
    : undefined;
  const parsed = parsePath(args, self);
  if (!("steps" in parsed)) {
    reportPath(call, scope, call.args[parsed.argument]?.at ?? call.at, parsed.why, parsed.fix);
    return undefined;
  }
  const walked = walk(call, parsed.steps, parsed.sites, scope);
  if (!walked) return undefined;
  const name = args[parsed.length];
  if (!name) {
    reportPath(call, scope, call.at, "The name of what to read is missing after the path");
    return undefined;
  }
  if (typeof name.content !== "string") return undefined;
  const isMany = parsed.steps.some((each) => "index" in each && each.index === "ALL");
  const found = readEnd(call, walked, name.content, call.args[parsed.length].at, scope);
  const nested = nestedSchema(
    found,
    call.args.slice(parsed.length + 1),
    scope,
    `"${name.content}"`,
  );
  return isMany && nested
    ? { type: scope.model.builtIn("list"), clauses: [], entry: nested }
    : nested;
}

function argumentOf(expression: Expression): PathArgument {
  const content = expression.kind === "literal" &&
      (typeof expression.value === "string" || typeof expression.value === "bigint")
    ? expression.value
    : undefined;
  return { content, at: expression.at };
}

function walk(
  call: CallExpression,
  steps: readonly PathStep[],
  sites: readonly number[],
  scope: StaticScope,
): View | undefined {
  let view: View | undefined = undefined;
  for (const [index, step] of steps.entries()) {
    const at = call
      .args[Math.min(sites[index] + ("name" in step && index > 0 ? 1 : 0), call.args.length - 1)]
      .at;
    const isFirst = index === 0;
    view = isFirst ? start(call, step, at, scope) : follow(call, view!, step, at, scope);
    if (!view) return undefined;
  }
  return view;
}

function start(
  call: CallExpression,
  step: PathStep,
  at: YamlNode,
  scope: StaticScope,
): View | undefined {
  if (step.kind !== "template") return scope.self;
  if (!scope.templates) {
    reportPath(
      call,
      scope,
      at,
      "A path inside a type can only begin at SELF",
      "Begin the path with SELF",
    );
    return undefined;
  }
  const view = scope.templates.get(step.name);
  if (!view && !scope.mayHaveMore) {
    reportPath(
      call,
      scope,
      at,
      `There is no node template "${step.name}"; there are ${listed(scope.templates.keys())}`,
      didYouMean(step.name, [...scope.templates.keys(), "SELF"]),
    );
  }
  return view;
}

function follow(
  call: CallExpression,
  from: View,
  step: PathStep,
  at: YamlNode,
  scope: StaticScope,
): View | undefined {
  if (from.kind === "node") return followFromNode(call, from, step, at, scope);
  if (from.kind === "relationship") {
    if (step.kind === "source") return from.source;
    return step.kind === "target" ? from.target : from.capability;
  }
  return undefined; // Which relationships come in is known with the graph alone.
}

function followFromNode(
  call: CallExpression,
  from: NodeView,
  step: PathStep,
  at: YamlNode,
  scope: StaticScope,
): View | undefined {
  const { type } = from;
  if (!type || !("name" in step)) return undefined;
  const isRequirement = step.kind === "requirement";
  const view = isRequirement ? relationshipView(from, step.name) : capabilityView(from, step.name);
  if (view || type.isPartial || from.isOpen) return view;
  const known = isRequirement ? type.requirements.keys() : type.capabilities.keys();
  const names = [...known];
  reportPath(
    call,
    scope,
    at,
    `${capitalised(from.label)} has no ${
      isRequirement ? "requirement" : "capability"
    } "${step.name}"; it has ${listed(names)}`,
    didYouMean(step.name, names),
  );
  return undefined;
}

/** Returns the type of the property, attribute or artifact that a path ends at. */
function readEnd(
  call: CallExpression,
  view: View,
  name: string,
  at: YamlNode,
  scope: StaticScope,
): Schema | undefined {
  if (call.name === "get_artifact") {
    if (view.kind !== "node" || !view.type || view.type.isPartial || view.isOpen) {
      return scope.model.builtIn("string").schema;
    }
    const names = [...view.type.artifacts.keys(), ...view.artifacts ?? []];
    if (!names.includes(name)) reportEnd(call, view, "artifact", name, names, at, scope);
    return scope.model.builtIn("string").schema;
  }
  if (call.name === "available_allocation" && view.kind !== "capability") {
    reportPath(
      call,
      scope,
      at,
      "The path must end at a capability, whose properties are what is allocated",
      "Write [ …, CAPABILITY, NAME, PROPERTY ]",
    );
    return undefined;
  }
  const slot = view.kind === "node" ? view.type : view.slot;
  if (!slot) return undefined;
  const found = slot.properties.get(name) ??
    (call.name === "get_attribute" ? slot.attributes.get(name) : undefined);
  const mirrored = call.name === "get_attribute" ? slot.attributes.get(name) ?? found : found;
  if (mirrored) return mirrored.schema;
  if (view.isOpen || view.kind === "node" && view.type!.isPartial) return undefined;
  const kind = call.name === "get_attribute" ? "attribute" : "property";
  const names = [
    ...slot.properties.keys(),
    ...(kind === "attribute" ? slot.attributes.keys() : []),
  ];
  reportEnd(call, view, kind, name, names, at, scope);
  return undefined;
}

function reportEnd(
  call: CallExpression,
  view: View,
  kind: string,
  name: string,
  names: readonly string[],
  at: YamlNode,
  scope: StaticScope,
): void {
  const isRequirement = view.kind === "node" && view.type?.requirements.has(name);
  const isCapability = view.kind === "node" && view.type?.capabilities.has(name);
  reportPath(
    call,
    scope,
    at,
    `${capitalised(view.label)} has no ${kind} "${name}"; it has ${listed(names)}`,
    didYouMean(name, names) ??
      (isRequirement
        ? `"${name}" is a requirement: write RELATIONSHIP before it, and TARGET after it`
        : isCapability
        ? `"${name}" is a capability: write CAPABILITY before it`
        : undefined),
  );
}

function reportPath(
  call: CallExpression,
  scope: StaticScope,
  at: YamlNode,
  why: string,
  fix?: string,
): void {
  scope.model.report.error("TOSCA_PATH", at, {
    what: call.purpose ?? `Cannot follow the path of "$${call.name}"`,
    why,
    ...(fix ? { fix } : {}),
  });
}
