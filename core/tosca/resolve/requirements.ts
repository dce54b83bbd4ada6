import type { YamlNode } from "../../yaml/mod.ts";
import { stringOf, YamlScalar } from "../../yaml/mod.ts";
import { type Expression, parseExpression } from "../functions/expression.ts";
import type { Entry } from "../read/grammar.ts";
import { listed } from "../read/grammar.ts";
import type { RelationshipDefinition, RequirementDefinition } from "../read/requirement.ts";
import { placeOf } from "../report.ts";
import type { Unit } from "./closure.ts";
import { type InterfaceSlot, reportRefinedType, resolveInterfaces } from "./interfaces.ts";
import type { Model } from "./model.ts";
import type { NodeType } from "./node_type.ts";
import { type Property, resolveAttributes, resolveProperties } from "./properties.ts";
import type { RelationshipType } from "./relationship_type.ts";
import type { CapabilityType } from "./simple_types.ts";
import { admits, type ValidTypes } from "./valid_types.ts";

/** How many relationships a requirement takes; `max` may be infinite. */
export interface CountRange {
  readonly min: number;
  readonly max: number;
  readonly at: YamlNode | undefined;
}

/** The relationship that a requirement makes (TOSCA 2.0, section 8.4). */
export interface RelationshipSlot {
  readonly type: RelationshipType;
  readonly properties: ReadonlyMap<string, Property>;
  readonly attributes: ReadonlyMap<string, Property>;
  readonly interfaces: ReadonlyMap<string, InterfaceSlot>;
}

/** A boolean expression with the file in whose names it speaks. */
export interface Condition {
  readonly expression: Expression;
  readonly unit: Unit;
}

/** A requirement of a node type after all refinements. */
export interface Requirement {
  readonly name: string;
  readonly key: YamlNode;
  /** What defined or refined it last. */
  readonly at: YamlNode;
  readonly owner: NodeType;
  /** Nothing where it is unknown, which was reported. */
  readonly capability: CapabilityType | undefined;
  /** The symbolic name, where the definition gives one: then the target's capability of that name is meant. */
  readonly capabilityName: string | undefined;
  readonly node: NodeType | undefined;
  /** Nothing where any relationship that the capability admits will do, or where it is unknown. */
  readonly relationship: RelationshipSlot | undefined;
  readonly filters: readonly Condition[];
  readonly count: CountRange;
  /** Whether some part is unknown and was reported. */
  readonly isPartial: boolean;
}

/** Returns the requirements of a node type, inherited ones first. */
export function resolveRequirements(
  model: Model,
  unit: Unit,
  own: readonly Entry<RequirementDefinition>[] | undefined,
  options: { readonly inherited?: ReadonlyMap<string, Requirement>; readonly owner: NodeType },
): ReadonlyMap<string, Requirement> {
  const requirements = new Map(options.inherited);
  const seen = new Map<string, YamlNode>();
  for (const entry of own ?? []) {
    const first = seen.get(entry.name);
    if (first) {
      model.report.error("YAML_DUPLICATE_KEY", entry.key, {
        what: `Cannot define the requirement "${entry.name}" twice in ${options.owner.label}`,
        why: `It is defined first at ${placeOf(first)}`,
        fix: 'Rename one, or use "count_range" for several relationships',
      });
      continue;
    }
    seen.set(entry.name, entry.key);
    const inherited = requirements.get(entry.name);
    const made = resolveRequirement(model, unit, entry, inherited, options.owner);
    requirements.set(entry.name, made);
    model.later(() => checkFits(model, made, entry.value));
  }
  return requirements;
}

function resolveRequirement(
  model: Model,
  unit: Unit,
  entry: Entry<RequirementDefinition>,
  inherited: Requirement | undefined,
  owner: NodeType,
): Requirement {
  const { name, key, value: definition } = entry;
  const label = `requirement "${name}" of ${owner.label}`;
  if (!inherited) checkMandatory(model, entry, label);
  const node = resolveNode(model, unit, definition, inherited, label);
  const capability = resolveCapability(model, unit, definition, inherited, node.value, label);
  const relationship = resolveRelationship(
    model,
    unit,
    definition.relationship,
    inherited?.relationship,
    inherited !== undefined,
    label,
  );
  const filter = definition.node_filter && parseExpression(definition.node_filter, model.report);
  return {
    name,
    key,
    at: definition.at,
    owner,
    capability: capability.type,
    capabilityName: capability.name,
    node: node.value,
    relationship: relationship.value,
    filters: [...inherited?.filters ?? [], ...(filter ? [{ expression: filter, unit }] : [])],
    count: resolveCount(model, definition.count_range, inherited, label),
    isPartial: Boolean(definition.isPartial) || node.isUnknown || capability.isUnknown ||
      relationship.isUnknown ||
      !inherited && !definition.capability,
  };
}

