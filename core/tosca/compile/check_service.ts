import { didYouMean } from "../../base/mod.ts";
import type { YamlNode } from "../../yaml/mod.ts";
import { checkExpression, infer, type StaticScope } from "../functions/check.ts";
import { parseExpression } from "../functions/expression.ts";
import type { NodeView, RelationshipView } from "../functions/views.ts";
import { listed } from "../read/grammar.ts";
import type { RequirementAssignment } from "../read/requirement.ts";
import { placeOf } from "../report.ts";
import type { CapabilitySlot } from "../resolve/capabilities.ts";
import type { NodeType } from "../resolve/node_type.ts";
import type { RelationshipType } from "../resolve/relationship_type.ts";
import { checkAssignments, reportUndefined } from "./assignments.ts";
import { checkArtifact, checkInterfaces } from "./check_interfaces.ts";
import { checkGroups, checkPolicies } from "./check_groups.ts";
import { checkSubstitution } from "./check_substitution.ts";
import { checkWorkflows } from "./check_workflows.ts";
import type { ServiceParts } from "./instantiate.ts";
import type { RelationshipTemplate, Template } from "./templates.ts";

/** Checks a service template as it is written, before any value is known. */
export function checkService(parts: ServiceParts): void {
  const scope = serviceScope(parts);
  for (const template of parts.templates.values()) checkTemplate(parts, template, scope);
  for (const template of parts.relationshipTemplates.values()) {
    checkRelationshipTemplate(template, scope);
  }
  for (const output of parts.definition.outputs?.values() ?? []) {
    const label = `output "${output.name}"`;
    const node = output.value.value ?? (output.value.isShort ? output.value.at : undefined);
    if (node) checkNode(node, scope, undefined, label);
  }
  checkGroups(parts, scope);
  checkPolicies(parts, scope);
  checkWorkflows(parts, scope);
  checkSubstitution(parts, scope);
}

/** Returns what expressions of the service as a whole may refer to. */
function serviceScope(parts: ServiceParts): StaticScope {
  const { model, unit, functions, parameters } = parts;
  const templates = new Map<string, NodeView>();
  for (const template of parts.templates.values()) {
    templates.set(template.name, templateView(template, templates));
  }
  const mayHaveMore = parts.definition.isPartial;
  return { model, unit, functions, inputs: parameters, templates, mayHaveMore };
}

function templateView(template: Template, all: ReadonlyMap<string, NodeView>): NodeView {
  const { type, definition } = template;
  return {
    kind: "node",
    label: `node template "${template.name}"`,
    type,
    isOpen: template.directives.includes("select"),
    artifacts: new Set(definition.artifacts?.keys()),
    targetOf: (name) => {
      const assigned = definition.requirements?.filter((each) => each.name === name) ?? [];
      if (assigned.length !== 1) return undefined;
      const target = targetName(assigned[0].value);
      return target === undefined ? undefined : all.get(target);
    },
  };
}

function targetName({ node }: RequirementAssignment): string | undefined {
  const name = node?.kind === "list" ? node.items[0] : node;
  return name?.kind === "scalar" && typeof name.value === "string" ? name.value : undefined;
}

function checkTemplate(parts: ServiceParts, template: Template, service: StaticScope): void {
  const { type, definition, name, key } = template;
  checkKeywordName(parts, template);
  if (!type) return;
  const label = `node template "${name}"`;
  const scope: StaticScope = { ...service, self: service.templates!.get(name), hasNodeIndex: true };
  if (definition.count) {
    checkNode(
      definition.count,
      { ...service, self: undefined },
      parts.model.builtIn("integer").schema,
      `count of ${label}`,
    );
  }
  checkFilterKeynames(parts, template);
  if (definition.node_filter) {
    checkNode(
      definition.node_filter,
      scope,
      parts.model.builtIn("boolean").schema,
      `node filter of ${label}`,
    );
  }
  if (template.directives[0] === "select" && template.directives.length === 1) return;
  const isIncomplete = definition.isPartial;
  const to = { label, key, type: type.label, isPartial: type.isPartial, isIncomplete };
  checkAssignments(definition.properties, type.properties, scope, to, "property");
  if (definition.attributes) {
    checkAssignments(definition.attributes, withProperties(type), scope, to, "attribute");
  }
  checkCapabilities(template, type, scope);
  checkInterfaces(definition.interfaces, type.interfaces, scope, to, template);
  for (const artifact of definition.artifacts?.values() ?? []) {
    checkArtifact(artifact, template.unit, scope, label);
  }
  for (const { name: requirement, value } of definition.requirements ?? []) {
    const found = type.requirements.get(requirement);
    if (found) checkRequirement(template, requirement, value, scope);
  }
}

