import type { Value } from "../../clout/mod.ts";
import type { YamlNode } from "../../yaml/mod.ts";
import { YamlScalar } from "../../yaml/mod.ts";
import { conform } from "../functions/conform.ts";
import { type Datum, describe, isWaiting, show } from "../functions/datum.ts";
import { evaluate } from "../functions/evaluate.ts";
import { parseExpression } from "../functions/expression.ts";
import type { Scope } from "../functions/scope.ts";
import type { ServiceTemplateDefinition } from "../read/service_template.ts";
import type { Entries } from "../read/grammar.ts";
import { placeOf } from "../report.ts";
import type { Unit } from "../resolve/closure.ts";
import type { CustomFunction } from "../resolve/custom_function.ts";
import type { Model } from "../resolve/model.ts";
import type { NodeType } from "../resolve/node_type.ts";
import type { Parameter } from "../resolve/parameters.ts";
import { type Assignment, readAssignments } from "./demand.ts";
import { judge } from "./candidates.ts";
import { type Demand, fulfil } from "./fulfil.ts";
import { GraphCapability, GraphEdge, GraphNode } from "./graph.ts";
import { GraphReader } from "./graph_access.ts";
import { checkInputs } from "./inputs.ts";
import type { Outside } from "./mapped_requirements.ts";
import { Slot, type Slots, slotsOf } from "./slots.ts";
import type { RelationshipTemplate, Template } from "./templates.ts";

/** What a service template is, before it is made into a graph. */
export interface ServiceParts {
  readonly model: Model;
  readonly unit: Unit;
  readonly definition: ServiceTemplateDefinition;
  readonly templates: ReadonlyMap<string, Template>;
  readonly relationshipTemplates: ReadonlyMap<string, RelationshipTemplate>;
  readonly parameters: ReadonlyMap<string, Parameter>;
  readonly functions: ReadonlyMap<string, CustomFunction>;
}

export interface InstantiationOptions {
  /** Values of the inputs; where a value is a slot of another graph it is evaluated there. */
  readonly inputs: ReadonlyMap<string, Value | Slot>;
  /**
   * Whether inputs, external nodes and substituting templates may be missing, as they may when a template is only
   * validated: what depends on them is then not looked at.
   */
  readonly isLenient: boolean;
  /** Requirements that somebody outside fulfils, as `template/requirement`. */
  readonly excused: ReadonlySet<string>;
  /** For a service that stands in for a node: the node's targets, and its id with a dot. */
  readonly outside?: Outside;
  readonly prefix?: string;
}

/** How many nodes one template may make. */
const nodesMax = 100_000;

/** A service template on its way to a graph: nodes, then relationships, then values (TOSCA 2.0, section 4.2). */
export class Instantiation {
  readonly inputs = new Map<string, Slot | undefined>();
  readonly #nodes = new Map<string, GraphNode[]>();
  readonly #byType = new Map<unknown, GraphNode[]>();
  readonly #rechecks: { demand: Demand; node: GraphNode }[] = [];
  /** Whether attributes give their first values, as they do where a filter looks at them before anything runs. */
  usesFirstAttributes = false;

  constructor(readonly parts: ServiceParts, readonly options: InstantiationOptions) {}

  get model(): Model {
    return this.parts.model;
  }

  get templates(): ReadonlyMap<string, Template> {
    return this.parts.templates;
  }

  get relationshipTemplates(): ReadonlyMap<string, RelationshipTemplate> {
    return this.parts.relationshipTemplates;
  }

  get parameters(): ReadonlyMap<string, Parameter> {
    return this.parts.parameters;
  }

  get isLenient(): boolean {
    return this.options.isLenient;
  }

