import { didYouMean } from "../../base/mod.ts";
import { stringOf, type YamlNode, YamlScalar } from "../../yaml/mod.ts";
import { parseExpression } from "../functions/expression.ts";
import { type Entry, listed } from "../read/grammar.ts";
import type { RequirementAssignment } from "../read/requirement.ts";
import { placeOf } from "../report.ts";
import type { NodeType } from "../resolve/node_type.ts";
import type { RelationshipType } from "../resolve/relationship_type.ts";
import {
  type Condition,
  type RelationshipSlot,
  type Requirement,
  showRange,
} from "../resolve/requirements.ts";
import type { CapabilityType } from "../resolve/simple_types.ts";
import type { Instantiation } from "./instantiate.ts";
import type { RelationshipTemplate, Template } from "./templates.ts";

/** A requirement assignment with everything it names found: one for each template, shared by its nodes. */
export interface Assignment {
  readonly requirement: Requirement;
  /** Nothing where the requirement is implied by its definition alone. */
  readonly written: RequirementAssignment | undefined;
  readonly at: YamlNode;
  /** What the target is fixed to: a template, perhaps one of its nodes. */
  readonly target: Template | undefined;
  readonly targetIndex: YamlNode | undefined;
  /** The type that the target must be of. */
  readonly targetType: NodeType | undefined;
  readonly capabilityType: CapabilityType | undefined;
  readonly capabilityName: string | undefined;
  readonly relationship: RelationshipSlot | undefined;
  readonly relationshipType: RelationshipType | undefined;
  readonly relationshipTemplate: RelationshipTemplate | undefined;
  readonly filters: readonly Condition[];
  readonly count: YamlNode | number;
  readonly isOptional: boolean;
  /** How many relationships those before it make, of the same requirement; nothing where that is computed. */
  readonly offset: number | undefined;
}

/**
 * Returns the assignments of a template in the order of the type's requirements, then of the template, with those that
 * definitions imply (TOSCA 2.0, sections 8.5.2 and 8.5.4). What cannot be found is reported and left out.
 */
export function readAssignments(service: Instantiation, template: Template): Assignment[] {
  const { type } = template;
  if (!type) return [];
  const written = template.definition.requirements ?? [];
  checkKnown(service, template, type, written);
  const assignments: Assignment[] = [];
  for (const requirement of type.requirements.values()) {
    const own = written.filter((each) => each.name === requirement.name);
    let offset: number | undefined = 0;
    const counts: Counted[] = [];
    for (const { key, value } of own) {
      const count = constantCount(value.count);
      const made = readAssignment(service, template, requirement, { key, value, offset });
      if (made) assignments.push(made);
      counts.push({ at: key, count, isOptional: value.optional?.value ?? false });
      offset = offset === undefined || count === undefined ? undefined : offset + count;
    }
    checkCounts(service, `node template "${template.name}"`, requirement, counts);
    const isRead = !requirement.isPartial && !template.definition.isPartial;
    if (own.length === 0 && requirement.count.min > 0 && isRead) {
      assignments.push(implied(template, requirement));
    }
  }
  return assignments;
}

function checkKnown(
  service: Instantiation,
  template: Template,
  type: NodeType,
  written: readonly Entry<RequirementAssignment>[],
): void {
  for (const { name, key } of written) {
    if (type.requirements.has(name) || type.isPartial) continue;
    const names = [...type.requirements.keys()];
    service.model.report.error("TOSCA_UNDEFINED", key, {
      what:
        `Cannot assign the requirement "${name}" of node template "${template.name}": ${type.label} defines no such requirement`,
      why: `It defines ${listed(names)} (${type.place})`,
      fix: didYouMean(name, names) ?? "Define it in the node type, or remove it here",
    });
  }
}

function implied(template: Template, requirement: Requirement): Assignment {
  return {
    requirement,
    written: undefined,
    at: template.key,
    target: undefined,
    targetIndex: undefined,
    targetType: requirement.node,
    capabilityType: requirement.capability,
    capabilityName: requirement.capabilityName,
    relationship: requirement.relationship,
    relationshipType: requirement.relationship?.type,
    relationshipTemplate: undefined,
    filters: requirement.filters,
    count: requirement.count.min,
    isOptional: false,
    offset: 0,
  };
}

function readAssignment(
  service: Instantiation,
  template: Template,
  requirement: Requirement,
  { key, value: written, offset }: {
    readonly key: YamlNode;
    readonly value: RequirementAssignment;
    readonly offset: number | undefined;
  },
): Assignment | undefined {
  const label = `requirement "${requirement.name}" of node template "${template.name}"`;
  const target = readTarget(service, template, requirement, written, label);
  if (target === "wrong") return undefined;
  const capability = readCapability(service, template, requirement, written, target.type, label);
  const relationship = readRelationship(service, template, requirement, written, label);
  if (capability === "wrong" || relationship === "wrong") return undefined;
  const filter = written.node_filter && parseExpression(written.node_filter, service.model.report);
  return {
    requirement,
    written,
    at: key,
    target: target.template,
    targetIndex: target.index,
    targetType: target.type ?? requirement.node,
    capabilityType: capability.type ?? requirement.capability,
    capabilityName: capability.name ?? requirement.capabilityName,
    ...relationship,
    filters: [
      ...requirement.filters,
      ...(filter ? [{ expression: filter, unit: template.unit }] : []),
    ],
    count: constantCount(written.count) ?? written.count!,
    isOptional: written.optional?.value ?? false,
    offset,
  };
}

