import { didYouMean } from "../../base/mod.ts";
import { Call, graphCall, type GraphFunction, type GraphPath, Scalar } from "../../clout/mod.ts";
import { baseOf } from "../functions/align.ts";
import { type Content, Datum, DatumList, isWaiting, show, toValue } from "../functions/datum.ts";
import { deferred, selectNested } from "../functions/evaluate.ts";
import type { CallExpression } from "../functions/expression.ts";
import { builtInFunctions } from "../functions/library/mod.ts";
import { parsePath, type PathIndex, type PathStep } from "../functions/path.ts";
import type { GraphAccess } from "../functions/scope.ts";
import { capitalised, listed } from "../read/grammar.ts";
import { GraphCapability, GraphEdge, GraphNode } from "./graph.ts";
import type { Instantiation } from "./instantiate.ts";
import type { Slot } from "./slots.ts";

/** Where an expression stands in the graph. */
export type Place = GraphNode | GraphEdge | GraphCapability;

/** Thrown where a value needs what is not there yet, as a relationship: whoever asked tries again later. */
export class Pending extends Error {
  constructor(
    /** What is waited for: half a sentence. */
    what: string,
    readonly node?: GraphNode,
    readonly requirement?: string,
  ) {
    super(what);
  }
}

/** Thrown where the count of a template needs itself, which was reported. */
export class CountCircle extends Pending {
  constructor(readonly template: string) {
    super(`the count of "${template}"`);
  }
}

/** Answers functions that look into the graph, as seen from `self`. */
export class GraphReader implements GraphAccess {
  constructor(
    readonly service: Instantiation,
    readonly self: GraphNode | GraphEdge | undefined,
    /** For the count and index of assignments that belong to a node and make relationships. */
    readonly indexes: { readonly node?: number; readonly relationship?: number } = {},
  ) {}

