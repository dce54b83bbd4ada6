import type { YamlNode } from "../../yaml/mod.ts";
import { checkExpression, type StaticScope } from "../functions/check.ts";
import { conform } from "../functions/conform.ts";
import { evaluate } from "../functions/evaluate.ts";
import { type Expression, isConstant, parseExpression } from "../functions/expression.ts";
import { readVersion } from "../functions/text_types.ts";
import type { View } from "../functions/views.ts";
import type { Unit } from "../resolve/closure.ts";
import { DataType } from "../resolve/data_type.ts";
import { type InterfaceSlot, InterfaceType } from "../resolve/interfaces.ts";
import type { AnyType, Model, TypeSection, ValueChecks } from "../resolve/model.ts";
import { NodeType } from "../resolve/node_type.ts";
import type { Sited } from "../resolve/properties.ts";
import { RelationshipType } from "../resolve/relationship_type.ts";
import type { Clause, Schema } from "../resolve/schema.ts";
import { ArtifactType, CapabilityType, GroupType, PolicyType } from "../resolve/simple_types.ts";
import { checkArtifact, checkImplementation, checkMapping } from "./check_interfaces.ts";
import { checkNode } from "./check_service.ts";

/** Returns the checks of values that the resolving of types asks for. */
export function valueChecks(model: Model): ValueChecks {
  return {
    checkTypeValue: (value, schema, label) => checkTypeValue(model, value, schema, label),
    checkClause: (clause, schema, label) => checkClause(model, clause, schema, label),
  };
}

/** Checks a default or fixed value of a definition. What `SELF` is there is known only where the type is used. */
function checkTypeValue(model: Model, { node, unit }: Sited, schema: Schema, label: string): void {
  const expression = parseExpression(node, model.report);
  if (!expression) return;
  if (!isConstant(expression)) {
    return checkExpression(expression, openScope(model, unit), schema, label);
  }
  const scope = { model, unit };
  const datum = evaluate(expression, scope);
  if (datum) conform(datum, schema, scope, `the default of ${label}`);
}

/** Checks that a validation clause is boolean and applies to what it validates. */
function checkClause(model: Model, clause: Clause, schema: Schema, label: string): void {
  const scope: StaticScope = { ...openScope(model, clause.unit), tested: schema };
  const boolean = model.builtIn("boolean").schema;
  checkExpression(clause.expression, scope, boolean, `the validation of ${label}`);
}

/** A scope in which `SELF` may be anything: paths are checked for their form alone. */
function openScope(model: Model, unit: Unit): StaticScope {
  const self: View = { kind: "node", label: "SELF", type: undefined, isOpen: true };
  return { model, unit, self, hasNodeIndex: true, hasRelationshipIndex: true };
}

const typeSections: readonly TypeSection[] = [
  "data_types",
  "artifact_types",
  "capability_types",
  "interface_types",
  "relationship_types",
  "node_types",
  "group_types",
  "policy_types",
];

/** Checks every type and function of a file. */
export function checkTypes(model: Model, unit: Unit): void {
  for (const section of typeSections) {
    for (const entry of unit.definition[section]?.values() ?? []) {
      if (section === "data_types") checkReserved(model, entry.name, entry.key);
      const type = model.typeOf(section, { unit, entry });
      if (type) checkType(model, type);
    }
  }
  for (const entry of unit.definition.functions?.values() ?? []) {
    const found = model.functionOf(unit, entry);
    for (const { implementation } of found.signatures) {
      if (!implementation) continue;
      checkImplementation(
        implementation.definition,
        [],
        openScope(model, unit),
        `function "${entry.name}"`,
      );
    }
  }
}

