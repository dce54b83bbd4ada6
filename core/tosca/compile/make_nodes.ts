import type { YamlNode } from "../../yaml/mod.ts";
import { type Datum, describe, isWaiting, show } from "../functions/datum.ts";
import { evaluate } from "../functions/evaluate.ts";
import { parseExpression } from "../functions/expression.ts";
import { GraphCapability, GraphNode } from "./graph.ts";
import { CountCircle, Pending } from "./graph_access.ts";
import type { Instantiation } from "./instantiate.ts";
import { slotsOf } from "./slots.ts";
import type { Template } from "./templates.ts";

/** How many nodes one template may make. */
const nodesMax = 100_000;
/** How many nodes the templates of one service may make together. */
const nodesOfAllMax = 200_000;

/** Returns the nodes that a template makes: as many as its count says (TOSCA 2.0, section 14). */
export function makeNodes(service: Instantiation, template: Template): GraphNode[] {
  const count = admitted(service, template, countOf(service, template));
  return Array.from({ length: count }, (_, index) => makeNode(service, template, index, count));
}

/** Counts what is made in all: many templates may each ask for many nodes. Returns how many are made. */
function admitted(service: Instantiation, template: Template, count: number): number {
  const before = service.nodesMade;
  service.nodesMade += count;
  if (service.nodesMade <= nodesOfAllMax) return count;
  if (before <= nodesOfAllMax) {
    service.model.report.error("TOSCA_COUNT", template.definition.count ?? template.key, {
      what: `Cannot make ${count} of node template "${template.name}"`,
      why: `With those of other node templates they are more than ${nodesOfAllMax}`,
      fix: "Make several services of it",
    });
  }
  return 0;
}

/** Returns a node that stands for one that exists elsewhere: its values are not known here. */
export function makeExternalNode(service: Instantiation, template: Template): GraphNode {
  const node = new GraphNode(template, template.type!, 0, 1, true, service.options.prefix);
  for (const { name, type } of template.type!.capabilities.values()) {
    node.capabilities.set(name, new GraphCapability(node, name, type));
  }
  return node;
}

function makeNode(
  service: Instantiation,
  template: Template,
  index: number,
  count: number,
): GraphNode {
  const { definition } = template;
  const type = template.type!;
  const node = new GraphNode(template, type, index, count, false, service.options.prefix);
  const scope = service.scopeOf(node, template.unit);
  node.properties = slotsOf(type.properties, definition.properties, scope, node, "property");
  node.attributes = slotsOf(type.attributes, definition.attributes, scope, node, "attribute");
  for (const slot of type.capabilities.values()) {
    const { name, properties, attributes } = slot;
    const made = new GraphCapability(node, name, slot.type);
    const assigned = definition.capabilities?.get(name)?.value;
    made.properties = slotsOf(properties, assigned?.properties, scope, made, "property");
    made.attributes = slotsOf(attributes, assigned?.attributes, scope, made, "attribute");
    node.capabilities.set(name, made);
  }
  return node;
}

function countOf(service: Instantiation, template: Template): number {
  const { count } = template.definition;
  if (!count) return 1;
  const label = `node template "${template.name}"`;
  const expression = parseExpression(count, service.model.report);
  const value = expression &&
    readCount(
      service,
      count,
      label,
      () => evaluate(expression, service.scopeOf(undefined, template.unit)),
    );
  if (!value) return 0;
  if (isWaiting(value)) return 1;
  return checkedCount(service, value, count, label) ?? 0;
}

/** Evaluates a count. Relationships come after all counts: what needs one is no count, which is reported. */
export function readCount(
  service: Instantiation,
  at: YamlNode,
  label: string,
  run: () => Datum | undefined,
): Datum | undefined {
  try {
    return run();
  } catch (error) {
    if (!(error instanceof Pending) || error instanceof CountCircle) throw error;
    service.model.report.error("TOSCA_COUNT", at, {
      what: `Cannot take the count of ${label} from a relationship`,
      why: `It needs ${error.message}, and relationships are made when all counts are known`,
      fix: "Take it from an input, or from a property of a node",
    });
    return undefined;
  }
}

/** Returns a count as a number; nothing where it is none, which is reported. */
export function checkedCount(
  service: Instantiation,
  value: Datum,
  at: YamlNode,
  label: string,
): number | undefined {
  const { content } = value;
  const { report } = service.model;
  if (report.hasErrorIn(at)) return undefined;
  if (typeof content !== "bigint" || content < 0n) {
    report.error("TOSCA_COUNT", at, {
      what: `Cannot take ${show(value)} as the count of ${label}`,
      why: `A count is an integer of at least 0, found ${describe(value)}`,
      fix: "Write how many nodes are wanted: 0, 1, 2, …",
    });
    return undefined;
  }
  if (content > BigInt(nodesMax)) {
    report.error("TOSCA_COUNT", at, {
      what: `Cannot make ${content} of ${label}`,
      why: `At most ${nodesMax} are made of one`,
      fix: "Make several services of it",
    });
    return undefined;
  }
  return Number(content);
}

/** Reports that the count of a template needs itself. */
export function reportCountCircle({ model, templates }: Instantiation, name: string): void {
  const { definition, key } = templates.get(name)!;
  model.report.error("TOSCA_EVALUATION_CYCLE", definition.count ?? key, {
    what: `Cannot tell how many nodes node template "${name}" makes: its count needs itself`,
    fix: "Write a number, or take it from an input",
  });
}
