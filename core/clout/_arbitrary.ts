/** Graphs for property tests: any that the model allows, small. */
import fc from "fast-check";
import { Float } from "../base/mod.ts";
import type { Clout, Edge, Vertex } from "./model.ts";
import { Call, Scalar, type Value, type ValueMap } from "./value.ts";

const name = fc.stringMatching(/^[a-z][a-z0-9_]{0,5}$/);
const key = fc.oneof(
  name,
  fc.constantFrom("$", "$$x", "$get_input", "10", "2", "__proto__", "é ö"),
);
const float = fc.double().map((each) => new Float(each));
const types = fc.array(name.map((each) => `org.khutulun:1.0::${each}`), {
  minLength: 1,
  maxLength: 2,
});

/** Records as object literals make them. */
const record: typeof fc.record = (model: object, options: object = {}) =>
  fc.record(model as never, { ...options, noNullPrototype: true } as never) as never;

/** Any value, calls included. */
export function arbitraryValue(): fc.Arbitrary<Value> {
  const { value } = fc.letrec<{ value: Value }>((tie) => ({
    value: fc.oneof(
      { maxDepth: 3 },
      fc.oneof(
        fc.constant(null),
        fc.boolean(),
        fc.bigInt(),
        float,
        fc.string(),
        name.map((each) => `$${each}`),
        fc.tuple(fc.oneof(fc.bigInt(), float), name).map(([n, unit]) => new Scalar(n, unit)),
      ) as fc.Arbitrary<Value>,
      fc.array(tie("value"), { maxLength: 3 }),
      mapOf(tie("value")),
      fc.tuple(name, fc.array(tie("value"), { maxLength: 2 }))
        .map(([call, args]) => new Call(call, args)),
    ),
  }));
  return value;
}

/** Any graph: edges lead to vertexes that are there. */
export function arbitraryClout(): fc.Arbitrary<Clout> {
  return fc.uniqueArray(name, { maxLength: 4 }).chain((names) =>
    record({
      service: record({
        description: fc.string(),
        metadata: values(),
        inputs: values(),
        outputs: values(),
        groups: fc.array(
          record({ name, types, properties: values(), members: fc.array(name) }),
          { maxLength: 2 },
        ),
        policies: fc.array(
          record({
            name,
            types,
            properties: values(),
            targets: fc.array(name),
            triggers: triggers(),
            source: source(),
          }, {
            requiredKeys: ["name", "types", "properties", "targets"],
          }),
          { maxLength: 2 },
        ),
        workflows: fc.array(workflow(), { minLength: 1, maxLength: 2 }),
      }, { requiredKeys: ["metadata", "inputs", "outputs", "groups", "policies"] }),
      vertexes: fc.tuple(...names.map((each) => vertex(each, names)))
        .map((all) => new Map(all.map((each) => [each.id, each]))),
    })
  ) as fc.Arbitrary<Clout>;
}

function vertex(id: string, names: readonly string[]): fc.Arbitrary<Vertex> {
  return record({
    id: fc.constant(id),
    name: fc.constant(id),
    index: fc.constant(0),
    count: fc.constant(1),
    types,
    metadata: values(),
    properties: values(),
    attributes: values(),
    capabilities: mapOf(record({ types, properties: values(), attributes: values() })),
    artifacts: mapOf(record({ types, file: fc.string(), properties: values() })),
    interfaces: interfaces(),
    edges: fc.array(edge(names), { maxLength: 3 }).map((edges) =>
      edges.map((each, index) => ({
        ...each,
        index: edges.slice(0, index).filter((other) => other.name === each.name).length,
      }))
    ),
    substitution: substitution(),
    source: source(),
  }, {
    requiredKeys: [
      "id",
      "name",
      "index",
      "count",
      "types",
      "metadata",
      "properties",
      "attributes",
      "capabilities",
      "artifacts",
      "interfaces",
      "edges",
    ],
  }) as fc.Arbitrary<Vertex>;
}

function activity() {
  return record({
    kind: fc.constantFrom("delegate", "inline", "set_state", "call_operation"),
    name,
    inputs: values(),
  });
}

/** A condition is boolean: a call, or what a call would give. */
function condition(): fc.Arbitrary<Value> {
  return fc.oneof(
    fc.boolean(),
    fc.tuple(name, fc.array(arbitraryValue(), { maxLength: 2 }))
      .map(([call, args]) => new Call(call, args)),
  );
}

function triggers() {
  return fc.array(
    record({ name, event: name, condition: condition(), action: fc.array(activity()) }, {
      requiredKeys: ["name", "event", "action"],
    }),
    { minLength: 1, maxLength: 2 },
  );
}

function workflow() {
  const step = record({
    name,
    target: name,
    requirement: name,
    filter: condition(),
    activities: fc.array(activity(), { maxLength: 2 }),
    onSuccess: fc.array(name, { maxLength: 2 }),
    onFailure: fc.array(name, { maxLength: 2 }),
  }, { requiredKeys: ["name", "target", "activities", "onSuccess", "onFailure"] });
  return record({
    name,
    description: fc.string(),
    inputs: values(),
    precondition: condition(),
    steps: fc.array(step, { maxLength: 2 }),
    implementation: name,
  }, { requiredKeys: ["name", "inputs", "steps"] });
}

function substitution() {
  const inner = fc.constant<Clout>({
    service: {
      metadata: new Map(),
      inputs: new Map(),
      outputs: new Map(),
      groups: [],
      policies: [],
    },
    vertexes: new Map(),
  });
  return record({
    template: fc.string(),
    service: inner,
    capabilities: mapOf(record({ vertex: name, capability: name })),
  }, { requiredKeys: ["template", "capabilities"] });
}

function edge(names: readonly string[]): fc.Arbitrary<Edge> {
  return record({
    name: fc.constantFrom("port", "connection"),
    index: fc.constant(0),
    types,
    metadata: values(),
    target: fc.constantFrom(...names),
    capability: name,
    properties: values(),
    attributes: values(),
    interfaces: interfaces(),
    allocation: values(),
    filter: condition(),
  }, {
    requiredKeys: [
      "name",
      "index",
      "types",
      "metadata",
      "target",
      "capability",
      "properties",
      "attributes",
      "interfaces",
      "allocation",
    ],
  }) as fc.Arbitrary<Edge>;
}

function interfaces() {
  const implementation = record({ primary: name, dependencies: fc.array(name) }, {
    requiredKeys: ["dependencies"],
  });
  const operation = record({ implementation, inputs: values() }, { requiredKeys: ["inputs"] });
  return mapOf(record({ types, operations: mapOf(operation) }));
}

function source() {
  return record({ file: name, line: fc.nat(), column: fc.nat() });
}

function values(): fc.Arbitrary<ValueMap> {
  return mapOf(arbitraryValue());
}

function mapOf<T>(value: fc.Arbitrary<T>): fc.Arbitrary<ReadonlyMap<string, T>> {
  return fc.uniqueArray(fc.tuple(key, value), { maxLength: 3, selector: ([each]) => each })
    .map((pairs) => new Map(pairs));
}