/** A name that is also a keyword of paths cannot be told from it there (TOSCA 2.0, section 10.3). */
function checkKeywordName(parts: ServiceParts, { name, key }: Template): void {
  if (!["SELF", "SOURCE", "TARGET", "RELATIONSHIP", "CAPABILITY", "ALL"].includes(name)) return;
  parts.model.report.warn("TOSCA_KEYWORD_NAME", key, {
    what: `Cannot name node template "${name}" in paths`,
    why: `"${name}" is a keyword of paths, and the keyword wins`,
    fix: "Give it another name",
  });
}

function checkFilterKeynames(parts: ServiceParts, template: Template): void {
  const { definition, directives, name } = template;
  const filter = definition.node_filter;
  if (filter && !directives.includes("select")) {
    parts.model.report.warn("TOSCA_DIRECTIVE", filter.site ?? filter, {
      what: `Cannot use the node filter of node template "${name}"`,
      why: 'A node filter has a meaning only with the directive "select"',
      fix: 'Add "directives: [ select ]", or remove the filter',
    });
  }
}

function withProperties(type: NodeType) {
  return new Map([...type.properties, ...type.attributes].map(([name, each]) => [
    name,
    type.attributes.has(name) ? each : { ...each, fixed: undefined },
  ]));
}

function checkCapabilities(template: Template, type: NodeType, scope: StaticScope): void {
  const owner = `node template "${template.name}"`;
  const assigned = template.definition.capabilities;
  for (const { name, key } of assigned?.values() ?? []) {
    if (type.capabilities.has(name) || type.isPartial) continue;
    reportUndefined(scope, key, "capability", name, type.capabilities.keys(), {
      label: owner,
      type: type.label,
    });
  }
  for (const slot of type.capabilities.values()) checkCapability(template, slot, scope, owner);
}

function checkCapability(
  template: Template,
  slot: CapabilitySlot,
  scope: StaticScope,
  owner: string,
): void {
  if (!slot.type) return;
  const entry = template.definition.capabilities?.get(slot.name);
  const label = `capability "${slot.name}" of ${owner}`;
  const to = {
    label,
    key: entry?.key ?? template.key,
    type: slot.type.label,
    isPartial: slot.type.isPartial,
    isIncomplete: template.definition.isPartial || entry?.value.isPartial,
  };
  checkAssignments(entry?.value.properties, slot.properties, scope, to, "property");
  if (entry?.value.attributes) {
    const attributes = new Map([...slot.properties, ...slot.attributes]);
    checkAssignments(entry.value.attributes, attributes, scope, to, "attribute");
  }
  checkReach(scope, entry?.value.directives, label);
}

/** `internal` and `external` say which nodes may connect, or be connected to. */
function checkReach(
  scope: StaticScope,
  written: readonly { readonly value: string; readonly node: YamlNode }[] | undefined,
  label: string,
): void {
  for (const { value, node } of written ?? []) {
    if (value === "internal" || value === "external") continue;
    scope.model.report.error("TOSCA_DIRECTIVE", node, {
      what: `Cannot follow the directive "${value}" of ${label}`,
      why: 'The directives here are "internal" and "external"',
      fix: didYouMean(value, ["internal", "external"]),
    });
  }
}

function checkRequirement(
  template: Template,
  name: string,
  assignment: RequirementAssignment,
  scope: StaticScope,
): void {
  const { model } = scope;
  const requirement = template.type!.requirements.get(name)!;
  const label = `requirement "${name}" of node template "${template.name}"`;
  const source = scope.self as NodeView;
  const target = targetName(assignment);
  const targetView = target === undefined ? undefined : scope.templates!.get(target);
  const self: RelationshipView = {
    kind: "relationship",
    label: `the relationship of ${label}`,
    slot: requirement.relationship,
    isOpen: assignment.relationship?.type !== undefined || !requirement.relationship,
    source,
    target: targetView ??
      (requirement.node &&
        { kind: "node", label: requirement.node.label, type: requirement.node, isOpen: true }),
    capability: undefined,
  };
  const inner: StaticScope = { ...scope, self, hasRelationshipIndex: true };
  const nodeScope: StaticScope = { ...scope, hasRelationshipIndex: true };
  if (assignment.count) {
    checkNode(assignment.count, nodeScope, model.builtIn("integer").schema, `count of ${label}`);
  }
  if (assignment.node?.kind === "list") {
    const [, index] = assignment.node.items;
    if (index) {
      checkNode(
        index,
        nodeScope,
        model.builtIn("integer").schema,
        `the target's index of ${label}`,
      );
    }
  }
  if (assignment.node_filter) {
    checkNode(
      assignment.node_filter,
      inner,
      model.builtIn("boolean").schema,
      `node filter of ${label}`,
    );
  }
  checkReach(scope, assignment.directives, label);
  checkRelationshipAssignment(template, requirement.relationship, assignment, inner, label);
  checkAllocation(template, name, assignment, targetView, inner, label);
}

