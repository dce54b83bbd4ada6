import type { Float } from "../../base/mod.ts";
import {
  type Activity,
  type Artifact,
  Call,
  type Capability,
  type Clout,
  type Edge,
  type Group,
  type Interface,
  type Policy,
  readGraphCall,
  Scalar,
  type Value,
  type ValueMap,
  type Vertex,
  type Workflow,
} from "../../clout/mod.ts";
import type { Writable } from "../../yaml/mod.ts";

/** A map that is written in the order of its keys. */
type Tree = { readonly [key: string]: Writable };

/**
 * Returns a Clout of version 1.0 as Puccini writes it, for tools that read those: every value wrapped (`$primitive`,
 * `$list`, `$map`, `$functionCall`), types as maps by name, relationships as `edgesOut`.
 *
 * Identifiers are ours, so that the same template gives the same text.
 */
export function toPucciniClout(clout: Clout): Tree {
  const { service, vertexes } = clout;
  return {
    version: "1.0",
    metadata: { puccini: { version: "1.0", scriptlets: {} } },
    properties: {
      tosca: {
        description: service.description ?? "",
        metadata: plainMap(service.metadata),
        inputs: wrapMap(service.inputs),
        outputs: wrapMap(service.outputs),
      },
    },
    vertexes: Object.fromEntries([
      ...[...vertexes.values()].map((each) => [each.id, nodeTemplate(each)]),
      ...service.groups.map((each) => [`group:${each.name}`, {
        metadata: kind("Group"),
        properties: { ...namedParts(each), interfaces: {} },
        edgesOut: membersOf(clout, each.members, "Member"),
      }]),
      ...(service.workflows ?? []).flatMap((each) => workflowVertexes(clout, each)),
      ...service.policies.map((each) => [`policy:${each.name}`, {
        metadata: kind("Policy"),
        properties: namedParts(each),
        edgesOut: [
          ...membersOf(clout, each.targets, "NodeTemplateTarget"),
          ...groupsOf(clout, each.targets),
          ...triggeredBy(each),
        ],
      }]),
    ]),
  };
}

function namedParts({ name, types, properties }: Group | Policy): Tree {
  return {
    name,
    metadata: {},
    description: "",
    types: typeMap(types),
    properties: wrapMap(properties),
  };
}

/** A workflow, its steps and their activities are vertexes, each with edges to what it leads to. */
function workflowVertexes(clout: Clout, { name, description, steps }: Workflow): [string, Tree][] {
  const stepId = (step: string) => `workflow:${name}.${step}`;
  return [
    [`workflow:${name}`, {
      metadata: kind("Workflow"),
      properties: { name, description: description ?? "" },
      edgesOut: steps.map((step) => edgeTo(stepId(step.name), "WorkflowStep")),
    }],
    ...steps.flatMap((step): [string, Tree][] => [
      [stepId(step.name), {
        metadata: kind("WorkflowStep"),
        properties: { name: step.name },
        edgesOut: [
          ...membersOf(clout, [step.target], "NodeTemplateTarget"),
          ...groupsOf(clout, [step.target]),
          ...step.activities.map((_, sequence) =>
            edgeTo(`${stepId(step.name)}.${sequence}`, "WorkflowActivity", { sequence })
          ),
          ...step.onSuccess.map((each) => edgeTo(stepId(each), "OnSuccess")),
          ...step.onFailure.map((each) => edgeTo(stepId(each), "OnFailure")),
        ],
      }],
      ...step.activities.map((each, sequence): [string, Tree] => [
        `${stepId(step.name)}.${sequence}`,
        activity(each),
      ]),
    ]),
  ];
}

function activity({ kind: what, name, inputs }: Activity): Tree {
  const metadata = kind("WorkflowActivity");
  if (what === "set_state") return { metadata, properties: { setNodeState: name }, edgesOut: [] };
  if (what === "call_operation") {
    const dot = name.lastIndexOf(".");
    const callOperation = {
      interface: name.slice(0, dot),
      operation: name.slice(dot + 1),
      inputs: wrapMap(inputs),
    };
    return { metadata, properties: { callOperation }, edgesOut: [] };
  }
  const edgeKind = what === "inline" ? "InlineWorkflow" : "DelegateWorkflow";
  return { metadata, properties: {}, edgesOut: [edgeTo(`workflow:${name}`, edgeKind)] };
}

/** Puccini knows triggers that lead to a workflow. */
function triggeredBy({ triggers }: Policy): Tree[] {
  return (triggers ?? []).flatMap(({ action }) =>
    action.filter((each) => each.kind === "inline").map(({ name }) =>
      edgeTo(`workflow:${name}`, "PolicyTriggerWorkflow")
    )
  );
}