function readTarget(
  service: Instantiation,
  template: Template,
  requirement: Requirement,
  written: RequirementAssignment,
  label: string,
): { template?: Template; index?: YamlNode; type?: NodeType } | "wrong" {
  const { node } = written;
  if (written.isPartial) return "wrong";
  if (!node) return {};
  const { report } = service.model;
  if (node.kind === "list") {
    const [first, index] = node.items;
    const name = first && stringOf(first);
    const found = name === undefined ? undefined : service.templates.get(name);
    if (node.items.length !== 2 || !found) {
      report.error("TOSCA_TARGET", first ?? node, {
        what: `Cannot find the target of ${label}`,
        why: node.items.length !== 2
          ? "A pair is a node template and an index"
          : `There is no node template "${name}"; there are ${listed(service.templates.keys())}`,
        fix: name === undefined
          ? "Write [ TEMPLATE, INDEX ]"
          : didYouMean(name, service.templates.keys()),
      });
      return "wrong";
    }
    return checkTargetType(service, found, requirement, first, label)
      ? { template: found, index, type: found.type }
      : "wrong";
  }
  const name = stringOf(node);
  const found = name === undefined ? undefined : service.templates.get(name);
  if (found) {
    return checkTargetType(service, found, requirement, node, label)
      ? { template: found, type: found.type }
      : "wrong";
  }
  if (name === undefined || !service.model.names.find(template.unit, "node_types", name)) {
    report.error("TOSCA_TARGET", node, {
      what: `Cannot find the target of ${label}`,
      why: name === undefined
        ? "A target is the name of a node template or node type, or a pair of a template and an index"
        : `"${name}" is neither a node template nor a node type`,
      fix: name === undefined ? undefined : didYouMean(name, [
        ...service.templates.keys(),
        ...service.model.names.visibleNames(template.unit, "node_types", name),
      ]) ?? `Define the node template "${name}"`,
    });
    return "wrong";
  }
  const type = service.model.nodeType(template.unit, { value: name, node }, label);
  if (!type) return "wrong";
  if (
    requirement.node && !type.derivesFrom(requirement.node) && !requirement.node.derivesFrom(type)
  ) {
    reportTargetType(service, requirement, node, label, type.label);
    return "wrong";
  }
  return { type };
}

function checkTargetType(
  service: Instantiation,
  target: Template,
  requirement: Requirement,
  at: YamlNode,
  label: string,
): boolean {
  const { type } = target;
  if (!type) return false;
  if (!requirement.node || type.derivesFrom(requirement.node) || type.isPartial) return true;
  reportTargetType(
    service,
    requirement,
    at,
    label,
    `Node template "${target.name}" is of ${type.label}, which`,
  );
  return false;
}

function reportTargetType(
  service: Instantiation,
  requirement: Requirement,
  at: YamlNode,
  label: string,
  subject: string,
): void {
  const { node } = requirement;
  service.model.report.error("TOSCA_TARGET", at, {
    what: `Cannot take this target for ${label}`,
    why: `${subject.charAt(0).toUpperCase()}${subject.slice(1)} does not derive from "${
      node!.name
    }", which the requirement wants (${placeOf(requirement.key)})`,
    fix: `Name a node template of the type "${node!.name}" or of one derived from it`,
  });
}

function readCapability(
  service: Instantiation,
  template: Template,
  requirement: Requirement,
  written: RequirementAssignment,
  target: NodeType | undefined,
  label: string,
): { type?: CapabilityType; name?: string } | "wrong" {
  const { capability } = written;
  if (!capability) return {};
  const { model } = service;
  const owner = target ?? requirement.node;
  const slot = owner?.capabilities.get(capability.value);
  if (slot) {
    if (slot.type && requirement.capability && !slot.type.derivesFrom(requirement.capability)) {
      return reportCapability(service, requirement, capability.node, label, slot.type);
    }
    return { type: slot.type, name: capability.value };
  }
  const found = model.names.find(template.unit, "capability_types", capability.value);
  if (!found) {
    if (!owner || owner.isPartial) return { name: capability.value };
    model.report.error("TOSCA_TARGET", capability.node, {
      what: `Cannot find the capability "${capability.value}" for ${label}`,
      why: `It is neither a capability of ${owner.label} nor a capability type`,
      fix: didYouMean(capability.value, owner.capabilities.keys()) ??
        `The capabilities are ${listed(owner.capabilities.keys())}`,
    });
    return "wrong";
  }
  const type = model.typeOf("capability_types", found) as CapabilityType;
  if (requirement.capability && !type.derivesFrom(requirement.capability)) {
    return reportCapability(service, requirement, capability.node, label, type);
  }
  return { type };
}

