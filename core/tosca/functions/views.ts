import type { Property } from "../resolve/properties.ts";
import type { NodeType } from "../resolve/node_type.ts";
import type { RelationshipSlot } from "../resolve/requirements.ts";

/** What is known of a place in the graph before there is a graph: types, and templates where they are given. */
export type View = NodeView | RelationshipView | CapabilityView;

export interface NodeView {
  readonly kind: "node";
  /** For messages: `node template "web"`. */
  readonly label: string;
  /** Nothing where the type is unknown, or where any type may stand here. */
  readonly type: NodeType | undefined;
  /** Whether the actual node may be of a derived type, with more than the type says. */
  readonly isOpen: boolean;
  /** Artifacts that the template adds. */
  readonly artifacts?: ReadonlySet<string>;
  /** The template that a requirement is fixed to. */
  readonly targetOf?: (requirement: string) => NodeView | undefined;
}

export interface RelationshipView {
  readonly kind: "relationship";
  readonly label: string;
  readonly slot: Pick<RelationshipSlot, "properties" | "attributes"> | undefined;
  readonly isOpen: boolean;
  readonly source: NodeView | undefined;
  readonly target: NodeView | undefined;
  readonly capability: CapabilityView | undefined;
}

export interface CapabilityView {
  readonly kind: "capability";
  readonly label: string;
  readonly slot: {
    readonly properties: ReadonlyMap<string, Property>;
    readonly attributes: ReadonlyMap<string, Property>;
  } | undefined;
  readonly isOpen: boolean;
  readonly node: NodeView | undefined;
}

/** Returns the view of a requirement's relationship, seen from its node; nothing where there is no such requirement. */
export function relationshipView(from: NodeView, name: string): RelationshipView | undefined {
  const requirement = from.type?.requirements.get(name);
  if (!requirement) return undefined;
  const fixed = from.targetOf?.(name);
  const target: NodeView | undefined = fixed ?? (requirement.node && {
    kind: "node",
    label: requirement.node.label,
    type: requirement.node,
    isOpen: true,
  });
  return {
    kind: "relationship",
    label: `relationship "${name}" of ${from.label}`,
    slot: requirement.relationship,
    isOpen: true,
    source: from,
    target,
    capability: requirement.capability && {
      kind: "capability",
      label: requirement.capability.label,
      slot: requirement.capability,
      isOpen: true,
      node: target,
    },
  };
}

/** Returns the view of a node's capability; nothing where there is no such capability. */
export function capabilityView(from: NodeView, name: string): CapabilityView | undefined {
  const slot = from.type?.capabilities.get(name);
  return slot && {
    kind: "capability",
    label: `capability "${name}" of ${from.label}`,
    slot: slot.type ? slot : undefined,
    isOpen: from.isOpen,
    node: from,
  };
}