function checkReserved(model: Model, name: string, key: YamlNode): void {
  const reserved = [
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
  if (!reserved.includes(name)) return;
  model.report.error("TOSCA_TYPE_RESERVED", key, {
    what: `Cannot define the data type "${name}"`,
    why: "It is the name of a built-in data type",
    fix: "Give it another name",
  });
}

function checkType(model: Model, type: AnyType): void {
  const { version } = type.definition;
  if (version && !readVersion(version.value)) {
    model.report.error("TOSCA_VERSION_FORM", version.node, {
      what: `Cannot read the version "${version.value}" of ${type.label}`,
      why: "A version is major.minor[.fix[.qualifier[-build]]]",
      fix: "Write 1.0, 1.0.2 or 1.0.2.beta-3, in quotes where it has two parts",
    });
  }
  if (type instanceof DataType) checkDataType(model, type);
  else if (type instanceof NodeType) checkNodeType(model, type);
  else if (type instanceof RelationshipType) checkRelationshipType(model, type);
  else if (type instanceof CapabilityType) {
    void [type.properties, type.attributes, type.validSources, type.validRelationships];
  } else if (type instanceof GroupType) void [type.properties, type.attributes, type.members];
  else if (type instanceof PolicyType) checkPolicyType(model, type);
  else if (type instanceof ArtifactType) void type.properties;
  else if (type instanceof InterfaceType) {
    checkInterfaceValues(model, type, type.unit!, undefined, type.label, []);
  }
}

function checkPolicyType(model: Model, type: PolicyType): void {
  void [type.properties, type.targets, type.triggers];
  const scope = openScope(model, type.unit!);
  const { schema } = model.builtIn("boolean");
  for (const { name, value } of type.definition.triggers?.values() ?? []) {
    const { condition } = value;
    const label = `condition of trigger "${name}" of ${type.label}`;
    if (condition) model.later(() => checkNode(condition, scope, schema, label));
  }
}

function checkNodeType(model: Model, type: NodeType): void {
  const unit = type.unit!;
  void [type.properties, type.attributes, type.capabilities];
  const self: View = { kind: "node", label: type.label, type, isOpen: false };
  const scope: StaticScope = { model, unit, self, hasNodeIndex: true };
  const artifacts = [...type.artifacts.keys()];
  for (const entry of type.definition.artifacts?.values() ?? []) {
    model.later(() => checkArtifact(entry, unit, scope, type.label));
  }
  for (const slot of type.interfaces.values()) {
    if (type.definition.interfaces?.has(slot.name)) {
      checkInterfaceValues(
        model,
        slot,
        unit,
        self,
        `interface "${slot.name}" of ${type.label}`,
        artifacts,
      );
    }
  }
  for (const requirement of type.requirements.values()) {
    if (requirement.owner !== type) continue;
    for (const { expression, unit: from } of requirement.filters) {
      const relationship: View = {
        kind: "relationship",
        label: `the relationship of requirement "${requirement.name}" of ${type.label}`,
        slot: requirement.relationship,
        isOpen: !requirement.relationship,
        source: { kind: "node", label: type.label, type, isOpen: true },
        target: requirement.node &&
          { kind: "node", label: requirement.node.label, type: requirement.node, isOpen: true },
        capability: requirement.capability && {
          kind: "capability",
          label: requirement.capability.label,
          slot: requirement.capability,
          isOpen: true,
          node: undefined,
        },
      };
      const inner: StaticScope = {
        ...scope,
        unit: from,
        self: relationship,
        hasRelationshipIndex: true,
      };
      const label = `node filter of requirement "${requirement.name}" of ${type.label}`;
      model.later(() => checkExpression(expression, inner, model.builtIn("boolean").schema, label));
    }
  }
  checkDefaultsOf(
    model,
    [...type.properties.values(), ...type.attributes.values()],
    self,
    type.label,
  );
}

/** Defaults and fixed values of a type that hold calls are checked with the type as `SELF`. */
function checkDefaultsOf(
  model: Model,
  properties: readonly {
    readonly name: string;
    readonly owner: string;
    readonly default?: Sited;
    readonly fixed?: Sited;
    readonly schema: Schema | undefined;
  }[],
  self: View,
  owner: string,
): void {
  for (const property of properties) {
    if (property.owner !== owner) continue;
    const sited = property.fixed ?? property.default;
    const expression = sited && parseExpression(sited.node, model.report);
    if (!expression || isConstant(expression)) continue;
    const scope: StaticScope = {
      model,
      unit: sited.unit,
      self,
      hasNodeIndex: true,
      hasRelationshipIndex: true,
    };
    model.later(() =>
      checkExpression(expression, scope, property.schema, `property "${property.name}" of ${owner}`)
    );
  }
}

function checkRelationshipType(model: Model, type: RelationshipType): void {
  void [
    type.properties,
    type.attributes,
    type.validCapabilities,
    type.validTargets,
    type.validSources,
  ];
  const self: View = {
    kind: "relationship",
    label: type.label,
    slot: type,
    isOpen: false,
    source: undefined,
    target: undefined,
    capability: undefined,
  };
  for (const slot of type.interfaces.values()) {
    if (type.definition.interfaces?.has(slot.name)) {
      checkInterfaceValues(
        model,
        slot,
        type.unit!,
        self,
        `interface "${slot.name}" of ${type.label}`,
        [],
      );
    }
  }
  checkDefaultsOf(
    model,
    [...type.properties.values(), ...type.attributes.values()],
    self,
    type.label,
  );
}

/** Checks input values, mappings and implementations of an interface type or definition. */
function checkInterfaceValues(
  model: Model,
  parts: Pick<InterfaceSlot, "inputs" | "operations" | "notifications">,
  unit: Unit,
  self: View | undefined,
  label: string,
  artifacts: readonly string[],
): void {
  const scope: StaticScope = {
    model,
    unit,
    ...(self ? { self } : {}),
    hasNodeIndex: true,
    hasRelationshipIndex: self?.kind === "relationship",
  };
  const checkValue = (sited: Sited | undefined, schema: Schema | undefined, what: string) => {
    if (!sited || sited.unit !== unit || !self) return;
    model.later(() => checkNode(sited.node, { ...scope, unit: sited.unit }, schema, what));
  };
  for (const input of parts.inputs.values()) {
    checkValue(input.fixed, input.schema, `input "${input.name}" of ${label}`);
  }
  for (const operation of [...parts.operations.values(), ...parts.notifications.values()]) {
    const owner = `"${operation.name}" of ${label}`;
    for (const input of operation.inputs.values()) {
      checkValue(input.fixed, input.schema, `input "${input.name}" of ${owner}`);
    }
    for (const { name, mapping, schema } of operation.outputs.values()) {
      if (mapping && mapping.unit === unit && self) {
        const label = `output "${name}" of ${owner}`;
        model.later(() => checkMapping(mapping.node, scope, label, schema));
      }
    }
    const { implementation } = operation;
    if (implementation && implementation.unit === unit && self) {
      model.later(() => checkImplementation(implementation.definition, artifacts, scope, owner));
    }
  }
}

/** Checks that a data type's keynames fit together (TOSCA 2.0, sections 9.1.2.2 and 9.2). */
function checkDataType(model: Model, type: DataType): void {
  const { definition, base } = type;
  const site = (name: string) =>
    definition.at.kind === "map" ? definition.at.entry(name)?.key : undefined;
  const complain = (name: string, why: string, fix: string) => {
    const at = site(name);
    if (!at) return;
    model.report.error(
      base === "scalar" || name === "units" ? "TOSCA_SCALAR_TYPE" : "TOSCA_DATA_TYPE_FORM",
      at,
      {
        what: `Cannot have "${name}" in ${type.label}`,
        why,
        fix,
      },
    );
  };
  if (base === "complex") checkComplex(model, type);
  else {
    complain(
      "properties",
      `It derives from the built-in type "${base}", whose values have no parts`,
      'Remove "properties", or "derived_from"',
    );
  }
  if (base !== "scalar" && !type.isPartial) {
    for (const name of ["units", "prefixes", "canonical_unit", "data_type"]) {
      if (!site(name)) continue;
      complain(
        name,
        "It belongs to types that derive from scalar",
        'Write "derived_from: scalar", or remove it',
      );
      break;
    }
  }
  const isCollection = base === "list" || base === "map";
  if (!isCollection) {
    complain(
      "entry_schema",
      "Only lists and maps have entries",
      "Remove it, or derive from list or map",
    );
  }
  if (base !== "map") {
    complain("key_schema", "Only maps have keys", "Remove it, or derive from map");
  }
  void [type.properties, type.units, type.keySchema, type.entrySchema];
  for (const clause of type.clauses) {
    if (clause.unit === type.unit && isOwnClause(clause.expression, definition.validation)) {
      model.later(() => checkClause(model, clause, type.schema, type.label));
    }
  }
}

function isOwnClause(expression: Expression, validation: YamlNode | undefined): boolean {
  return expression.at === validation;
}

function checkComplex(model: Model, type: DataType): void {
  const { definition } = type;
  const { at } = definition;
  const wroteProperties = at.kind === "map" && at.entry("properties");
  const wroteParent = at.kind === "map" && at.entry("derived_from");
  if (!wroteProperties && !wroteParent) {
    model.report.error("TOSCA_DATA_TYPE_FORM", type.key!, {
      what: `Cannot tell what ${type.label} is`,
      why: 'It has neither "derived_from" nor "properties"',
      fix: 'Add "derived_from: string" (or another type), or "properties"',
    });
    return;
  }
  if (
    wroteProperties && definition.properties?.size === 0 && wroteProperties.value.kind === "map" &&
    wroteProperties.value.entries.length === 0
  ) {
    model.report.error("TOSCA_DATA_TYPE_FORM", wroteProperties.key, {
      what: `Cannot take an empty "properties" in ${type.label}`,
      why: "Properties, where they are given, are at least one",
      fix: 'Add a property, or remove "properties"',
    });
  }
  const circle = findInfinite(type, []);
  if (!circle || reportedBefore(model, circle.types, type)) return;
  model.report.error("TOSCA_DATA_TYPE_INFINITE", type.key!, {
    what: `Cannot make a value of ${type.label}: it contains itself`,
    why: `The circle is ${circle.way.join(" → ")}`,
    fix: 'Give one of these properties "required: false", or make it a list',
  });
}

/** Whether another type of the same circle stands before this one: the circle is told there. */
function reportedBefore(model: Model, circle: ReadonlySet<DataType>, type: DataType): boolean {
  return [...circle].some((each) =>
    each !== type && each.key && model.report.hasErrorIn(each.key) &&
    each.key.source === type.key!.source && each.key.start < type.key!.start
  );
}

interface Circle {
  readonly way: readonly string[];
  readonly types: ReadonlySet<DataType>;
}

/** Returns the path by which a complex type contains itself through required properties without default. */
function findInfinite(type: DataType, path: readonly string[]): Circle | undefined {
  const visit = (
    at: DataType,
    way: readonly string[],
    seen: ReadonlySet<DataType>,
  ): Circle | undefined => {
    for (const { name, schema, isRequired, default: fallback } of at.properties.values()) {
      const next = schema?.type;
      if (!isRequired || fallback || next?.base !== "complex") continue;
      const there = [...way, `${at.name}.${name}`];
      if (next === type) return { way: [...there, type.name], types: seen };
      if (seen.has(next)) continue;
      const found = visit(next, there, new Set([...seen, next]));
      if (found) return found;
    }
  };
  return visit(type, path, new Set([type]));
}
