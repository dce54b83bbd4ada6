import type { YamlNode } from "../../yaml/mod.ts";
import type { NodeType } from "../resolve/node_type.ts";
import type { RelationshipType } from "../resolve/relationship_type.ts";
import type { Condition, RelationshipSlot } from "../resolve/requirements.ts";
import type { CapabilityType } from "../resolve/simple_types.ts";
import { noSlots, type Slots } from "./slots.ts";
import type { Template } from "./templates.ts";

/** A node of the representation graph. */
export class GraphNode {
  properties: Slots = noSlots;
  attributes: Slots = noSlots;
  readonly capabilities: Map<string, GraphCapability> = new Map();
  /** Outgoing relationships by requirement, by index. */
  readonly edges: Map<string, GraphEdge[]> = new Map();
  /** How many demands of each requirement are not settled yet; nothing where all are. */
  pending: Map<string, number> | undefined;
  /** The service template that stands in for the node. */
  substitution:
    | {
      readonly template: string;
      readonly graph: unknown;
      /** Which inner capability a capability of the node is, by its name. */
      readonly capabilities: ReadonlyMap<string, GraphCapability>;
    }
    | undefined;

  constructor(
    readonly template: Template,
    readonly type: NodeType,
    readonly index: number,
    readonly count: number,
    /** Whether it is taken from elsewhere, so that its values are not known here. */
    readonly isExternal: boolean,
    /** The id of the node that its service stands in for, with a dot: ids are unique in the whole of a graph. */
    readonly prefix = "",
  ) {}

  get id(): string {
    const { name } = this.template;
    return `${this.prefix}${this.count === 1 ? name : `${name}[${this.index}]`}`;
  }

  get label(): string {
    return this.count === 1
      ? `node template "${this.template.name}"`
      : `node ${this.index} of node template "${this.template.name}"`;
  }
}

/** A capability of a node. */
export class GraphCapability {
  properties: Slots = noSlots;
  attributes: Slots = noSlots;
  readonly incoming: GraphEdge[] = [];

  constructor(
    readonly node: GraphNode,
    readonly name: string,
    readonly type: CapabilityType | undefined,
  ) {}

  get label(): string {
    return `capability "${this.name}" of ${this.node.label}`;
  }
}

/** A relationship: from a requirement of its source to a capability of its target. */
export class GraphEdge {
  properties: Slots = noSlots;
  attributes: Slots = noSlots;
  allocation: Slots = noSlots;

  constructor(
    readonly name: string,
    /** Among those of its requirement; final once all of them are there. */
    public index: number,
    readonly source: GraphNode,
    readonly capability: GraphCapability,
    readonly type: RelationshipType | undefined,
    readonly slot: RelationshipSlot | undefined,
    readonly at: YamlNode,
    /** What its target has to fulfil. */
    readonly filters: readonly Condition[] = [],
  ) {}

  get target(): GraphNode {
    return this.capability.node;
  }

  get label(): string {
    return `relationship "${this.name}" of ${this.source.label}`;
  }
}
