import type {
  Artifact,
  Capability,
  Clout,
  Edge,
  Group,
  Interface,
  Operation,
  Policy,
  Value,
  ValueMap,
  Vertex,
} from "../../clout/mod.ts";
import { positionOf, type YamlNode } from "../../yaml/mod.ts";
import { conform } from "../functions/conform.ts";
import { toValue } from "../functions/datum.ts";
import { evaluate } from "../functions/evaluate.ts";
import { parseExpression } from "../functions/expression.ts";
import type { ArtifactDefinition, ImplementationDefinition } from "../read/artifact.ts";
import type { Entries } from "../read/grammar.ts";
import type { InterfaceAssignment } from "../read/interface.ts";
import type { Unit } from "../resolve/closure.ts";
import type { InterfaceSlot, Operation as DefinedOperation } from "../resolve/interfaces.ts";
import { resolveParameters } from "../resolve/parameters.ts";
import type { ArtifactType, GroupType, PolicyType } from "../resolve/simple_types.ts";
import type { Property } from "../resolve/properties.ts";
import { joinPath } from "../resolve/source_files.ts";
import type { GraphCapability, GraphEdge, GraphNode } from "./graph.ts";
import type { Instantiation } from "./instantiate.ts";
import { runTimeFilter } from "./uncertain_targets.ts";
import { noSlots, type Slots, slotsOf } from "./slots.ts";
import { toTriggers, workflowsOf } from "./workflows_to_clout.ts";

/** Returns the graph as a Clout: every value is evaluated, and what fails is reported. */
export function toClout(service: Instantiation): Clout {
  const vertexes = new Map<string, Vertex>();
  for (const node of service.allNodes()) {
    if (!node.isExternal) vertexes.set(node.id, toVertex(service, node));
  }
  const { definition } = service.parts;
  return {
    service: {
      ...(definition.description ? { description: definition.description.value } : {}),
      metadata: metadataOf(definition.metadata),
      inputs: new Map([...service.inputs].flatMap(([name, slot]) => {
        const value = slot?.value;
        return value ? [[name, toValue(value)] as const] : [];
      })),
      outputs: outputsOf(service),
      groups: groupsOf(service),
      policies: policiesOf(service),
      ...(definition.workflows?.size ? { workflows: workflowsOf(service.parts) } : {}),
    },
    vertexes,
  };
}

function outputsOf(service: Instantiation): ValueMap {
  const { model, unit, definition } = service.parts;
  const parameters = resolveParameters(model, unit, definition.outputs, {
    noun: "output",
    direction: "outgoing",
    owner: "the service",
  });
  const outputs = new Map<string, Value>();
  for (const parameter of parameters.values()) {
    const sited = parameter.fixed ?? parameter.default;
    if (!sited) continue;
    const value = service.evaluateService(sited.node, parameter, `output "${parameter.name}"`);
    if (value) outputs.set(parameter.name, toValue(value));
  }
  return outputs;
}

function toVertex(service: Instantiation, node: GraphNode): Vertex {
  const { template, type } = node;
  const properties = valuesOf(node.properties);
  return {
    id: node.id,
    name: template.name,
    index: node.index,
    count: node.count,
    types: type.lineage,
    metadata: withMetadata(typeMetadata(type), template.definition.metadata),
    properties,
    attributes: firstAttributes(node.attributes, properties),
    capabilities: new Map([...node.capabilities].map(([name, each]) => [name, toCapability(each)])),
    artifacts: artifactsOf(service, node),
    interfaces: interfacesOf(service, node, type.interfaces, template.definition.interfaces),
    edges: [...type.requirements.keys()].flatMap((name) =>
      (node.edges.get(name) ?? []).filter((each) => !each.target.isExternal).map((each) =>
        toEdge(service, each)
      )
    ),
    ...(node.substitution
      ? {
        substitution: {
          template: node.substitution.template,
          service: toClout(node.substitution.graph as Instantiation),
          capabilities: new Map(
            [...node.substitution.capabilities].map(([name, { node, name: capability }]) => [
              name,
              { vertex: node.id, capability },
            ]),
          ),
        },
      }
      : {}),
    source: positionOf(template.key),
  };
}

function toCapability(capability: GraphCapability): Capability {
  const properties = valuesOf(capability.properties);
  return {
    types: capability.type?.lineage ?? [],
    properties,
    attributes: firstAttributes(capability.attributes, properties),
  };
}

