import type { Value } from "../../clout/mod.ts";
import type { YamlNode } from "../../yaml/mod.ts";
import { conform } from "../functions/conform.ts";
import type { Datum } from "../functions/datum.ts";
import { evaluate } from "../functions/evaluate.ts";
import { parseExpression } from "../functions/expression.ts";
import type { Scope } from "../functions/scope.ts";
import type { ServiceTemplateDefinition } from "../read/service_template.ts";
import { placeOf } from "../report.ts";
import type { Unit } from "../resolve/closure.ts";
import type { CustomFunction } from "../resolve/custom_function.ts";
import type { Model } from "../resolve/model.ts";
import type { Parameter } from "../resolve/parameters.ts";
import { judge } from "./candidates.ts";
import type { Assignment } from "./demand.ts";
import { type Demand, fulfil } from "./fulfil.ts";
import type { GraphEdge, GraphNode } from "./graph.ts";
import { CountCircle, GraphReader, Pending } from "./graph_access.ts";
import { checkInputs } from "./inputs.ts";
import { makeDemands } from "./make_demands.ts";
import { makeNodes, reportCountCircle } from "./make_nodes.ts";
import type { Outside } from "./mapped_requirements.ts";
import { NodeIndex } from "./node_index.ts";
import { putInOrder } from "./relationships.ts";
import { selectNodes } from "./select_nodes.ts";
import type { Slot } from "./slots.ts";
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

/** A service template on its way to a graph: nodes, then relationships, then values (TOSCA 2.0, section 4.2). */
export class Instantiation {
  readonly inputs = new Map<string, Slot | undefined>();
  /** Whether attributes give their first values, as they do where a filter looks at them before anything runs. */
  usesFirstAttributes = false;
  /** Whether paths against relationships see those that are there so far. */
  seesUnfinished = false;
  /** How many demands are not settled yet. */
  openDemands = 0;
  /** How many nodes the templates have made so far. */
  nodesMade = 0;
  readonly #nodes = new Map<string, readonly GraphNode[] | "unmade" | "busy" | "unselected">();
  #index: NodeIndex | undefined;
  #areDemandsMade = false;
  readonly #rechecks: { demand: Demand; node: GraphNode }[] = [];

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
    for (const { name, type, directives } of this.templates.values()) {
      if (type) this.#nodes.set(name, directives[0] === "select" ? "unselected" : "unmade");
    }
    for (const name of this.#nodes.keys()) this.#make(name);
    const demands = [...this.templates.values()].flatMap((each) =>
      this.#nodes.get(each.name) === "unselected" ? [] : makeDemands(this, each)
    );
    this.#areDemandsMade = true;
    fulfil(
      this,
      demands,
      [...this.templates.values()].filter(({ name }) => this.isUnselected(name)),
    );
    this.#recheckFilters();
  }

  // --- nodes