  call(call: CallExpression, args: readonly Datum[]): Datum | undefined {
    switch (call.name) {
      case "get_input":
        return this.#input(call, args);
      case "node_index":
        return this.#index(call, this.indexes.node ?? nodeIndex(this.self));
      case "relationship_index":
        return this.#index(
          call,
          this.indexes.relationship ??
            (this.self instanceof GraphEdge ? this.self.index : undefined),
        );
      default:
        return this.#path(call, args);
    }
  }

  plainly<T>(run: () => T): T {
    const { service } = this;
    if (!service.usesFirstAttributes && !service.seesUnfinished) return run();
    const { seesUnfinished } = service;
    service.seesUnfinished = false;
    try {
      return service.evaluating(run, false);
    } finally {
      service.seesUnfinished = seesUnfinished;
    }
  }

  /** Returns a slot's value; where it waits for an attribute, and first values count, what it is with those. */
  #valueOf(slot: Slot): Datum | undefined {
    const { value } = slot;
    return value && this.service.usesFirstAttributes && isWaiting(value) ? slot.glimpse : value;
  }

  #index(call: CallExpression, index: number | undefined): Datum | undefined {
    const { model } = this.service;
    if (index === undefined) return undefined; // Reported by the static check.
    return new Datum(BigInt(index), call.at, model.builtIn("integer").schema);
  }

  #input(call: CallExpression, args: readonly Datum[]): Datum | undefined {
    const name = args[0]?.content;
    if (typeof name !== "string") return undefined;
    if (!this.service.inputs.has(name)) return undefined; // Reported by the static check.
    const slot = this.service.inputs.get(name);
    if (!slot) return deferred(call, args, this.service.parameters.get(name)?.schema);
    const value = slot.value;
    return value && this.#nested(call, value, args.slice(1), `input "${name}"`);
  }

  #path(call: CallExpression, args: readonly Datum[]): Datum | undefined {
    if (args.some(isWaiting)) return deferred(call, args);
    const parts = args.map(({ content, at }) => ({
      content: typeof content === "string" || typeof content === "bigint" ? content : undefined,
      at,
    }));
    const self = this.self instanceof GraphEdge ? "relationship" : this.self ? "node" : undefined;
    const parsed = parsePath(parts, self);
    if (!("steps" in parsed)) return undefined; // Reported by the static check.
    const walker = new Walker(this.service, call, args);
    const places = walker.walk(this.self, parsed.steps, parsed.sites);
    if (!places) return undefined;
    const [name, ...nested] = args.slice(parsed.length);
    if (typeof name?.content !== "string") return undefined;
    const values: Datum[] = [];
    for (const place of places) {
      const value = this.#read(call, place, name.content, nested);
      if (!value) return undefined;
      values.push(value);
    }
    if (!walker.isMany) return values[0];
    return new Datum(new DatumList(values), call.at);
  }

  #read(
    call: CallExpression,
    place: Place,
    name: string,
    nested: readonly Datum[],
  ): Datum | undefined {
    switch (call.name) {
      case "get_property":
        return this.#property(call, place, name, nested);
      case "available_allocation":
        return this.#available(call, place, name);
      case "get_artifact":
        return this.#artifact(call, place, name);
      default:
        return this.#attribute(call, place, name, nested);
    }
  }

  #property(
    call: CallExpression,
    place: Place,
    name: string,
    nested: readonly Datum[],
  ): Datum | undefined {
    const slot = place.properties.get(name);
    if (slot) {
      const value = this.#valueOf(slot);
      return value && this.#nested(call, value, nested, slot.label);
    }
    if (ownerNode(place).isExternal) {
      return this.#deferredRead("get_property", call, place, name, nested);
    }
    const definition = definitionsOf(place)?.properties.get(name);
    if (definition) {
      if (!definition.isRequired || !definition.schema) {
        return definition.schema
          ? void this.#reportPath(call, `${capitalised(place.label)} has no value for "${name}"`)
          : undefined;
      }
      return undefined; // A missing value was reported where it is missing.
    }
    const names = [...definitionsOf(place)?.properties.keys() ?? []];
    if (!definitionsOf(place)) return undefined;
    this.#reportPath(
      call,
      `${capitalised(place.label)} has no property "${name}"; it has ${listed(names)}`,
      didYouMean(name, names),
    );
  }

  #attribute(
    call: CallExpression,
    place: Place,
    name: string,
    nested: readonly Datum[],
  ): Datum | undefined {
    const definitions = definitionsOf(place);
    const known = definitions?.attributes.get(name) ?? definitions?.properties.get(name);
    if (definitions && !known && !ownerNode(place).isExternal && !isPartial(place)) {
      const names = [...definitions.attributes.keys(), ...definitions.properties.keys()];
      return void this.#reportPath(
        call,
        `${capitalised(place.label)} has no attribute "${name}"; it has ${listed(names)}`,
        didYouMean(name, names),
      );
    }
    if (this.service.usesFirstAttributes) {
      const slot = place.attributes.get(name) ?? place.properties.get(name);
      const value = slot && this.#valueOf(slot);
      if (value) return this.#nested(call, value, nested, slot!.label);
    }
    const made = this.#deferredRead("get_attribute", call, place, name, nested);
    return nested.length > 0 ? made : new Datum(made.content, made.at, known?.schema);
  }

  #artifact(call: CallExpression, place: Place, name: string): Datum | undefined {
    if (!(place instanceof GraphNode)) {
      return void this.#reportPath(call, "Only nodes have artifacts");
    }
    const names = [
      ...place.type.artifacts.keys(),
      ...place.template.definition.artifacts?.keys() ?? [],
    ];
    if (!names.includes(name) && !place.type.isPartial && !place.isExternal) {
      return void this.#reportPath(
        call,
        `${capitalised(place.label)} has no artifact "${name}"; it has ${listed(names)}`,
        didYouMean(name, names),
      );
    }
    const made = this.#deferredRead("get_artifact", call, place, name, []);
    return new Datum(made.content, made.at, this.service.model.builtIn("string").schema);
  }

  #available(call: CallExpression, place: Place, name: string): Datum | undefined {
    if (!(place instanceof GraphCapability)) return undefined;
    const slot = place.properties.get(name);
    const total = slot?.value;
    if (!total) return undefined;
    if (isWaiting(total)) return deferred(call, [total], slot!.schema);
    let left: Content = total.content;
    for (const edge of place.incoming) {
      const taken = edge.allocation.get(name)?.value;
      if (taken && !isWaiting(taken)) left = subtract(left, taken.content);
    }
    return new Datum(left, call.at, slot!.schema);
  }

  #deferredRead(
    name: GraphFunction,
    call: CallExpression,
    place: Place,
    what: string,
    nested: readonly Datum[],
  ): Datum {
    const made: Call = graphCall({
      function: name,
      path: pathOf(place),
      name: what,
      nested: nested.map(toValue),
    });
    return new Datum(made, call.at);
  }

  #nested(
    call: CallExpression,
    value: Datum,
    keys: readonly Datum[],
    label: string,
  ): Datum | undefined {
    let at = value;
    for (const [index, key] of keys.entries()) {
      if (at.content instanceof Call) return deferred(call, [at, ...keys.slice(index)]);
      if (isWaiting(key)) return deferred(call, [value, ...keys]);
      const inner = selectNested(at, key.content);
      if (!inner) {
        this.#reportPath(call, `There is no ${show(key)} in ${label}, which is ${show(at)}`);
        return undefined;
      }
      at = inner;
    }
    return keys.length === 0 ? new Datum(at.content, call.at, at.schema) : at;
  }

  #reportPath(call: CallExpression, why: string, fix?: string): void {
    if (this.service.model.report.hasErrorIn(call.at)) return;
    this.service.model.report.error("TOSCA_PATH", call.at, {
      what: `Cannot evaluate "$${call.name}"`,
      why,
      ...(fix ? { fix } : {}),
    });
  }
}