function toEdge(service: Instantiation, edge: GraphEdge): Edge {
  const properties = valuesOf(edge.properties);
  const filter = edge.filters.length > 0 ? runTimeFilter(service, edge) : undefined;
  const requirement = edge.source.type.requirements.get(edge.name);
  const written = edge.source.template.definition.requirements?.find((each) =>
    each.key === edge.at
  );
  return {
    name: edge.name,
    index: edge.index,
    types: edge.type?.lineage ?? [],
    metadata: edge.type ? typeMetadata(edge.type) : nothing,
    target: edge.target.id,
    capability: edge.capability.name,
    properties,
    attributes: firstAttributes(edge.attributes, properties),
    interfaces: interfacesOf(
      service,
      edge,
      requirement?.relationship?.interfaces ?? edge.type?.interfaces ?? nothing,
      written?.value.relationship?.interfaces,
    ),
    allocation: valuesOf(edge.allocation),
    ...(filter === undefined ? {} : { filter }),
    source: positionOf(edge.at),
  };
}

/** Every property is an attribute of the same name, whose first value it is (TOSCA 2.0, section 9.7). */
function firstAttributes(slots: Slots, properties: ValueMap): ValueMap {
  return slots.size === 0 ? properties : new Map([...properties, ...valuesOf(slots)]);
}

/** What is empty, as most parts of most vertexes and edges are: one for all of them, as nobody may change it. */
const nothing: ReadonlyMap<string, never> = new Map<string, never>();

function valuesOf(slots: Slots): ValueMap {
  if (slots.size === 0) return nothing;
  const values = new Map<string, Value>();
  for (const [name, slot] of slots) {
    const value = slot.value;
    if (value) values.set(name, toValue(value));
  }
  return values;
}

interface WithMetadata {
  readonly parent: WithMetadata | undefined;
  readonly definition: { readonly metadata?: YamlNode };
}

function typeMetadata({ parent, definition }: WithMetadata): ValueMap {
  return withMetadata(parent ? typeMetadata(parent) : nothing, definition.metadata);
}

function withMetadata(below: ValueMap, own: YamlNode | undefined): ValueMap {
  return own ? new Map([...below, ...metadataOf(own)]) : below;
}

/** Returns metadata as it was written: it never changes what happens, and holds no calls. */
function metadataOf(node: YamlNode | undefined): ValueMap {
  return node?.kind === "map" ? plainValue(node) as ValueMap : nothing;
}

function plainValue(node: YamlNode): Value {
  if (node.kind === "scalar") return node.value;
  if (node.kind === "list") return node.items.map(plainValue);
  return new Map(node.entries.map(({ key, value }) => [
    key.kind === "scalar" ? String(key.value) : "",
    plainValue(value),
  ]));
}

function artifactsOf(service: Instantiation, node: GraphNode): ReadonlyMap<string, Artifact> {
  if (node.type.artifacts.size === 0 && !node.template.definition.artifacts) return nothing;
  const artifacts = new Map<string, Artifact>();
  for (const { name, definition, unit } of node.type.artifacts.values()) {
    artifacts.set(name, toArtifact(service, node, name, definition, unit));
  }
  for (const { name, value } of node.template.definition.artifacts?.values() ?? []) {
    artifacts.set(name, toArtifact(service, node, name, value, node.template.unit));
  }
  return artifacts;
}

function toArtifact(
  service: Instantiation,
  node: GraphNode,
  name: string,
  definition: ArtifactDefinition,
  unit: Unit,
): Artifact {
  const { model } = service;
  const label = `artifact "${name}" of ${node.label}`;
  const type = definition.type &&
    model.type("artifact_types", unit, definition.type, label) as ArtifactType | undefined;
  const scope = service.scopeOf(node, unit);
  const slots = type
    ? slotsOf(type.properties, definition.properties, scope, { label }, "property")
    : noSlots;
  return {
    types: type?.lineage ?? [],
    file: filePath(definition, unit),
    properties: valuesOf(slots),
    ...(definition.checksum
      ? {
        checksum: {
          algorithm: definition.checksum_algorithm?.value ?? "",
          value: definition.checksum.value,
        },
      }
      : {}),
  };
}

/** Returns where an artifact's file is: a URL, or a path from the root of the package. */
function filePath(definition: ArtifactDefinition, unit: Unit): string {
  const file = definition.file?.value ?? "";
  const repository = definition.repository &&
    unit.definition.repositories?.get(definition.repository.value)?.value.url?.value;
  if (repository) return `${repository.replace(/\/?$/, "/")}${file}`;
  if (/^[a-z][a-z0-9+.-]*:/i.test(file)) return file;
  if (/^https?:/i.test(unit.path)) return new URL(file, unit.path).href;
  return unit.artifactPrefix + joinPath(unit.path, file);
}

