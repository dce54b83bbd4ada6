import { Call, type GraphCall, isDeferred, readGraphCall, type Value } from "../../clout/mod.ts";
import { Datum, fromValue, toValue } from "./datum.ts";
import { selectNested } from "./evaluate.ts";
import { builtInFunctions, fitsKind, Refusal } from "./library/mod.ts";
import { baseOf } from "./align.ts";
import { ownFunction } from "./own_functions.ts";

/** What a value is at this moment. */
export type Evaluation =
  | { readonly value: Value }
  /** It needs something that is not known yet: half a sentence. */
  | { readonly waitsFor: string }
  | { readonly problem: string };

/** What is known at run time. */
export interface AttributeSource {
  /**
   * Returns the attribute, property or artifact path that a call names, without what is nested in it; nothing where it
   * is not known yet. What it returns may hold calls again.
   */
  read(call: GraphCall): Value | undefined;
}

/** How many calls may lead to each other before it counts as a circle. */
const depthMax = 64;

/** Evaluates a value of a graph with what is known at this moment. */
export function evaluateValue(value: Value, source: AttributeSource): Evaluation {
  try {
    return { value: new Evaluator(source).evaluate(value, 0) };
  } catch (error) {
    if (error instanceof Wait) return { waitsFor: error.message };
    if (error instanceof Refusal) return { problem: error.why };
    throw error;
  }
}

class Wait extends Error {}

class Evaluator {
  constructor(readonly source: AttributeSource) {}

  evaluate(value: Value, depth: number): Value {
    if (depth > depthMax) throw new Refusal("it depends on itself");
    if (!isDeferred(value)) return value;
    if (value instanceof Call) return this.#call(value, depth);
    if (value instanceof Map) {
      return new Map([...value].map(([key, each]) => [key, this.evaluate(each, depth + 1)]));
    }
    return (value as readonly Value[]).map((each) => this.evaluate(each, depth + 1));
  }

  #call(call: Call, depth: number): Value {
    const graph = readGraphCall(call);
    if (graph) return this.#read(graph, depth);
    const args = call.args.map((each) => fromValue(this.evaluate(each, depth + 1)));
    const builtIn = builtInFunctions.get(call.name);
    const own = builtIn ? undefined : ownFunction(call.name);
    if (!builtIn && !own) throw new Refusal(`the function "$${call.name}" cannot be run here`);
    for (const [index, arg] of args.entries()) {
      const kind = builtIn?.params[Math.min(index, builtIn.params.length - 1)];
      const base = baseOf(arg);
      if (kind && base && !fitsKind(base, kind)) {
        throw new Refusal(`"$${call.name}" cannot take ${base} as argument ${index}`);
      }
    }
    return toValue(new Datum(builtIn ? builtIn.run(args) : own!(args), undefined));
  }

  #read(graph: GraphCall, depth: number): Value {
    const found = this.source.read(graph);
    if (found === undefined) throw new Wait(`${graph.name} of ${placeOf(graph)}`);
    let at = fromValue(this.evaluate(found, depth + 1));
    for (const key of graph.nested) {
      const inner = selectNested(at, fromValue(this.evaluate(key, depth + 1)).content);
      if (!inner) throw new Refusal(`${graph.name} of ${placeOf(graph)} has no part "${key}"`);
      at = inner;
    }
    return toValue(at);
  }
}

function placeOf({ path }: GraphCall): string {
  if (path.edge) return `${path.vertex}'s ${path.edge.name}[${path.edge.index}]`;
  return path.capability === undefined ? path.vertex : `${path.vertex}'s ${path.capability}`;
}