  /** Makes the graph; everything found wrong is reported. */
  run(): void {
    checkInputs(this);
    for (const template of this.templates.values()) {
      if (template.type) this.#nodes.set(template.name, this.#makeNodes(template));
    }
    this.#selectNodes();
    this.#indexTypes();
    fulfil(this, this.#makeDemands());
    this.#recheckFilters();
  }

  /** Returns the nodes of a template; nothing where there is no such template. */
  nodesOf(template: string): readonly GraphNode[] | undefined {
    return this.#nodes.get(template);
  }

  /** Returns all nodes in template order, then index order; selected ones once. */
  *allNodes(): Iterable<GraphNode> {
    for (const [name, nodes] of this.#nodes) {
      for (const node of nodes) if (this.#owns(node, name)) yield node;
    }
  }

  /** Whether a node is one that a template makes here, and not an alias of another. */
  #owns(node: GraphNode, template: string): boolean {
    return node.template === this.templates.get(template);
  }

  /** Returns the scope of an expression that stands at a node or relationship, or at the service as a whole. */
  scopeOf(
    self: GraphNode | GraphEdge | undefined,
    unit: Unit = this.parts.unit,
    indexes: { node?: number; relationship?: number } = {},
  ): Scope {
    const { model, functions } = this.parts;
    return { model, unit, functions, graph: new GraphReader(this, self, indexes) };
  }

  /** Evaluates with the first values of attributes. */
  evaluating<T>(run: () => T): T {
    const before = this.usesFirstAttributes;
    this.usesFirstAttributes = true;
    try {
      return run();
    } finally {
      this.usesFirstAttributes = before;
    }
  }

  /** Evaluates a value of an assignment, such as its count or its target's index, as its node sees it. */
  evaluateAt(node: YamlNode, source: GraphNode, requirement: string): Datum | undefined {
    const expression = parseExpression(node, this.model.report);
    if (!expression) return undefined;
    const relationship = source.edges.get(requirement)?.length ?? 0;
    return evaluate(expression, this.scopeOf(source, source.template.unit, { relationship }));
  }

  /** Whether a value depends on an input that is not given yet. */
  isUnknown(value: Datum): boolean {
    return isWaiting(value);
  }

  /** Returns a count that needs no graph to be known. */
  constantCount(node: YamlNode | undefined): number | undefined {
    if (!node) return 1;
    if (node instanceof YamlScalar && typeof node.value === "bigint") return Number(node.value);
    return undefined;
  }

  // --- nodes

  #makeNodes(template: Template): GraphNode[] {
    const [first] = template.directives;
    if (first === "select") return []; // Found among the others once they are there.
    const count = this.#count(template);
    return Array.from(
      { length: count },
      (_, index) => this.#makeNode(template, index, count, false),
    );
  }

