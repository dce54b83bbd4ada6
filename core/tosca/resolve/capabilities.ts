import type { YamlNode } from "../../yaml/mod.ts";
import type { CapabilityDefinition } from "../read/capability.ts";
import type { Entries, Entry } from "../read/grammar.ts";
import type { Unit } from "./closure.ts";
import { reportRefinedType } from "./interfaces.ts";
import type { Model } from "./model.ts";
import type { NodeType } from "./node_type.ts";
import { type Property, resolveAttributes, resolveProperties } from "./properties.ts";
import type { RelationshipType } from "./relationship_type.ts";
import type { CapabilityType } from "./simple_types.ts";
import { resolveValidTypes, type ValidTypes } from "./valid_types.ts";

/** A capability of a node type after all refinements (TOSCA 2.0, section 8.2). */
export interface CapabilitySlot {
  readonly name: string;
  readonly key: YamlNode;
  /** Nothing where the type is unknown, which was reported. */
  readonly type: CapabilityType | undefined;
  readonly properties: ReadonlyMap<string, Property>;
  readonly attributes: ReadonlyMap<string, Property>;
  readonly validSources: ValidTypes<NodeType> | undefined;
  readonly validRelationships: ValidTypes<RelationshipType> | undefined;
}

/** Returns the capabilities of a node type, inherited ones first. */
export function resolveCapabilities(
  model: Model,
  unit: Unit,
  own: Entries<CapabilityDefinition> | undefined,
  options: { readonly inherited?: ReadonlyMap<string, CapabilitySlot>; readonly owner: string },
): ReadonlyMap<string, CapabilitySlot> {
  const slots = new Map(options.inherited);
  for (const entry of own?.values() ?? []) {
    slots.set(
      entry.name,
      resolveCapability(model, unit, entry, slots.get(entry.name), options.owner),
    );
  }
  return slots;
}

function resolveCapability(
  model: Model,
  unit: Unit,
  entry: Entry<CapabilityDefinition>,
  inherited: CapabilitySlot | undefined,
  owner: string,
): CapabilitySlot {
  const { name, key, value: definition } = entry;
  const label = `capability "${name}" of ${owner}`;
  const type = resolveType(model, unit, entry, inherited, label);
  const isSame = inherited !== undefined && inherited.type === type;
  const refines = type?.label ?? "the capability type";
  const properties = type ? withRefinements(type.properties, inherited?.properties) : undefined;
  const attributes = type ? withRefinements(type.attributes, inherited?.attributes) : undefined;
  const common = { owner: label, ...(type && !type.isPartial ? { refines } : {}) };
  const lists = { owner: label };
  return {
    name,
    key,
    type,
    properties: resolveProperties(model, unit, definition.properties, {
      inherited: properties,
      ...common,
    }),
    attributes: resolveAttributes(model, unit, definition.attributes, {
      inherited: attributes,
      properties,
      ...common,
    }),
    validSources: resolveValidTypes<NodeType>(model, unit, definition.valid_source_node_types, {
      ...lists,
      keyname: "valid_source_node_types",
      sections: ["node_types"],
      inherited: isSame && !definition.valid_source_node_types
        ? inherited.validSources
        : type?.validSources,
    }),
    validRelationships: resolveValidTypes<RelationshipType>(
      model,
      unit,
      definition.valid_relationship_types,
      {
        ...lists,
        keyname: "valid_relationship_types",
        sections: ["relationship_types"],
        inherited: isSame && !definition.valid_relationship_types
          ? inherited.validRelationships
          : type?.validRelationships,
      },
    ),
  };
}

function resolveType(
  model: Model,
  unit: Unit,
  entry: Entry<CapabilityDefinition>,
  inherited: CapabilitySlot | undefined,
  label: string,
): CapabilityType | undefined {
  const written = entry.value.type;
  if (!written) {
    const { at } = entry.value;
    if (!inherited && !(at.kind === "map" && at.entry("type"))) {
      model.report.error("TOSCA_KEYNAME_MISSING", entry.key, {
        what: `Cannot read ${label}: the mandatory keyname "type" is missing`,
        why: "It refines no inherited capability from which it could take its type",
        fix: 'Add "type"',
      });
    }
    return inherited?.type;
  }
  const type = model.type("capability_types", unit, written, label) as CapabilityType | undefined;
  if (type && inherited?.type && !type.derivesFrom(inherited.type)) {
    reportRefinedType(model, written.node, label, inherited.type, type);
    return inherited.type;
  }
  return type;
}

/** The type's definitions, with what the parent node type's definition had refined of them. */
function withRefinements(
  ofType: ReadonlyMap<string, Property>,
  refined: ReadonlyMap<string, Property> | undefined,
): ReadonlyMap<string, Property> {
  if (!refined) return ofType;
  return new Map([...ofType].map(([name, each]) => [name, refined.get(name) ?? each]));
}