function reportCapability(
  service: Instantiation,
  requirement: Requirement,
  at: YamlNode,
  label: string,
  type: CapabilityType,
): "wrong" {
  service.model.report.error("TOSCA_TARGET", at, {
    what: `Cannot take this capability for ${label}`,
    why: `It is of the type "${type.name}", which does not derive from "${
      requirement.capability!.name
    }" (${placeOf(requirement.key)})`,
  });
  return "wrong";
}

/** A string names a relationship type, or else a relationship template (TOSCA 2.0, section 8.5.2). */
function readRelationship(
  service: Instantiation,
  template: Template,
  requirement: Requirement,
  written: RequirementAssignment,
  label: string,
): Pick<Assignment, "relationship" | "relationshipType" | "relationshipTemplate"> | "wrong" {
  const { model } = service;
  const base = requirement.relationship;
  const { relationship } = written;
  const name = relationship?.type;
  if (!name) {
    return { relationship: base, relationshipType: base?.type, relationshipTemplate: undefined };
  }
  const found = model.names.find(template.unit, "relationship_types", name.value);
  let type = found && model.typeOf("relationship_types", found) as RelationshipType;
  let ofTemplate: RelationshipTemplate | undefined;
  if (!found) {
    ofTemplate = relationship.isName ? service.relationshipTemplates.get(name.value) : undefined;
    if (!ofTemplate) {
      const names = [
        ...service.relationshipTemplates.keys(),
        ...model.names.visibleNames(template.unit, "relationship_types", name.value),
      ];
      model.report.error("TOSCA_RELATIONSHIP_UNKNOWN", name.node, {
        what: `Cannot find the relationship "${name.value}" of ${label}`,
        why: relationship.isName
          ? "It is neither a relationship type nor a relationship template"
          : "There is no such relationship type",
        fix: didYouMean(name.value, names) ??
          "Define it, or leave the relationship to the requirement",
      });
      return "wrong";
    }
    type = ofTemplate.type;
  }
  if (type && base && !type.derivesFrom(base.type)) {
    model.report.error("TOSCA_TARGET", name.node, {
      what: `Cannot take the relationship "${name.value}" for ${label}`,
      why: `${type.label} does not derive from "${base.type.name}" (${placeOf(requirement.key)})`,
    });
    return "wrong";
  }
  const slot = base && base.type === type ? base : type;
  return {
    relationship: slot && asSlot(slot, type!),
    relationshipType: type,
    relationshipTemplate: ofTemplate,
  };
}

function asSlot(
  from: Pick<RelationshipSlot, "properties" | "attributes" | "interfaces">,
  type: RelationshipType,
): RelationshipSlot {
  const { properties, attributes, interfaces } = from;
  return { type, properties, attributes, interfaces };
}

/** Returns a count that needs no graph to be known. */
function constantCount(node: YamlNode | undefined): number | undefined {
  if (!node) return 1;
  const isNumber = node instanceof YamlScalar && typeof node.value === "bigint" && node.value >= 0n;
  return isNumber ? Number(node.value) : undefined;
}

/** How many relationships an assignment makes; nothing where that is not known. */
export interface Counted {
  readonly at: YamlNode;
  readonly count: number | undefined;
  readonly isOptional: boolean;
}

/** The number of assignments must lie in the count range, with and without the optional ones (section 8.5.4). */
export function checkCounts(
  service: Instantiation,
  label: string,
  requirement: Requirement,
  counts: readonly Counted[],
): void {
  if (counts.length === 0) return;
  if (counts.some(({ count }) => count === undefined)) return; // Judged once the count is known.
  const sum = (all: readonly Counted[]) => all.reduce((total, each) => total + each.count!, 0);
  const all = sum(counts);
  const mandatory = sum(counts.filter((each) => !each.isOptional));
  const { min, max } = requirement.count;
  if (all <= max && mandatory >= min && all >= min && mandatory <= max) return;
  const many = all > max
    ? `${all} relationships`
    : all < min
    ? `only ${all}`
    : `only ${mandatory} for sure`;
  service.model.report.error(
    "TOSCA_REQUIREMENT_COUNT",
    all > max ? firstBeyond(counts, max) : counts[0].at,
    {
      what: `Cannot make ${many} for requirement "${requirement.name}" of ${label}`,
      why:
        `The count range is ${showRange(requirement.count)} (${
          placeOf(requirement.count.at ?? requirement.key)
        })` +
        (mandatory < min && all >= min ? "; optional ones do not count towards its minimum" : ""),
      fix: all > max
        ? "Remove assignments, or widen the range in the node type"
        : all >= min
        ? 'Remove "optional: true"'
        : "Add assignments, or raise their count",
    },
  );
}

/** Returns where the first assignment stands that is too much. */
function firstBeyond(counts: readonly Counted[], max: number): YamlNode {
  let sum = 0;
  return counts.find(({ count }) => (sum += count!) > max)!.at;
}