  /** Makes the nodes of a template where that was not done yet: a count may ask for a node that is defined later. */
  #make(name: string): void {
    const state = this.#nodes.get(name);
    if (state === "busy") {
      reportCountCircle(this, name);
      throw new CountCircle(name);
    }
    if (state !== "unmade") return;
    this.#nodes.set(name, "busy");
    try {
      this.#nodes.set(name, makeNodes(this, this.templates.get(name)!));
    } catch (error) {
      if (!(error instanceof CountCircle)) throw error;
      this.#nodes.set(name, []);
      if (error.template !== name) throw error;
    }
  }

  /** Selects the nodes of a template; returns what those want that had to be made. Throws `Pending` if it is too early. */
  select(template: Template): readonly Demand[] {
    this.#nodes.set(template.name, selectNodes(this, template));
    this.#index = undefined;
    return makeDemands(this, template);
  }

  /** Gives up on the selection of a template, which was reported. */
  giveUp(template: Template): void {
    this.#nodes.set(template.name, []);
  }

  /** Whether a template selects a node, and which one is not known yet. */
  isUnselected(template: string): boolean {
    return this.#nodes.get(template) === "unselected";
  }

  /** Returns the nodes of a template; nothing where there is no such template. Throws `Pending` if it is too early. */
  nodesOf(template: string): readonly GraphNode[] | undefined {
    if (!this.#nodes.has(template)) return undefined;
    this.#make(template);
    if (this.isUnselected(template)) throw new Pending(`the node that "${template}" selects`);
    return this.madeNodesOf(template);
  }

  /** Returns those nodes of a template that are there already. */
  madeNodesOf(template: string): readonly GraphNode[] {
    const nodes = this.#nodes.get(template);
    return typeof nodes === "object" ? nodes : [];
  }

  /** Returns all nodes in template order, then index order; selected ones once. */
  *allNodes(): Iterable<GraphNode> {
    for (const name of this.#nodes.keys()) {
      const template = this.templates.get(name);
      for (const node of this.madeNodesOf(name)) if (node.template === template) yield node;
    }
  }

  /** Returns the nodes that an assignment may end at, in template order, then index order. */
  candidatesFor({ targetType, capabilityType }: Assignment): readonly GraphNode[] {
    const key = targetType ?? capabilityType;
    if (!key) return [...this.allNodes()];
    this.#index ??= new NodeIndex(this.allNodes());
    return this.#index.of(key);
  }

  // --- values

  /** Returns the scope of an expression that stands at a node or relationship, or at the service as a whole. */
  scopeOf(
    self: GraphNode | GraphEdge | undefined,
    unit: Unit = this.parts.unit,
    indexes: { node?: number; relationship?: number } = {},
  ): Scope {
    const { model, functions } = this.parts;
    return { model, unit, functions, graph: new GraphReader(this, self, indexes) };
  }

  /** Evaluates with the first values of attributes, or without them. */
  evaluating<T>(run: () => T, usesFirst = true): T {
    const before = this.usesFirstAttributes;
    this.usesFirstAttributes = usesFirst;
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

  /** Evaluates a value that belongs to the service as a whole. */
  evaluateService(node: YamlNode, parameter: Parameter, label: string): Datum | undefined {
    const expression = parseExpression(node, this.model.report);
    if (!expression) return undefined;
    const scope = this.scopeOf(undefined, this.parts.unit);
    const value = evaluate(expression, scope, parameter.schema);
    return value && parameter.schema ? conform(value, parameter.schema, scope, label) : value;
  }

  // --- demands

  /** Whether a requirement of a node has demands that are not settled yet. */
  isPending(node: GraphNode, requirement: string): boolean {
    return !this.#areDemandsMade || (node.pending?.has(requirement) ?? false);
  }

  /** Says that a demand has got what it can get. */
  settle({ source, assignment }: Demand): void {
    this.openDemands--;
    const { pending } = source;
    const { name } = assignment.requirement;
    const left = (pending?.get(name) ?? 0) - 1;
    if (left > 0) return void pending!.set(name, left);
    putInOrder(source.edges.get(name));
    pending?.delete(name);
    if (pending?.size === 0) source.pending = undefined;
  }

  /** Whether somebody outside fulfils a requirement. */
  isExcused({ source, assignment }: Demand): boolean {
    return this.options.excused.has(`${source.template.name}/${assignment.requirement.name}`) ||
      this.isLenient && assignment.written === undefined &&
        source.template.directives.includes("substitute");
  }

  /** Looks at the filter of a fixed target again once all relationships are there. */
  recheck(demand: Demand, node: GraphNode): void {
    this.#rechecks.push({ demand, node });
  }

  #recheckFilters(): void {
    for (const { demand: { assignment, source }, node } of this.#rechecks) {
      const judgement = judge(this, assignment, source, node);
      if ("capability" in judgement) continue;
      this.model.report.error("TOSCA_UNFULFILLED", assignment.written?.node ?? assignment.at, {
        what:
          `Cannot fulfil requirement "${assignment.requirement.name}" of ${source.label} with "${node.id}"`,
        why: judgement.why,
        fix: `What is required stands at ${placeOf(assignment.requirement.key)}`,
      });
    }
  }
}