/** What a refinement may leave out must be said the first time. */
function checkMandatory(model: Model, entry: Entry<RequirementDefinition>, label: string): void {
  const { at, isShort, isPartial } = entry.value;
  if (isShort || at.kind !== "map" || isPartial) return;
  for (const name of ["relationship", "capability"] as const) {
    if (entry.value[name] || at.entry(name)) continue;
    model.report.error("TOSCA_KEYNAME_MISSING", entry.key, {
      what: `Cannot read ${label}: the mandatory keyname "${name}" is missing`,
      why: "It refines no inherited requirement from which it could take it",
      fix: `Add "${name}" with the name of a ${name} type`,
    });
  }
}

function resolveNode(
  model: Model,
  unit: Unit,
  definition: RequirementDefinition,
  inherited: Requirement | undefined,
  label: string,
): { value: NodeType | undefined; isUnknown: boolean } {
  if (!definition.node) return { value: inherited?.node, isUnknown: false };
  const node = model.nodeType(unit, definition.node, `the target of ${label}`);
  if (node && inherited?.node && !node.derivesFrom(inherited.node)) {
    reportRefinedType(model, definition.node.node, `the target of ${label}`, inherited.node, node);
  }
  return { value: node, isUnknown: !node };
}

function resolveCapability(
  model: Model,
  unit: Unit,
  definition: RequirementDefinition,
  inherited: Requirement | undefined,
  node: NodeType | undefined,
  label: string,
): { type: CapabilityType | undefined; name: string | undefined; isUnknown: boolean } {
  const written = definition.capability;
  if (!written) {
    return { type: inherited?.capability, name: inherited?.capabilityName, isUnknown: false };
  }
  const slot = node?.capabilities.get(written.value);
  if (slot) {
    if (inherited?.capabilityName && inherited.capabilityName !== written.value) {
      model.report.error("TOSCA_COUNT_RANGE", written.node, {
        what:
          `Cannot change the capability of ${label} from "${inherited.capabilityName}" to "${written.value}"`,
        why: "A capability given by its name in the target stays the same in refinements",
        fix: `Keep "${inherited.capabilityName}"`,
      });
    }
    return { type: slot.type, name: written.value, isUnknown: !slot.type };
  }
  if (definition.node && !node) return { type: undefined, name: undefined, isUnknown: true };
  const type = model.type("capability_types", unit, written, label) as CapabilityType | undefined;
  if (type && inherited?.capability && !type.derivesFrom(inherited.capability)) {
    reportRefinedType(
      model,
      written.node,
      `the capability of ${label}`,
      inherited.capability,
      type,
    );
  }
  return { type, name: undefined, isUnknown: !type };
}

function resolveRelationship(
  model: Model,
  unit: Unit,
  definition: RelationshipDefinition | undefined,
  inherited: RelationshipSlot | undefined,
  isRefining: boolean,
  label: string,
): { value: RelationshipSlot | undefined; isUnknown: boolean } {
  if (!definition) return { value: inherited, isUnknown: false };
  const owner = `the relationship of ${label}`;
  const type = definition.type
    ? model.type("relationship_types", unit, definition.type, owner) as RelationshipType | undefined
    : inherited?.type;
  if (!type) {
    if (!definition.type && !isRefining) reportNoRelationshipType(model, definition, label);
    return { value: undefined, isUnknown: true };
  }
  if (inherited && !type.derivesFrom(inherited.type)) {
    reportRefinedType(model, definition.type!.node, owner, inherited.type, type);
  }
  const base = inherited ? refinedBase(inherited, type) : type;
  const common = { owner, ...(type.isPartial ? {} : { refines: type.label }) };
  const slot: RelationshipSlot = {
    type,
    properties: resolveProperties(model, unit, definition.properties, {
      inherited: base.properties,
      ...common,
    }),
    attributes: resolveAttributes(model, unit, definition.attributes, {
      inherited: base.attributes,
      properties: base.properties,
      ...common,
    }),
    interfaces: resolveInterfaces(model, unit, definition.interfaces, {
      inherited: base.interfaces,
      ...common,
    }),
  };
  return { value: slot, isUnknown: false };
}

function reportNoRelationshipType(
  model: Model,
  { at }: RelationshipDefinition,
  label: string,
): void {
  if (at.kind !== "map" || at.entry("type")) return; // It is there and was reported.
  model.report.error("TOSCA_KEYNAME_MISSING", at.site ?? at, {
    what: `Cannot read the relationship of ${label}: the mandatory keyname "type" is missing`,
    why: "It refines no inherited relationship from which it could take its type",
    fix: 'Add "type" with the name of a relationship type',
  });
}

/** What a refined relationship starts from: its type, with what the inherited definition had refined. */
function refinedBase(inherited: RelationshipSlot, type: RelationshipType) {
  if (inherited.type === type) return inherited;
  const join = <T>(part: "properties" | "attributes" | "interfaces"): ReadonlyMap<string, T> => {
    const made = new Map(type[part] as ReadonlyMap<string, T>);
    const before = inherited.type[part] as ReadonlyMap<string, T>;
    for (const [name, slot] of inherited[part] as ReadonlyMap<string, T>) {
      if (slot !== before.get(name)) made.set(name, slot);
    }
    return made;
  };
  return {
    properties: join<Property>("properties"),
    attributes: join<Property>("attributes"),
    interfaces: join<InterfaceSlot>("interfaces"),
  };
}

