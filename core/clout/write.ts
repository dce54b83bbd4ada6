import { Float, type Json, type JsonObject } from "../base/mod.ts";
import type {
  Activity,
  Artifact,
  Capability,
  Clout,
  Edge,
  Group,
  Interface,
  Operation,
  Policy,
  Substitution,
  Vertex,
  Workflow,
} from "./model.ts";
import { Call, Scalar, type Value, type ValueMap } from "./value.ts";

/** The format of a written graph. */
export const cloutFormat = 1;

export interface CloutWriteOptions {
  /** Leaves out where in the template each part comes from. */
  readonly withoutSources?: boolean;
}

/**
 * Returns a graph as JSON; `jsonToClout` gives back an equal one.
 *
 * What is empty is left out. What JSON cannot say is an object with one `$` key, and a map's own key that begins with
 * `$` gets another `$` in front (as in TOSCA 2.0, section 10.1):
 *
 *     1                                the integer 1 (a number without fraction is an integer)
 *     1.5                              a float
 *     {"$.float": "1.0"}               a float that JSON would take for an integer, or none at all
 *     {"$.integer": "9007199254740993"}  an integer beyond 2^53
 *     {"$.scalar": [10, "s"]}          a number with its unit
 *     {"$get_attribute": ["web", "pid"]}  a call
 *     {"$.map": [["2", …], ["10", …]]} a map whose order an object would not keep
 */
export function cloutToJson(clout: Clout, options: CloutWriteOptions = {}): JsonObject {
  const { service } = clout;
  return compact({
    format: cloutFormat,
    description: service.description,
    metadata: valueMapToJson(service.metadata),
    inputs: valueMapToJson(service.inputs),
    outputs: valueMapToJson(service.outputs),
    groups: service.groups.map(groupToJson),
    policies: service.policies.map((each) => policyToJson(each, options)),
    workflows: service.workflows?.map(workflowToJson),
    vertexes: [...clout.vertexes.values()].map((vertex) => vertexToJson(vertex, options)),
  });
}

/** Returns a graph as text, the same bytes for equal graphs. It is JSON, and so YAML too. */
export function writeClout(clout: Clout, options: CloutWriteOptions = {}): string {
  return `${JSON.stringify(cloutToJson(clout, options), undefined, 2)}\n`;
}

/** Returns one value as JSON, in the form that `cloutToJson` describes. */
export function valueToJson(value: Value): Json {
  if (typeof value === "bigint") return integerToJson(value);
  if (value instanceof Float) return floatToJson(value);
  if (value instanceof Scalar) {
    return { "$.scalar": [valueToJson(value.number), value.unit] };
  }
  if (value instanceof Call) return { [`$${value.name}`]: value.args.map(valueToJson) };
  if (Array.isArray(value)) return value.map(valueToJson);
  if (value instanceof Map) return valueMapToJson(value);
  return value as null | boolean | string;
}

/** Returns a map of values as JSON, in the form that `cloutToJson` describes. */
export function valueMapToJson(map: ValueMap): JsonObject {
  return mapToJson(map, valueToJson);
}

/** Returns one vertex with its edges as JSON. */
export function vertexToJson(vertex: Vertex, options: CloutWriteOptions = {}): JsonObject {
  return compact({
    id: vertex.id,
    name: vertex.name,
    index: vertex.index,
    count: vertex.count,
    types: vertex.types,
    metadata: valueMapToJson(vertex.metadata),
    properties: valueMapToJson(vertex.properties),
    attributes: valueMapToJson(vertex.attributes),
    capabilities: mapToJson(vertex.capabilities, capabilityToJson),
    artifacts: mapToJson(vertex.artifacts, artifactToJson),
    interfaces: mapToJson(vertex.interfaces, interfaceToJson),
    edges: vertex.edges.map((edge) => edgeToJson(edge, options)),
    substitution: vertex.substitution && substitutionToJson(vertex.substitution, options),
    source: sourceToJson(vertex, options),
  });
}

function substitutionToJson(it: Substitution, options: CloutWriteOptions): JsonObject {
  return compact({
    template: it.template,
    service: it.service && cloutToJson(it.service, options),
    capabilities: mapToJson(it.capabilities, ({ vertex, capability }) => ({ vertex, capability })),
  });
}

