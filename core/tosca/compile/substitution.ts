import { stringOf, type YamlNode } from "../../yaml/mod.ts";
import { Datum, DatumList } from "../functions/datum.ts";
import { evaluate } from "../functions/evaluate.ts";
import { parseExpression } from "../functions/expression.ts";
import { textOf } from "../functions/scope.ts";
import type { ServiceTemplateDefinition } from "../read/service_template.ts";
import { keyParts } from "../read/substitution.ts";
import type { Unit } from "../resolve/closure.ts";
import type { Model } from "../resolve/model.ts";
import { resolveParameters } from "../resolve/parameters.ts";
import { pairOf } from "./mapping_report.ts";
import type { GraphCapability, GraphNode } from "./graph.ts";
import { Instantiation, type ServiceParts } from "./instantiate.ts";
import { fixedSlot, Slot, type Slots } from "./slots.ts";
import { mappedRequirements } from "./mapped_requirements.ts";

/** Service templates that may stand in for nodes. */
export interface Catalog {
  readonly templates: readonly Unit[];
  readonly makeParts: (
    model: Model,
    unit: Unit,
    definition: ServiceTemplateDefinition,
  ) => ServiceParts;
}

/** How deep substitutions may nest (check 100). */
const depthMax = 16;

/** Makes inner services for nodes with the directive `substitute` (TOSCA 2.0, section 15). */
export function applySubstitutions(service: Instantiation, catalog: Catalog, depth = 0): void {
  for (const node of service.allNodes()) {
    const { directives } = node.template;
    if (node.isExternal || !comesBefore("substitute", "create", directives)) continue;
    substituteNode(service, catalog, node, depth);
  }
}

/** Whether a directive is tried, and before the other one: the first that works wins. */
function comesBefore(one: string, other: string, directives: readonly string[]): boolean {
  const [at, limit] = [directives.indexOf(one), directives.indexOf(other)];
  return at >= 0 && (limit < 0 || at < limit);
}

function substituteNode(
  service: Instantiation,
  catalog: Catalog,
  node: GraphNode,
  depth: number,
): void {
  if (depth >= depthMax) {
    service.model.report.error("TOSCA_SUBSTITUTION_DEPTH", node.template.key, {
      what: `Cannot substitute ${node.label}: substitutions nest deeper than ${depthMax}`,
      why:
        "A template that substitutes a node holds a node that is substituted in turn, without end",
      fix: "Give the inner node another directive",
    });
    return;
  }
  const refusals: string[] = [];
  const chosen = chooseTemplate(service, catalog, node, refusals);
  if (!chosen) {
    const mayCreate = node.template.directives.includes("create");
    if (mayCreate || service.isLenient) return;
    service.model.report.error("TOSCA_SUBSTITUTE", node.template.key, {
      what: `Cannot substitute ${node.label}: no service template stands in for it`,
      why: refusals.length > 0
        ? refusals.join("; ")
        : "No template with substitution mappings is registered",
      fix: `Register a template with "substitution_mappings: { node_type: ${node.type.name} }"`,
    });
    return;
  }
  const inner = new Instantiation(chosen, {
    inputs: innerInputs(service, chosen, node),
    isLenient: service.isLenient,
    excused: excusedBy(chosen),
    outside: mappedRequirements(chosen, node),
    prefix: `${node.id}.`,
  });
  inner.run();
  applySubstitutions(inner, catalog, depth + 1);
  mapOutputs(inner, node);
  const { unit } = chosen;
  node.substitution = {
    template: unit.file,
    graph: inner,
    capabilities: innerCapabilities(inner),
  };
}

/** Returns the inner capabilities that stand in for those of the node (TOSCA 2.0, section 15.4). */
function innerCapabilities(inner: Instantiation): ReadonlyMap<string, GraphCapability> {
  const found = new Map<string, GraphCapability>();
  const mappings = inner.parts.definition.substitution_mappings?.capabilities;
  for (const { name, value } of mappings?.values() ?? []) {
    const [template, capability] = (pairOf(value) ?? []).map((each) => stringOf(each)!);
    const [node] = inner.nodesOf(template) ?? [];
    const slot = node?.capabilities.get(capability);
    if (slot) found.set(name, slot);
  }
  return found;
}

/** Returns the first template whose type and filter fit: exact types first, then in the order of the catalog. */
function chooseTemplate(
  service: Instantiation,
  catalog: Catalog,
  node: GraphNode,
  refusals: string[],
): ServiceParts | undefined {
  const fitting: { parts: ServiceParts; isExact: boolean }[] = [];
  for (const unit of catalog.templates) {
    const definition = unit.definition.service_template!;
    const mappings = definition.substitution_mappings;
    if (!mappings?.node_type) continue;
    const type = service.model.nodeType(unit, mappings.node_type, "the substitution mapping");
    if (!type) continue;
    if (!type.derivesFrom(node.type)) {
      refusals.push(`"${unit.path}" stands in for "${type.name}"`);
      continue;
    }
    const filter = mappings.substitution_filter;
    const expression = filter && parseExpression(filter, service.model.report);
    if (expression) {
      const result = service.evaluating(() => evaluate(expression, service.scopeOf(node, unit)));
      if (result?.content !== true) {
        refusals.push(`the filter of "${unit.path}" is not true: ${textOf(expression.at)}`);
        continue;
      }
    }
    const parts = catalog.makeParts(service.model, unit, definition);
    const lacking = lackingInput(service, parts, node);
    if (lacking === undefined) fitting.push({ parts, isExact: type === node.type });
    else refusals.push(`the node has no value for the input "${lacking}" of "${unit.path}"`);
  }
  return (fitting.find((each) => each.isExact) ?? fitting[0])?.parts;
}