function groupsOf(clout: Clout, names: readonly string[]): Tree[] {
  return clout.service.groups.filter(({ name }) => names.includes(name))
    .map(({ name }) => edgeTo(`group:${name}`, "GroupTarget"));
}

function edgeTo(targetID: string, edgeKind: string, properties: Tree = {}): Tree {
  return { metadata: kind(edgeKind), properties, targetID };
}

function nodeTemplate(vertex: Vertex): Tree {
  return {
    metadata: kind("NodeTemplate"),
    properties: {
      name: vertex.name,
      description: "",
      metadata: plainMap(vertex.metadata),
      types: typeMap(vertex.types),
      directives: [],
      properties: wrapMap(vertex.properties),
      attributes: wrapMap(vertex.attributes),
      requirements: vertex.edges.map(requirement),
      capabilities: fromMap(vertex.capabilities, capability),
      interfaces: fromMap(vertex.interfaces, interfaceOf),
      artifacts: fromMap(vertex.artifacts, artifact),
    },
    edgesOut: vertex.edges.map(relationship),
  };
}

function requirement(edge: Edge): Tree {
  return {
    name: edge.name,
    nodeTemplateName: edge.target,
    capabilityName: edge.capability,
    relationship: relationshipParts(edge),
  };
}

function relationship(edge: Edge): Tree {
  return {
    metadata: kind("Relationship"),
    properties: { name: edge.name, capability: edge.capability, ...relationshipParts(edge) },
    targetID: edge.target,
  };
}

function relationshipParts(edge: Edge): Tree {
  return {
    description: "",
    types: typeMap(edge.types),
    properties: wrapMap(edge.properties),
    attributes: wrapMap(edge.attributes),
    interfaces: fromMap(edge.interfaces, interfaceOf),
  };
}

function capability(each: Capability): Tree {
  return {
    description: "",
    types: typeMap(each.types),
    properties: wrapMap(each.properties),
    attributes: wrapMap(each.attributes),
    minRelationshipCount: 0,
    maxRelationshipCount: -1,
  };
}

function interfaceOf(each: Interface): Tree {
  return {
    description: "",
    types: typeMap(each.types),
    inputs: {},
    operations: fromMap(each.operations, (operation) => ({
      description: "",
      implementation: operation.implementation?.primary ?? "",
      dependencies: operation.implementation?.dependencies ?? [],
      inputs: wrapMap(operation.inputs),
      outputs: {},
    })),
    notifications: {},
  };
}

function artifact(each: Artifact): Tree {
  return {
    description: "",
    types: typeMap(each.types),
    properties: wrapMap(each.properties),
    filename: each.file.split("/").at(-1) ?? "",
    sourceURL: each.file,
    ...(each.checksum
      ? { checksumAlgorithm: each.checksum.algorithm, checksum: each.checksum.value }
      : {}),
  };
}

function membersOf(clout: Clout, names: readonly string[], edgeKind: string): Tree[] {
  return [...clout.vertexes.values()].filter((each) => names.includes(each.name))
    .map(({ id }) => edgeTo(id, edgeKind));
}

function kind(name: string): Tree {
  return { puccini: { version: "1.0", kind: name } };
}

function typeMap(types: readonly string[]): Tree {
  return Object.fromEntries(types.map((each) => [each, { description: "", metadata: {} }]));
}

function fromMap<T>(map: ReadonlyMap<string, T>, write: (each: T) => Writable): Tree {
  return Object.fromEntries([...map].map(([name, each]) => [name, write(each)]));
}

function wrapMap(values: ValueMap): Tree {
  return fromMap(values, wrap);
}

function wrap(value: Value): Writable {
  if (value instanceof Call) {
    // A path is the first arguments there, one by one, and not a list of its own.
    const isGraphCall = Array.isArray(value.args[0]) && readGraphCall(value) !== undefined;
    const args = isGraphCall ? (value.args as readonly Value[]).flat() as Value[] : value.args;
    return {
      $functionCall: { name: `tosca.function.${value.name}`, arguments: args.map(wrap) },
    };
  }
  if (value instanceof Scalar) {
    return {
      $primitive: { $number: value.number, $unit: value.unit, $string: value.toString() },
    };
  }
  if (Array.isArray(value)) return { $list: value.map(wrap) };
  if (value instanceof Map) {
    return {
      $map: [...value].map(([key, each]) => ({ $key: { $primitive: key }, ...wrap(each) as Tree })),
    };
  }
  return { $primitive: value as Float | string | bigint | boolean | null };
}

function plainMap(values: ValueMap): Tree {
  return fromMap(values, plain);
}

function plain(value: Value): Writable {
  if (Array.isArray(value)) return value.map(plain);
  if (value instanceof Map) return plainMap(value);
  return value instanceof Call || value instanceof Scalar ? String(value) : value as Writable;
}