function edgeToJson(edge: Edge, options: CloutWriteOptions): JsonObject {
  return compact({
    name: edge.name,
    index: edge.index,
    types: edge.types,
    metadata: valueMapToJson(edge.metadata),
    target: edge.target,
    capability: edge.capability,
    properties: valueMapToJson(edge.properties),
    attributes: valueMapToJson(edge.attributes),
    interfaces: mapToJson(edge.interfaces, interfaceToJson),
    allocation: valueMapToJson(edge.allocation),
    filter: edge.filter === undefined ? undefined : valueToJson(edge.filter),
    source: sourceToJson(edge, options),
  });
}

function capabilityToJson(capability: Capability): JsonObject {
  return compact({
    types: capability.types,
    properties: valueMapToJson(capability.properties),
    attributes: valueMapToJson(capability.attributes),
  });
}

function artifactToJson(artifact: Artifact): JsonObject {
  return compact({
    types: artifact.types,
    file: artifact.file,
    properties: valueMapToJson(artifact.properties),
    checksum: artifact.checksum && { ...artifact.checksum },
  });
}

function interfaceToJson(it: Interface): JsonObject {
  return compact({
    types: it.types,
    operations: mapToJson(it.operations, operationToJson),
  });
}

/** An implementation that says nothing is still one: it stays, empty. */
function operationToJson({ implementation, inputs }: Operation): JsonObject {
  const rest = compact({ inputs: valueMapToJson(inputs) });
  if (!implementation) return rest;
  const { primary, dependencies } = implementation;
  return { implementation: compact({ primary, dependencies }), ...rest };
}

function groupToJson(group: Group): JsonObject {
  return compact({ ...group, properties: valueMapToJson(group.properties) });
}

function policyToJson(policy: Policy, options: CloutWriteOptions): JsonObject {
  const { name, types, properties, targets, triggers } = policy;
  return compact({
    name,
    types,
    properties: valueMapToJson(properties),
    targets,
    triggers: triggers?.map(({ name, event, condition, action }) =>
      compact({
        name,
        event,
        condition: condition === undefined ? undefined : valueToJson(condition),
        action: action.map(activityToJson),
      })
    ),
    source: sourceToJson(policy, options),
  });
}

function workflowToJson(it: Workflow): JsonObject {
  return compact({
    name: it.name,
    description: it.description,
    inputs: valueMapToJson(it.inputs),
    precondition: it.precondition === undefined ? undefined : valueToJson(it.precondition),
    steps: it.steps.map((step) =>
      compact({
        name: step.name,
        target: step.target,
        requirement: step.requirement,
        filter: step.filter === undefined ? undefined : valueToJson(step.filter),
        activities: step.activities.map(activityToJson),
        onSuccess: step.onSuccess,
        onFailure: step.onFailure,
      })
    ),
    implementation: it.implementation,
  });
}

function activityToJson({ kind, name, inputs }: Activity): JsonObject {
  return compact({ kind, name, inputs: valueMapToJson(inputs) });
}

function sourceToJson({ source }: Vertex | Edge | Policy, options: CloutWriteOptions) {
  return options.withoutSources || !source ? undefined : compact({ ...source });
}

function integerToJson(value: bigint): Json {
  const number = Number(value);
  return Number.isSafeInteger(number) ? number : { "$.integer": value.toString() };
}

function floatToJson(float: Float): Json {
  const { value } = float;
  return Number.isFinite(value) && !Number.isInteger(value)
    ? value
    : { "$.float": float.toString() };
}

/** Objects put keys that look like array indexes first, whatever order they were written in. */
function mapToJson<T>(map: ReadonlyMap<string, T>, toJson: (value: T) => Json): JsonObject {
  const keys = [...map.keys()];
  if (keys.some((key) => /^\d+$/.test(key) || key === "__proto__")) {
    return { "$.map": [...map].map(([key, value]) => [key, toJson(value)]) };
  }
  return Object.fromEntries(
    [...map].map(([key, value]) => [key.startsWith("$") ? `$${key}` : key, toJson(value)]),
  );
}

/** Leaves out what says nothing: absent values, empty lists and maps. */
function compact(parts: Record<string, Json | undefined>): JsonObject {
  return Object.fromEntries(
    Object.entries(parts).filter((entry): entry is [string, Json] => !isEmpty(entry[1])),
  );
}

function isEmpty(value: Json | undefined): boolean {
  if (value === undefined) return true;
  if (Array.isArray(value)) return value.length === 0;
  return typeof value === "object" && value !== null && Object.keys(value).length === 0;
}
