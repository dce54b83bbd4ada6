import { Call, type Value } from "../../clout/mod.ts";
import { isWaiting, toValue } from "../functions/datum.ts";
import { evaluate } from "../functions/evaluate.ts";
import { textOf } from "../functions/scope.ts";
import type { Condition } from "../resolve/requirements.ts";
import type { GraphEdge } from "./graph.ts";
import type { Instantiation } from "./instantiate.ts";

/**
 * Warns of targets whose filter needs what is known only at run time. They were chosen by what is known before: what is
 * to be known from something that runs cannot decide what it runs with.
 */
export function warnOfUncertain(service: Instantiation): void {
  if (service.isLenient) return;
  for (const node of service.allNodes()) {
    for (const edges of node.edges.values()) {
      for (const edge of edges) {
        const filter = edge.filters.find((each) =>
          service.evaluating(() => deferredValue(service, edge, each)) !== undefined
        );
        if (filter) warn(service, edge, filter);
      }
    }
  }
}

function warn(service: Instantiation, edge: GraphEdge, { expression }: Condition): void {
  service.model.report.warn("TOSCA_FILTER_WAITS", edge.at, {
    what:
      `Cannot be certain of the target of requirement "${edge.name}" of ${edge.source.label} before it runs: "${edge.target.id}" is taken`,
    why: `The filter ${
      textOf(expression.at)
    } needs what is known only at run time; it is looked at again then`,
    fix: "Filter by properties, or give the attribute a first value",
  });
}

/** Returns what of an edge's filters is known only at run time, as one condition. First values of attributes may change. */
export function runTimeFilter(service: Instantiation, edge: GraphEdge): Value | undefined {
  const waiting = edge.filters.flatMap((each) => deferredValue(service, edge, each) ?? []);
  return waiting.length > 1 ? new Call("and", waiting) : waiting[0];
}

function deferredValue(
  service: Instantiation,
  edge: GraphEdge,
  { expression, unit }: Condition,
): Value | undefined {
  const found = service.model.report.quietly(() =>
    evaluate(expression, service.scopeOf(edge, unit))
  );
  return found && isWaiting(found) ? toValue(found) : undefined;
}