  #makeNode(template: Template, index: number, count: number, isExternal: boolean): GraphNode {
    const { prefix } = this.options;
    const node = new GraphNode(template, template.type!, index, count, isExternal, prefix);
    const { type, definition } = template;
    const scope = this.scopeOf(node, template.unit);
    const isOwn = !isExternal;
    if (isOwn) {
      node.properties = slotsOf(type!.properties, definition.properties, scope, node, "property");
      node.attributes = slotsOf(type!.attributes, definition.attributes, scope, node, "attribute");
    }
    for (const slot of type!.capabilities.values()) {
      const { name, properties, attributes } = slot;
      const made = new GraphCapability(node, name, slot.type);
      const assigned = definition.capabilities?.get(name)?.value;
      if (isOwn) {
        made.properties = slotsOf(properties, assigned?.properties, scope, made, "property");
        made.attributes = slotsOf(attributes, assigned?.attributes, scope, made, "attribute");
      }
      node.capabilities.set(name, made);
    }
    return node;
  }

  #count(template: Template): number {
    const { count } = template.definition;
    if (!count) return 1;
    const expression = parseExpression(count, this.model.report);
    const value = expression && evaluate(expression, this.scopeOf(undefined, template.unit));
    if (!value) return 0;
    if (isWaiting(value)) return 1;
    return this.#checkedCount(value, count, `node template "${template.name}"`) ?? 0;
  }

  #checkedCount(value: Datum, at: YamlNode, label: string): number | undefined {
    const { content } = value;
    if (this.model.report.hasErrorIn(at)) return undefined;
    if (typeof content !== "bigint" || content < 0n) {
      this.model.report.error("TOSCA_COUNT", at, {
        what: `Cannot take ${show(value)} as the count of ${label}`,
        why: `A count is an integer of at least 0, found ${describe(value)}`,
        fix: "Write how many nodes are wanted: 0, 1, 2, …",
      });
      return undefined;
    }
    if (content > BigInt(nodesMax)) {
      this.model.report.error("TOSCA_COUNT", at, {
        what: `Cannot make ${content} of ${label}`,
        why: `At most ${nodesMax} are made of one`,
      });
      return undefined;
    }
    return Number(content);
  }

  /** Takes existing nodes for templates that select (TOSCA 2.0, section 7.2.1); tries their next directive else. */
  #selectNodes(): void {
    for (const template of this.templates.values()) {
      if (!template.type || template.directives[0] !== "select") continue;
      const mapped = this.options.outside?.nodes.get(template.name);
      const found = mapped ? undefined : this.#selectFrom(template);
      if (mapped) this.#nodes.set(template.name, [...mapped]);
      else if (found) this.#nodes.set(template.name, [found]);
      else if (template.directives.length > 1) {
        const count = this.#count(template);
        const nodes = Array.from(
          { length: count },
          (_, index) => this.#makeNode(template, index, count, false),
        );
        this.#nodes.set(template.name, nodes);
      } else if (this.isLenient || this.options.excused.has(template.name)) {
        this.#nodes.set(template.name, [this.#makeNode(template, 0, 1, true)]);
      } else this.#reportSelect(template);
    }
  }

  #selectFrom(template: Template): GraphNode | undefined {
    const filter = template.definition.node_filter;
    const expression = filter && parseExpression(filter, this.model.report);
    for (const [name, nodes] of this.#nodes) {
      for (const node of nodes) {
        if (!this.#owns(node, name) || !node.type.derivesFrom(template.type!)) continue;
        if (!expression) return node;
        const result = this.evaluating(() =>
          evaluate(expression, this.scopeOf(node, template.unit))
        );
        if (result?.content === true) return node;
      }
    }
  }

  #reportSelect(template: Template): void {
    const candidates = [...this.allNodes()].filter((each) => each.type.derivesFrom(template.type!));
    this.model.report.error("TOSCA_SELECT", template.key, {
      what: `Cannot select a node for node template "${template.name}"`,
      why: candidates.length === 0
        ? `There is no node of the type "${template.type!.name}"`
        : `The filter admits none of ${
          candidates.slice(0, 8).map((each) => `"${each.id}"`).join(", ")
        }`,
      fix: 'Add "create" to its directives, or a node template that fits',
    });
    this.#nodes.set(template.name, []);
  }

  #indexTypes(): void {
    const keysOf = new Map<NodeType, ReadonlySet<unknown>>();
    for (const node of this.allNodes()) {
      let keys = keysOf.get(node.type);
      if (!keys) keysOf.set(node.type, keys = typeKeys(node.type));
      for (const key of keys) {
        const known = this.#byType.get(key);
        if (known) known.push(node);
        else this.#byType.set(key, [node]);
      }
    }
  }

  /** Returns the nodes that an assignment may end at, in template order, then index order. */
  candidatesFor({ targetType, capabilityType }: Assignment): readonly GraphNode[] {
    const key = targetType ?? capabilityType;
    return key ? this.#byType.get(key) ?? [] : [...this.allNodes()];
  }

  // --- relationships

  #makeDemands(): Demand[] {
    const demands: Demand[] = [];
    for (const template of this.templates.values()) {
      const nodes = this.#nodes.get(template.name);
      if (!template.type || !nodes || nodes.length === 0) {
        if (template.type) readAssignments(this, template);
        continue;
      }
      if (nodes[0].isExternal || nodes[0].template !== template) continue;
      const assignments = readAssignments(this, template);
      for (const source of nodes) {
        for (const assignment of assignments) {
          if (this.#connectOutside(assignment, source)) continue;
          const count = this.#demandCount(assignment, source);
          if (count === 0) continue;
          demands.push({ assignment, source, count });
          const { name } = assignment.requirement;
          const pending = source.pending ??= new Map();
          pending.set(name, (pending.get(name) ?? 0) + 1);
        }
      }
    }
    return demands;
  }

  /** Gives a requirement the targets that the substituted node has: their own capabilities count them there. */
  #connectOutside(assignment: Assignment, source: GraphNode): boolean {
    const { name } = assignment.requirement;
    const outer = this.options.outside?.edges.get(`${source.template.name}/${name}`);
    if (!outer) return false;
    const edges = source.edges.get(name) ?? [];
    source.edges.set(name, edges);
    if (edges.length > 0) return true; // Another assignment of the same name took them.
    for (const { capability } of outer) {
      edges.push(this.makeEdge(assignment, source, capability, edges.length));
    }
    return true;
  }

  #demandCount(assignment: Assignment, source: GraphNode): number {
    if (typeof assignment.count === "number") return assignment.count;
    const value = this.evaluateAt(assignment.count, source, assignment.requirement.name);
    if (!value) return 0;
    if (isWaiting(value)) return 1;
    const label = `requirement "${assignment.requirement.name}" of ${source.label}`;
    return this.#checkedCount(value, assignment.count, label) ?? 0;
  }

  /** Whether a requirement of a node has demands that are not settled yet. */
  isPending(node: GraphNode, requirement: string): boolean {
    return node.pending?.has(requirement) ?? false;
  }

  /** Says that a demand has got what it can get. */
  settle({ source, assignment }: Demand): void {
    const { pending } = source;
    const { name } = assignment.requirement;
    const left = (pending?.get(name) ?? 0) - 1;
    if (left > 0) pending!.set(name, left);
    else pending?.delete(name);
    if (pending?.size === 0) source.pending = undefined;
  }

  /** Whether somebody outside fulfils a requirement. */
  isExcused({ source, assignment }: Demand): boolean {
    return this.options.excused.has(`${source.template.name}/${assignment.requirement.name}`) ||
      this.isLenient && assignment.written === undefined &&
        source.template.directives.includes("substitute");
  }

  /** Makes a relationship without adding it to the graph. */
  makeEdge(
    assignment: Assignment,
    source: GraphNode,
    capability: GraphCapability,
    index: number,
  ): GraphEdge {
    const { requirement, relationship, written } = assignment;
    const ofTemplate = assignment.relationshipTemplate?.definition;
    const edge = new GraphEdge(
      requirement.name,
      index,
      source,
      capability,
      assignment.relationshipType,
      relationship,
      assignment.at,
    );
    const { allocation, relationship: own } = written ?? {};
    const hasValues = relationship &&
      (relationship.properties.size > 0 || relationship.attributes.size > 0);
    if (!hasValues && !allocation) return edge;
    const scope = this.scopeOf(edge, source.template.unit);
    if (hasValues) {
      const { properties, attributes } = relationship;
      const given = ofTemplate ?? own;
      edge.properties = slotsOf(properties, given?.properties, scope, edge, "property");
      edge.attributes = slotsOf(attributes, given?.attributes, scope, edge, "attribute");
    }
    if (allocation) edge.allocation = this.#allocationSlots(allocation, edge, scope);
    return edge;
  }

  #allocationSlots(written: Entries<YamlNode>, edge: GraphEdge, scope: Scope): Slots {
    const { capability } = edge;
    const defined = capability.node.type.capabilities.get(capability.name)?.properties;
    const slots = new Map<string, Slot>();
    for (const { name, value } of written.values()) {
      const schema = defined?.get(name)?.schema;
      const expression = parseExpression(value, this.model.report);
      const wanted = schema && { ...schema, clauses: [] };
      slots.set(
        name,
        new Slot(`allocation "${name}"`, edge, expression, wanted, scope, "assigned"),
      );
    }
    return slots;
  }

  /** Adds a relationship to the graph. */
  connect(assignment: Assignment, source: GraphNode, capability: GraphCapability): void {
    const { name } = assignment.requirement;
    let edges = source.edges.get(name);
    if (!edges) source.edges.set(name, edges = []);
    const edge = this.makeEdge(assignment, source, capability, edges.length);
    edges.push(edge);
    capability.incoming.push(edge);
  }

  /** Takes back what `connect` did last for an assignment of a node. */
  disconnect(assignment: Assignment, source: GraphNode): void {
    const edge = source.edges.get(assignment.requirement.name)!.pop()!;
    const { incoming } = edge.capability;
    incoming.splice(incoming.lastIndexOf(edge), 1);
  }

  /** Looks at the filter of a fixed target again once all relationships are there. */
  recheck(demand: Demand, node: GraphNode): void {
    this.#rechecks.push({ demand, node });
  }

  #recheckFilters(): void {
    for (const { demand: { assignment, source }, node } of this.#rechecks) {
      const judgement = judge(this, assignment, source, node);
      if ("capability" in judgement || judgement.code === "waits") continue;
      this.model.report.error("TOSCA_UNFULFILLED", assignment.written?.node ?? assignment.at, {
        what:
          `Cannot fulfil requirement "${assignment.requirement.name}" of ${source.label} with "${node.id}"`,
        why: judgement.why,
        fix: `What is required stands at ${placeOf(assignment.requirement.key)}`,
      });
    }
  }

  /** Evaluates a value that belongs to the service as a whole. */
  evaluateService(node: YamlNode, parameter: Parameter, label: string): Datum | undefined {
    const expression = parseExpression(node, this.model.report);
    if (!expression) return undefined;
    const scope = this.scopeOf(undefined, this.parts.unit);
    const value = evaluate(expression, scope, parameter.schema);
    return value && parameter.schema ? conform(value, parameter.schema, scope, label) : value;
  }
}

/** Returns a node type, the types of its capabilities, and what they derive from. */
function typeKeys(type: NodeType): ReadonlySet<unknown> {
  interface Derived {
    readonly parent: Derived | undefined;
  }
  const keys = new Set<unknown>();
  const starts: (Derived | undefined)[] = [type];
  for (const capability of type.capabilities.values()) starts.push(capability.type);
  for (const start of starts) {
    for (let each = start; each; each = each.parent) keys.add(each);
  }
  return keys;
}