function resolveCount(
  model: Model,
  node: YamlNode | undefined,
  inherited: Requirement | undefined,
  label: string,
): CountRange {
  const base = inherited?.count ?? { min: 0, max: Infinity, at: undefined };
  if (!node) return base;
  const range = readCountRange(node);
  if (!range) {
    model.report.error("TOSCA_COUNT_RANGE", node, {
      what: `Cannot read the count range of ${label}`,
      why: "It is a list of two integers of at least 0, the first not greater than the second",
      fix: "Write [ MIN, MAX ]; MAX may be UNBOUNDED",
    });
    return base;
  }
  if (inherited && (range.min < base.min || range.max > base.max)) {
    model.report.error("TOSCA_COUNT_RANGE", node, {
      what: `Cannot refine the count range of ${label} to ${showRange(range)}`,
      why: `It is outside the inherited ${showRange(base)}` +
        (base.at ? ` (${placeOf(base.at)})` : ""),
      fix: "A refinement may only narrow the range",
    });
    return base;
  }
  return range;
}

function readCountRange(node: YamlNode): CountRange | undefined {
  if (node.kind !== "list" || node.items.length !== 2) return undefined;
  const [first, second] = node.items;
  const min = countOf(first);
  const max = stringOf(second) === "UNBOUNDED" ? Infinity : countOf(second);
  if (min === undefined || max === undefined || min > max) return undefined;
  return { min, max, at: node };
}

function countOf(node: YamlNode): number | undefined {
  if (!(node instanceof YamlScalar) || typeof node.value !== "bigint") return undefined;
  return node.value >= 0n && node.value <= 1_000_000_000n ? Number(node.value) : undefined;
}

/** Returns a count range as it is written. */
export function showRange({ min, max }: CountRange): string {
  return `[ ${min}, ${max === Infinity ? "UNBOUNDED" : max} ]`;
}

/** Checks that target, capability and relationship admit each other (checks 44 and 45). */
function checkFits(model: Model, made: Requirement, definition: RequirementDefinition): void {
  if (made.isPartial) return;
  const { capability, node, owner } = made;
  const relationship = made.relationship?.type;
  const label = `requirement "${made.name}" of ${owner.label}`;
  const complain = (at: YamlNode, what: string, why: string, fix?: string) => {
    if (model.report.hasErrorIn(made.at)) return; // One thing that does not fit is enough to look at.
    model.report.error("TOSCA_REQUIREMENT_DEFINITION", at, {
      what: `Cannot fulfil ${label}: ${what}`,
      why,
      fix: fix ?? "Use other types, or change what they admit",
    });
  };
  // A type without any capability leaves them to types derived from it.
  if (node && capability && !node.isPartial && node.capabilities.size > 0) {
    const fits = [...node.capabilities.values()].some((each) =>
      !each.type || each.type.derivesFrom(capability)
    );
    if (!fits) {
      complain(
        (definition.node ?? definition.capability)?.node ?? made.key,
        `${node.label} has no capability of the type "${capability.name}"`,
        `Its capabilities are ${
          listed([...node.capabilities.values()].map((each) => `${each.name}: ${each.type?.name}`))
        }`,
        `Add a capability of that type to "${node.name}", or require another`,
      );
    }
  }
  if (!relationship) return;
  const at = definition.relationship?.type?.node ?? made.key;
  if (capability && !mayMeet(relationship.validCapabilities, capability)) {
    complain(
      at,
      `${relationship.label} does not admit the capability type "${capability.name}"`,
      admitted(relationship.validCapabilities!),
    );
  }
  if (node && !mayMeet(relationship.validTargets, node)) {
    complain(
      at,
      `${relationship.label} does not admit the target "${node.name}"`,
      admitted(relationship.validTargets!),
    );
  }
  if (!mayMeet(relationship.validSources, owner)) {
    complain(
      at,
      `${relationship.label} does not admit the source "${owner.name}"`,
      admitted(relationship.validSources!),
    );
  }
  if (capability && !mayMeet(capability.validRelationships, relationship)) {
    complain(
      at,
      `${capability.label} does not admit ${relationship.label}`,
      admitted(capability.validRelationships!),
    );
  }
  if (capability && !mayMeet(capability.validSources, owner)) {
    complain(
      definition.capability?.node ?? made.key,
      `${capability.label} does not admit the source "${owner.name}"`,
      admitted(capability.validSources!),
    );
  }
}

/** Whether a list admits a type, or admits some type that may derive from it. */
function mayMeet(list: ValidTypes | undefined, type: ValidTypes["types"][number]): boolean {
  // deno-lint-ignore no-explicit-any
  return admits(list, type) || list!.types.some((each) => (each as any).derivesFrom(type));
}

function admitted(list: ValidTypes): string {
  return `It admits ${listed(list.types.map((each) => each.name))}` +
    (list.at ? ` (${placeOf(list.at)})` : "");
}
