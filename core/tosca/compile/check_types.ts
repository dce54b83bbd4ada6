import { checkExpression, type StaticScope } from "../functions/check.ts";
import { conform } from "../functions/conform.ts";
import { evaluate } from "../functions/evaluate.ts";
import { isConstant, parseExpression } from "../functions/expression.ts";
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
import { checkDataType, checkReserved } from "./check_data_type.ts";
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