/** Follows the steps of a path from place to place. */
class Walker {
  isMany = false;

  constructor(
    readonly service: Instantiation,
    readonly call: CallExpression,
    readonly args: readonly Datum[],
  ) {}

  walk(
    self: GraphNode | GraphEdge | undefined,
    steps: readonly PathStep[],
    sites: readonly number[],
  ): readonly Place[] | undefined {
    let places: readonly Place[] = self ? [self] : [];
    for (const [index, step] of steps.entries()) {
      const next: Place[] = [];
      for (const place of index === 0 ? [self] : places) {
        const found = this.#step(place, step, sites[index]);
        if (!found) return undefined;
        next.push(...found);
      }
      places = next;
    }
    return places;
  }

  #step(place: Place | undefined, step: PathStep, site: number): readonly Place[] | undefined {
    switch (step.kind) {
      case "self":
        return place && [place];
      case "template": {
        const nodes = this.service.nodesOf(step.name);
        return nodes && this.#pick(nodes, step.index, site, `nodes of "${step.name}"`);
      }
      case "requirement":
        return this.#requirement(place as GraphNode, step.name, step.index, site);
      case "capability": {
        const capability = (place as GraphNode).capabilities.get(step.name);
        return capability && [capability];
      }
      case "incoming": {
        const { incoming, label } = place as GraphCapability;
        if (this.service.openDemands > 0 && !this.service.seesUnfinished) {
          throw new Pending(`the relationships to ${label}`);
        }
        return this.#pick(incoming, step.index, site, `relationships to ${label}`);
      }
      case "source":
        return [(place as GraphEdge).source];
      case "target":
        return [(place as GraphEdge).target];
      case "relationship capability":
        return [(place as GraphEdge).capability];
    }
  }

  #requirement(
    node: GraphNode,
    name: string,
    index: PathIndex,
    site: number,
  ): readonly Place[] | undefined {
    if (this.service.isPending(node, name)) {
      throw new Pending(`the relationships "${name}" of ${node.label}`, node, name);
    }
    const edges = node.edges.get(name) ?? [];
    return this.#pick(edges, index, site, `relationships "${name}" of ${node.label}`);
  }

  #pick<T extends Place>(
    all: readonly T[],
    index: PathIndex,
    site: number,
    what: string,
  ): readonly T[] | undefined {
    if (index === "ALL") {
      this.isMany = true;
      return all;
    }
    const one = index === "unknown" ? undefined : all[Number(index)];
    if (one) return [one];
    if (this.service.isLenient && all.length === 0) return undefined;
    const { report } = this.service.model;
    if (report.hasErrorIn(this.call.at)) return undefined;
    report.error("TOSCA_PATH", this.args[site]?.at ?? this.call.at, {
      what: `Cannot follow the path of "$${this.call.name}"`,
      why: `There are ${all.length} ${what}, none with the index ${index}`,
      fix: all.length === 0 ? "Lead the path elsewhere" : `Write 0 to ${all.length - 1}, or ALL`,
    });
    return undefined;
  }
}

function ownerNode(place: Place): GraphNode {
  if (place instanceof GraphNode) return place;
  return place instanceof GraphEdge ? place.source : place.node;
}

function isPartial(place: Place): boolean {
  return place instanceof GraphNode ? place.type.isPartial : place.type?.isPartial ?? true;
}

function definitionsOf(place: Place) {
  return place instanceof GraphEdge ? place.slot ?? place.type : place.type;
}

function pathOf(place: Place): GraphPath {
  if (place instanceof GraphNode) return { vertex: place.id };
  if (place instanceof GraphCapability) return { vertex: place.node.id, capability: place.name };
  return { vertex: place.source.id, edge: { name: place.name, index: place.index } };
}

function nodeIndex(self: GraphNode | GraphEdge | undefined): number | undefined {
  if (self instanceof GraphNode) return self.index;
  return self?.source.index;
}

/** Returns what is left of a quantity. */
function subtract(from: Content, taken: Content): Content {
  const difference = builtInFunctions.get("difference")!;
  const [a, b] = [new Datum(from, undefined), new Datum(taken, undefined)];
  return baseOf(a) === baseOf(b) || !(from instanceof Scalar) && !(taken instanceof Scalar)
    ? difference.run([a, b])
    : from;
}