function interfacesOf(
  service: Instantiation,
  self: GraphNode | GraphEdge,
  defined: ReadonlyMap<string, InterfaceSlot>,
  assigned: Entries<InterfaceAssignment> | undefined,
): ReadonlyMap<string, Interface> {
  if (defined.size === 0) return nothing;
  const interfaces = new Map<string, Interface>();
  for (const slot of defined.values()) {
    const own = assigned?.get(slot.name)?.value;
    const operations = new Map<string, Operation>();
    for (const operation of slot.operations.values()) {
      operations.set(operation.name, toOperation(service, self, slot, operation, own));
    }
    interfaces.set(slot.name, { types: slot.type.lineage, operations });
  }
  return interfaces;
}

function toOperation(
  service: Instantiation,
  self: GraphNode | GraphEdge,
  slot: InterfaceSlot,
  operation: DefinedOperation,
  assigned: InterfaceAssignment | undefined,
): Operation {
  const own = assigned?.operations?.get(operation.name)?.value;
  const implementation = own?.implementation ?? operation.implementation?.definition;
  const inputs = new Map<string, Value>();
  const unit = self.constructor.name === "GraphNode"
    ? (self as GraphNode).template.unit
    : (self as GraphEdge).source.template.unit;
  const put = (name: string, node: YamlNode, from: Unit, schema?: Property["schema"]) => {
    const expression = parseExpression(node, service.model.report);
    const scope = service.scopeOf(self, from);
    const found = expression && evaluate(expression, scope, schema);
    const label = `input "${name}" of operation "${slot.name}.${operation.name}" of ${self.label}`;
    const value = found && schema ? conform(found, schema, scope, label) : found;
    if (value) inputs.set(name, toValue(value));
  };
  for (const parameter of [...slot.inputs.values(), ...operation.inputs.values()]) {
    const sited = parameter.fixed ?? parameter.default;
    if (sited) put(parameter.name, sited.node, sited.unit, parameter.schema);
  }
  const schemaOf = (name: string) => (operation.inputs.get(name) ?? slot.inputs.get(name))?.schema;
  for (
    const { name, value } of [...assigned?.inputs?.values() ?? [], ...own?.inputs?.values() ?? []]
  ) {
    put(name, value, unit, schemaOf(name));
  }
  return {
    ...(implementation ? { implementation: toImplementation(implementation, unit) } : {}),
    inputs,
  };
}

function toImplementation(
  definition: ImplementationDefinition,
  unit: Unit,
): NonNullable<Operation["implementation"]> {
  const nameOf = (each: NonNullable<ImplementationDefinition["primary"]>) =>
    "at" in each ? filePath(each, unit) : each.value;
  return {
    ...(definition.primary ? { primary: nameOf(definition.primary) } : {}),
    dependencies: (definition.dependencies ?? []).map(nameOf),
  };
}

function groupsOf(service: Instantiation): Group[] {
  const { model, unit, definition } = service.parts;
  return [...definition.groups?.values() ?? []].map(({ name, value }) => {
    const label = `group "${name}"`;
    const type = value.type &&
      model.type("group_types", unit, value.type, label) as GroupType | undefined;
    return {
      name,
      types: type?.lineage ?? [],
      properties: type
        ? propertiesOf(service, type.properties, value.properties, label)
        : new Map(),
      members: (value.members ?? []).map((each) => each.value),
    };
  });
}

function policiesOf(service: Instantiation): Policy[] {
  const { model, unit, definition } = service.parts;
  return (definition.policies ?? []).map(({ name, key, value }) => {
    const label = `policy "${name}"`;
    const type = value.type &&
      model.type("policy_types", unit, value.type, label) as PolicyType | undefined;
    const triggers = new Map([...type?.triggers ?? [], ...value.triggers ?? []]);
    return {
      name,
      types: type?.lineage ?? [],
      properties: type
        ? propertiesOf(service, type.properties, value.properties, label)
        : new Map(),
      targets: (value.targets ?? []).map((each) => each.value),
      ...(triggers.size > 0 ? { triggers: toTriggers(triggers.values(), model.report) } : {}),
      source: positionOf(key),
    };
  });
}

function propertiesOf(
  service: Instantiation,
  defined: ReadonlyMap<string, Property>,
  assigned: Entries<YamlNode> | undefined,
  label: string,
): ValueMap {
  return valuesOf(slotsOf(defined, assigned, service.scopeOf(undefined), { label }, "property"));
}
