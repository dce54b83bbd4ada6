import { isWaiting } from "../functions/datum.ts";
import { evaluate } from "../functions/evaluate.ts";
import { parseExpression } from "../functions/expression.ts";
import { textOf } from "../functions/scope.ts";
import type { GraphNode } from "./graph.ts";
import type { Instantiation } from "./instantiate.ts";
import { makeExternalNode, makeNodes } from "./make_nodes.ts";
import type { Template } from "./templates.ts";

/**
 * Returns the nodes that a template with the directive `select` stands for (TOSCA 2.0, section 7.2.1): an existing one, or
 * what its next directive makes. Throws `Pending` where its filter looks at relationships that are not made yet.
 */
export function selectNodes(service: Instantiation, template: Template): readonly GraphNode[] {
  const { isLenient, outside, excused } = service.options;
  const mapped = outside?.nodes.get(template.name);
  if (mapped) return mapped;
  const { found, waiting } = findNode(service, template);
  if (found) return [found];
  if (template.directives.length > 1) return makeNodes(service, template);
  if (isLenient || excused.has(template.name)) return [makeExternalNode(service, template)];
  if (waiting) reportWaits(service, template, waiting);
  else reportNone(service, template);
  return [];
}

function findNode(
  service: Instantiation,
  template: Template,
): { readonly found?: GraphNode; readonly waiting?: GraphNode } {
  const { report } = service.model;
  const filter = template.definition.node_filter;
  const expression = filter && parseExpression(filter, report);
  let waiting: GraphNode | undefined;
  for (const node of service.allNodes()) {
    if (!node.type.derivesFrom(template.type!)) continue;
    if (!filter) return { found: node };
    if (!expression) continue;
    const result = service.evaluating(() =>
      report.quietly(() => evaluate(expression, service.scopeOf(node, template.unit)))
    );
    if (result?.content === true) return { found: node };
    if (result && isWaiting(result)) waiting ??= node;
  }
  return waiting ? { waiting } : {};
}

function reportNone(service: Instantiation, template: Template): void {
  if (service.model.report.hasErrorIn(template.definition.node_filter ?? template.key)) return;
  const candidates = [...service.allNodes()].filter((each) =>
    each.type.derivesFrom(template.type!)
  );
  service.model.report.error("TOSCA_SELECT", template.key, {
    what: `Cannot select a node for node template "${template.name}"`,
    why: candidates.length === 0
      ? `There is no node of the type "${template.type!.name}"`
      : `The filter admits none of ${
        candidates.slice(0, 8).map((each) => `"${each.id}"`).join(", ")
      }`,
    fix: 'Add "create" to its directives, or a node template that fits',
  });
}

function reportWaits(service: Instantiation, template: Template, { id }: GraphNode): void {
  const filter = template.definition.node_filter!;
  service.model.report.error("TOSCA_FILTER_WAITS", filter, {
    what: `Cannot select a node for node template "${template.name}" before anything runs`,
    why: `For "${id}" the filter ${textOf(filter)} needs what is known only at run time`,
    fix: "Filter by properties, or give the attribute a first value",
  });
}
