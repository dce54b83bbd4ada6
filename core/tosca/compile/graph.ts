import type { YamlNode } from "../../yaml/mod.ts";
import { conform } from "../functions/conform.ts";
import type { Datum } from "../functions/datum.ts";
import { evaluate } from "../functions/evaluate.ts";
import { type Expression, parseExpression } from "../functions/expression.ts";
import type { Scope } from "../functions/scope.ts";
import type { Entries } from "../read/grammar.ts";
import { placeOf } from "../report.ts";
import type { Unit } from "../resolve/closure.ts";
import type { NodeType } from "../resolve/node_type.ts";
import type { Property } from "../resolve/properties.ts";
import type { RelationshipType } from "../resolve/relationship_type.ts";
import type { RelationshipSlot } from "../resolve/requirements.ts";
import type { Schema } from "../resolve/schema.ts";
import type { CapabilityType } from "../resolve/simple_types.ts";
import type { Template } from "./templates.ts";

/** Where a value came from. */
export type Origin = "assigned" | "default" | "fixed" | "external";

/**
 * A value of the graph, evaluated when first asked for.
 *
 * Asked for while it is being evaluated, it is in a circle, which is reported.
 */
export class Slot {
  #state: "new" | "busy" | "done" = "new";
  #value: Datum | undefined;

  constructor(
    readonly label: string,
    readonly expression: Expression | undefined,
    readonly schema: Schema | undefined,
    readonly scope: Scope,
    readonly origin: Origin,
  ) {}

  /** Returns the value; nothing where it could not be had, which is reported. */
  get value(): Datum | undefined {
    if (this.#state === "done") return this.#value;
    if (this.#state === "busy") {
      this.#reportCircle();
      return undefined;
    }
    this.#state = "busy";
    evaluating.push(this);
    try {
      this.#value = this.scope.model.report.aloud(() => this.#evaluate());
      this.#state = "done";
    } finally {
      evaluating.pop();
      // What was postponed (see `Pending`) is asked for again.
      if (this.#state === "busy") this.#state = "new";
    }
    return this.#value;
  }

  #evaluate(): Datum | undefined {
    const { expression, schema, scope } = this;
    const found = expression && evaluate(expression, scope, schema);
    return found && schema ? conform(found, schema, scope, this.label) : found;
  }

  #reportCircle(): void {
    const circle = evaluating.slice(evaluating.indexOf(this));
    const first = circle[0].expression;
    if (!first) return;
    this.scope.model.report.error("TOSCA_EVALUATION_CYCLE", first.at, {
      what: `Cannot evaluate ${circle[0].label}: it depends on itself`,
      why: `The circle is ${
        [...circle, circle[0]].map((each) =>
          `${each.label}${each.expression ? ` (${placeOf(each.expression.at)})` : ""}`
        ).join(" → ")
      }`,
      fix: "Give one of them a value that does not depend on the others",
    });
  }
}

const evaluating: Slot[] = [];

/** A node of the representation graph. */
export class GraphNode {
  readonly properties: Map<string, Slot> = new Map();
  readonly attributes: Map<string, Slot> = new Map();
  readonly capabilities: Map<string, GraphCapability> = new Map();
  /** Outgoing relationships by requirement, by index. */
  readonly edges: Map<string, GraphEdge[]> = new Map();
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
  readonly properties: Map<string, Slot> = new Map();
  readonly attributes: Map<string, Slot> = new Map();
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
  readonly properties: Map<string, Slot> = new Map();
  readonly attributes: Map<string, Slot> = new Map();
  readonly allocation: Map<string, Slot> = new Map();

  constructor(
    readonly name: string,
    readonly index: number,
    readonly source: GraphNode,
    readonly capability: GraphCapability,
    readonly type: RelationshipType | undefined,
    readonly slot: RelationshipSlot | undefined,
    readonly at: YamlNode,
  ) {}

  get target(): GraphNode {
    return this.capability.node;
  }

  get label(): string {
    return `relationship "${this.name}" of ${this.source.label}`;
  }
}

/** Adds a slot for each definition that has a value: fixed, assigned or default. */
export function addSlots(
  into: Map<string, Slot>,
  defined: ReadonlyMap<string, Property>,
  assigned: Entries<YamlNode> | undefined,
  scope: Scope,
  label: string,
  noun: "property" | "attribute",
): void {
  for (const property of defined.values()) {
    const slot = makeSlot(property, assigned?.get(property.name)?.value, scope, label, noun);
    if (slot) into.set(property.name, slot);
  }
}

function makeSlot(
  property: Property,
  assigned: YamlNode | undefined,
  scope: Scope,
  owner: string,
  noun: string,
): Slot | undefined {
  const [node, unit, origin]: [YamlNode | undefined, Unit, Origin] = property.fixed
    ? [property.fixed.node, property.fixed.unit, "fixed"]
    : assigned
    ? [assigned, scope.unit, "assigned"]
    : [property.default?.node, property.default?.unit ?? scope.unit, "default"];
  if (!node) return undefined;
  const expression = parseExpression(node, scope.model.report);
  const label = `${noun} "${property.name}" of ${owner}`;
  const inner = unit === scope.unit ? scope : { ...scope, unit };
  return new Slot(label, expression, property.schema, inner, origin);
}

/** Returns a slot that holds a value already. */
export function fixedSlot(label: string, value: Datum, scope: Scope): Slot {
  const slot = new Slot(label, undefined, value.schema, scope, "external");
  return Object.defineProperty(slot, "value", { value });
}