/** Returns the first input that a template needs and the node does not give. */
function lackingInput(
  service: Instantiation,
  parts: ServiceParts,
  node: GraphNode,
): string | undefined {
  if (service.isLenient) return undefined;
  const given = innerInputs(service, parts, node);
  for (const { name, isRequired, default: fallback, fixed } of parts.parameters.values()) {
    if (isRequired && !fallback && !fixed && !given.has(name)) return name;
  }
}

/** Returns the inner service's inputs: the properties of the node that are mapped to them. */
function innerInputs(
  service: Instantiation,
  parts: ServiceParts,
  node: GraphNode,
): ReadonlyMap<string, Slot> {
  const inputs = new Map<string, Slot>();
  for (const { key, value } of parts.definition.substitution_mappings?.properties ?? []) {
    const name = stringOf(value);
    const found = name === undefined ? undefined : outerProperty(service, node, key);
    if (name !== undefined && found) inputs.set(name, found);
  }
  return inputs;
}

function outerProperty(service: Instantiation, node: GraphNode, key: YamlNode): Slot | undefined {
  const parts = keyParts(key);
  const [first, second, third, last] = parts.map((each) => stringOf(each));
  if (first === "CAPABILITY" && parts.length === 3) {
    return node.capabilities.get(second!)?.properties.get(third!);
  }
  if (first !== "RELATIONSHIP") return first === undefined ? undefined : node.properties.get(first);
  const edges = node.edges.get(second!) ?? [];
  if (parts.length === 3) return edges[0]?.properties.get(third!);
  if (third === "ALL") {
    return listSlot(
      service,
      key,
      edges.map((each) => each.properties.get(last!)?.value),
    );
  }
  const index = parts[2].kind === "scalar" ? Number(parts[2].value) : 0;
  return edges[index]?.properties.get(last!);
}

function listSlot(
  service: Instantiation,
  at: YamlNode,
  values: readonly (Datum | undefined)[],
): Slot {
  const slot = new Slot(
    "mapped properties",
    undefined,
    undefined,
    undefined,
    service.scopeOf(undefined),
    "external",
  );
  const items = values.filter((each): each is Datum => each !== undefined);
  return Object.defineProperty(slot, "value", { value: new Datum(new DatumList(items), at) });
}

/** Sets attributes of the substituted node to what the inner service gives out. */
function mapOutputs(inner: Instantiation, node: GraphNode): void {
  const { definition, model, unit } = inner.parts;
  const parameters = resolveParameters(model, unit, definition.outputs, {
    noun: "output",
    direction: "outgoing",
    owner: "the service",
  });
  for (const { key, value } of definition.substitution_mappings?.attributes ?? []) {
    const output = parameters.get(stringOf(value) ?? "");
    const sited = output?.fixed ?? output?.default;
    if (!sited) continue;
    const found = inner.evaluateService(sited.node, output!, `output "${output!.name}"`);
    if (!found) continue;
    for (const { place, name, value } of mappedAttributes(node, key, found)) {
      const label = `attribute "${name}" of ${node.label}`;
      const slot = fixedSlot(label, value, inner.scopeOf(undefined));
      place.attributes = new Map([...place.attributes, [name, slot]]);
    }
  }
}

/** An attribute that an output is mapped to. */
interface MappedAttribute {
  readonly place: { attributes: Slots };
  readonly name: string;
  readonly value: Datum;
}

/** Returns the attributes that a key names: of the node, of a capability, or of relationships, over which `ALL` spreads a list. */
function mappedAttributes(node: GraphNode, key: YamlNode, value: Datum): MappedAttribute[] {
  const parts = keyParts(key);
  const [first, second, third, last] = parts.map((each) => stringOf(each));
  if (parts.length === 1 && first !== undefined) {
    return [{ place: node, name: first, value }];
  }
  if (first === "CAPABILITY") {
    const capability = node.capabilities.get(second!);
    return capability && third ? [{ place: capability, name: third, value }] : [];
  }
  const edges = node.edges.get(second ?? "") ?? [];
  const name = parts.length === 3 ? third : last;
  if (first !== "RELATIONSHIP" || name === undefined) return [];
  if (third === "ALL" && parts.length === 4) {
    const items = value.content instanceof DatumList ? value.content.items : [];
    return edges.flatMap((edge, index) =>
      items[index] ? [{ place: edge, name, value: items[index] }] : []
    );
  }
  const index = parts.length === 4 && parts[2].kind === "scalar" ? Number(parts[2].value) : 0;
  return edges[index] ? [{ place: edges[index], name, value }] : [];
}

/** Returns what a substituting template leaves to the node that it stands in for: its mapped requirements. */
export function excusedBy(parts: ServiceParts): ReadonlySet<string> {
  const excused = new Set<string>();
  const add = (value: YamlNode) => {
    const pair = pairOf(value);
    if (pair) excused.add(`${stringOf(pair[0])}/${stringOf(pair[1])}`);
    if (value.kind === "list") value.items.forEach(add);
    else excused.add(stringOf(value) ?? "");
  };
  for (const { value } of parts.definition.substitution_mappings?.requirements ?? []) add(value);
  return excused;
}