/** What values of a relationship are checked against: its type, or what a requirement makes of it. */
type RelationshipParts = Pick<RelationshipType, "properties" | "attributes" | "interfaces">;

function checkRelationshipAssignment(
  template: Template,
  base: RelationshipParts | undefined,
  assignment: RequirementAssignment,
  scope: StaticScope,
  label: string,
): void {
  const written = assignment.relationship;
  if (!written || written.isName) {
    if (written || !base) return;
  }
  const named = written?.type &&
    scope.model.names.find(template.unit, "relationship_types", written.type.value);
  const slot = named
    ? scope.model.typeOf("relationship_types", named) as RelationshipType | undefined
    : base;
  if (!slot) return;
  const to = {
    label: `the relationship of ${label}`,
    key: written?.at.site ?? assignment.at.site ?? assignment.at,
    type: "its relationship type",
    isPartial: false,
  };
  checkAssignments(written?.properties, slot.properties, scope, to, "property");
  checkInterfaces(written?.interfaces, slot.interfaces, scope, to, undefined);
  if (!written?.attributes) return;
  const attributes = new Map([...slot.properties, ...slot.attributes]);
  checkAssignments(written.attributes, attributes, scope, to, "attribute");
}

/** What is allocated are properties of the target's capability that can be counted (TOSCA 2.0, section 8.5.5). */
function checkAllocation(
  template: Template,
  name: string,
  assignment: RequirementAssignment,
  target: NodeView | undefined,
  scope: StaticScope,
  label: string,
): void {
  if (!assignment.allocation) return;
  const requirement = template.type!.requirements.get(name);
  const owner = target?.type ?? requirement?.node;
  const candidates = [...owner?.capabilities.values() ?? []].filter((each) =>
    requirement?.capability && each.type?.derivesFrom(requirement.capability)
  );
  const properties = candidates.length > 0
    ? new Map(candidates.flatMap((each) => [...each.properties]))
    : requirement?.capability?.properties;
  for (const { name: allocated, key, value } of assignment.allocation.values()) {
    const property = properties?.get(allocated);
    const base = property?.schema?.type.base;
    if (properties && (!property || base && !["integer", "float", "scalar"].includes(base))) {
      scope.model.report.error("TOSCA_ALLOCATION", key, {
        what: `Cannot allocate "${allocated}" for ${label}`,
        why: property
          ? `Its type is "${
            property.schema!.type.name
          }"; what is allocated is an integer, a float or a scalar`
          : `The target capability has no such property; it has ${listed(properties.keys())}` +
            (requirement?.capability?.key ? ` (${placeOf(requirement.capability.key)})` : ""),
        fix: didYouMean(allocated, properties.keys()) ?? "Name a property of the target capability",
      });
      continue;
    }
    const schema = property?.schema && { ...property.schema, clauses: [] };
    checkNode(value, scope, schema, `allocation "${allocated}" of ${label}`);
  }
}

function checkRelationshipTemplate(template: RelationshipTemplate, service: StaticScope): void {
  const { type, definition, name, key } = template;
  if (!type) return;
  const self: RelationshipView = {
    kind: "relationship",
    label: `relationship template "${name}"`,
    slot: type,
    isOpen: false,
    source: undefined,
    target: undefined,
    capability: undefined,
  };
  const scope: StaticScope = { ...service, self, hasRelationshipIndex: true };
  const to = { label: self.label, key, type: type.label, isPartial: type.isPartial, isLoose: true };
  checkAssignments(definition.properties, type.properties, scope, to, "property");
  const attributes = new Map([...type.properties, ...type.attributes]);
  checkAssignments(definition.attributes, attributes, scope, to, "attribute");
  checkInterfaces(definition.interfaces, type.interfaces, scope, to, undefined);
}

/** Parses and checks one value. */
export function checkNode(
  node: YamlNode,
  scope: StaticScope,
  expected: Parameters<typeof checkExpression>[2],
  label: string,
): void {
  const expression = parseExpression(node, scope.model.report);
  if (!expression) return;
  if (expected) checkExpression(expression, scope, expected, label);
  else infer(expression, scope);
}
