import { must } from "./must.ts";

/** A service template of the shared types: line 8 is the first of `text`. */
const service = (text: string) => `$BASE\nservice_template:\n${text}`;
const machine = "    machine: { type: Machine }\n";
const nodes = (text: string) => service(`  node_templates:\n${machine}${text}`);
const program = (host: string) =>
  nodes(`    program: { type: Program, requirements: [ host: ${host} ] }\n`);

must(55, "no node templates", {
  bad: service("  inputs: {}\n"),
  finds: "TOSCA_KEYNAME_MISSING",
  good: service("  node_templates: {}\n"),
});
must(56, "unknown types of templates", {
  bad: nodes("    a: { type: Machin }\n"),
  finds: "TOSCA_TYPE_UNKNOWN 10",
  good: nodes(""),
}, {
  bad: nodes("") + "  groups: { g: { type: G } }\n",
  finds: "TOSCA_TYPE_UNKNOWN 10",
  good: nodes(""),
});
must(57, "an unknown directive", {
  bad: nodes("    a: { type: Machine, directives: [ selct ] }\n"),
  finds: "TOSCA_DIRECTIVE 10",
  good: nodes("    a: { type: Machine, directives: [ select, create ] }\n"),
}, {
  bad: nodes("    a: { type: Machine, node_filter: true }\n"),
  finds: "TOSCA_DIRECTIVE warning",
  good: nodes("    a: { type: Machine, directives: [ select ], node_filter: true }\n"),
});
must(58, "a count that is none", {
  bad: nodes("    a: { type: Machine, count: -1 }\n"),
  finds: "TOSCA_COUNT 10",
  good: nodes("    a: { type: Machine, count: 0 }\n"),
}, {
  bad: nodes("    a: { type: Machine, count: 1.5 }\n"),
  finds: "TOSCA_VALUE_TYPE 10",
  good: nodes("    a: { type: Machine, count: { $sum: [ 1, 2 ] } }\n"),
});
must(59, "a copy without source, of itself, or of a copy", {
  bad: nodes("    a: { type: Machine, copy: b }\n"),
  finds: "TOSCA_COPY 10",
  good: nodes("    a: { type: Machine, copy: machine }\n"),
}, {
  bad: nodes("    a: { type: Machine, copy: a }\n"),
  finds: "TOSCA_COPY 10",
  good: nodes("    a: { type: Machine, copy: machine, properties: { name: x } }\n"),
});
must(
  60,
  "an assignment of what is not defined",
  {
    bad: nodes("    a: { type: Machine, properties: { nam: x } }\n"),
    finds: "TOSCA_UNDEFINED 10",
    good: nodes("    a: { type: Machine, properties: { name: x } }\n"),
  },
  {
    bad: nodes("    a: { type: Machine, attributes: { x: x } }\n"),
    finds: "TOSCA_UNDEFINED 10",
    good: nodes("    a: { type: Machine, attributes: { address: x } }\n"),
  },
  {
    bad: nodes("    a: { type: Machine, capabilities: { x: {} } }\n"),
    finds: "TOSCA_UNDEFINED 10",
    good: nodes("    a: { type: Machine, capabilities: { host: {} } }\n"),
  },
  {
    bad: nodes("    a: { type: Machine, requirements: [ x: machine ] }\n"),
    finds: "TOSCA_UNDEFINED 10",
    good: program("machine"),
  },
  {
    bad: nodes("    a: { type: Program, interfaces: { lif: {} } }\n"),
    finds: "TOSCA_UNDEFINED 10",
    good: nodes("    a: { type: Program, interfaces: { life: { inputs: { more: 1 } } } }\n"),
  },
  {
    bad: nodes("    a: { type: Program, interfaces: { life: { operations: { stop: {} } } } }\n"),
    finds: "TOSCA_OPERATION_UNKNOWN 10",
    good: nodes(
      "    a: { type: Program, interfaces: { life: { operations: { start: { inputs: { speed: 1 } } } } } }\n",
    ),
  },
);
must(61, "a value of another type", {
  bad: nodes("    a: { type: Machine, properties: { size: 1.0 } }\n"),
  finds: "TOSCA_VALUE_TYPE 10",
  good: nodes("    a: { type: Machine, properties: { size: 1 } }\n"),
}, {
  bad: nodes("    a: { type: Machine, properties: { name: 1 } }\n"),
  finds: "TOSCA_VALUE_TYPE 10",
  good: nodes('    a: { type: Machine, properties: { name: "1" } }\n'),
}, {
  // The long notation of earlier TOSCA.
  bad: nodes("    a: { type: Machine, attributes: { address: { description: d, value: x } } }\n"),
  finds: "TOSCA_KEYNAME_DRAFT warning",
  good: nodes("    a: { type: Machine, attributes: { address: x } }\n"),
}, {
  bad: nodes("    a: { type: Machine, attributes: { address: { d: x } } }\n"),
  finds: "TOSCA_VALUE_TYPE 10",
  good: nodes("    a: { type: Machine, attributes: { address: x } }\n"),
});
const complex = (value: string) =>
  `data_types: { P: { properties: { x: { type: integer }, y: { type: integer, default: 1 } } } }\nnode_types: { A: { properties: { l: { type: list, entry_schema: P } } } }\nservice_template: { node_templates: { a: { type: A, properties: { l: ${value} } } } }\n`;
must(62, "entries of another type, unknown and missing fields", {
  bad: complex("[ { x: a } ]"),
  finds: "TOSCA_VALUE_TYPE 4",
  good: complex("[ { x: 1 } ]"),
}, {
  bad: complex("[ { x: 1, z: 1 } ]"),
  finds: "TOSCA_UNDEFINED 4",
  good: complex("[ { x: 1, y: 2 } ]"),
}, { bad: complex("[ { y: 1 } ]"), finds: "TOSCA_PROPERTY_MISSING 4", good: complex("[]") });
const typed = (type: string, value: string) =>
  `data_types: { Size: { derived_from: scalar, data_type: integer, units: { B: 1, kB: 1000 } } }\nnode_types: { A: { properties: { p: { type: ${type} } } } }\nservice_template: { node_templates: { a: { type: A, properties: { p: ${value} } } } }\n`;
must(
  63,
  "malformed values of the primitive types",
  {
    bad: typed("integer", "9223372036854775808"),
    finds: "TOSCA_VALUE_TYPE 4",
    good: typed("integer", "-9223372036854775808"),
  },
  { bad: typed("bytes", "a!"), finds: "TOSCA_VALUE_TYPE 4", good: typed("bytes", "aGk=") },
  {
    bad: typed("timestamp", "today"),
    finds: "TOSCA_VALUE_TYPE 4",
    good: typed("timestamp", "2025-07-22T10:00:00.5-00:00"),
  },
  { bad: typed("version", "1.10"), finds: "TOSCA_VALUE_TYPE 4", good: typed("version", '"1.10"') },
  { bad: typed("Size", "4"), finds: "TOSCA_VALUE_TYPE 4", good: typed("Size", "4 kB") },
  { bad: typed("Size", "4kB"), finds: "TOSCA_VALUE_TYPE 4", good: typed("Size", "0x10 B") },
  { bad: typed("Size", "4 KB"), finds: "TOSCA_VALUE_TYPE 4", good: typed("Size", "4   kB") },
  { bad: typed("boolean", "True"), finds: "TOSCA_VALUE_TYPE 4", good: typed("boolean", "true") },
);
must(64, "a value that fails validation", {
  bad:
    "node_types: { A: { properties: { p: { type: integer, validation: { $less_than: [ $value, 5 ] } } } } }\nservice_template: { node_templates: { a: { type: A, properties: { p: 5 } } } }\n",
  finds: "TOSCA_VALIDATION 3",
  good:
    "node_types: { A: { properties: { p: { type: integer, validation: { $less_than: [ $value, 5 ] } } } } }\nservice_template: { node_templates: { a: { type: A, properties: { p: 4 } } } }\n",
});
must(65, "a required property without value", {
  bad:
    "node_types: { A: { properties: { p: { type: integer } } } }\nservice_template: { node_templates: { a: { type: A } } }\n",
  finds: "TOSCA_PROPERTY_MISSING 3",
  good:
    "node_types: { A: { properties: { p: { type: integer, required: false } } } }\nservice_template: { node_templates: { a: { type: A } } }\n",
});
must(66, "nil unassigned, or anything but null", {
  bad: typed("nil", "0"),
  finds: "TOSCA_VALUE_TYPE 4",
  good: typed("nil", "null"),
}, {
  bad:
    "node_types: { A: { properties: { p: { type: nil } } } }\nservice_template: { node_templates: { a: { type: A } } }\n",
  finds: "TOSCA_PROPERTY_MISSING 3",
  good: typed("nil", "~"),
});
must(67, "a relationship that is no type and no template", {
  bad: program("{ node: machine, relationship: Hosted }"),
  finds: "TOSCA_RELATIONSHIP_UNKNOWN 10",
  good: program("{ node: machine, relationship: r }") +
    "  relationship_templates: { r: { type: HostedOn } }\n",
});
must(68, "a target that does not fit", {
  bad: program("program"),
  finds: "TOSCA_TARGET 10",
  good: program("machine"),
}, {
  bad: program("{ node: machine, relationship: LinksTo }"),
  finds: "TOSCA_TARGET 10",
  good: program("{ node: machine, relationship: { type: HostedOn, properties: { rank: 1 } } }"),
});
must(69, "a pair with a wrong index or template", {
  bad: program("[ machin, 0 ]"),
  finds: "TOSCA_TARGET 10",
  good: program("[ machine, 0 ]"),
}, {
  bad: program("[ machine, -1 ]"),
  finds: "TOSCA_TARGET 10",
  good: program("[ machine, $node_index ]"),
});
const two = (capability: string) =>
  `capability_types: { C: {} }\nrelationship_types: { R: {} }\nnode_types: { T: { capabilities: { c: C, d: C } }, A: { requirements: [ r: { capability: C, relationship: R } ] } }\nservice_template:\n  node_templates:\n    t: { type: T }\n    a: { type: A, requirements: [ r: { node: t${capability} } ] }\n`;
must(70, "a target with several capabilities that fit", {
  bad: two(""),
  finds: "TOSCA_TARGET_AMBIGUOUS 8",
  good: two(", capability: d"),
});
const ranged = (text: string) =>
  `capability_types: { C: {} }\nrelationship_types: { R: {} }\nnode_types: { T: { capabilities: { c: C } }, A: { requirements: [ r: { capability: C, relationship: R, count_range: [ 1, 2 ] } ] } }\nservice_template:\n  node_templates:\n    t: { type: T, count: 3 }\n    a: { type: A, requirements: [ ${text} ] }\n`;
must(71, "a number of assignments outside of the range", {
  bad: ranged("r: { node: t, count: 3 }"),
  finds: "TOSCA_REQUIREMENT_COUNT 8",
  good: ranged("r: { node: t, count: 2 }"),
}, {
  bad: ranged("r: { node: t, optional: true }"),
  finds: "TOSCA_REQUIREMENT_COUNT 8",
  good: ranged("r: t, r: { node: t, optional: true }"),
});
must(72, "an allocation of what cannot be allocated", {
  bad: program("{ node: machine, allocation: { cores: 1 } }"),
  finds: "TOSCA_ALLOCATION 10",
  good: program("{ node: machine, allocation: { slots: 1 } }"),
});
const grouped = (text: string) =>
  nodes("    program: { type: Program }\n").replace(
    "service_template:",
    "group_types: { G: { members: [ Machine ] } }\npolicy_types: { P: { targets: [ Machine ] } }\nservice_template:",
  ) + text;
must(73, "members and targets that do not fit", {
  bad: grouped("  groups: { g: { type: G, members: [ program ] } }\n"),
  finds: "TOSCA_GROUP 13",
  good: grouped("  groups: { g: { type: G, members: [ machine ] } }\n"),
}, {
  bad: grouped("  policies: [ p: { type: P, targets: [ nothing ] } ]\n"),
  finds: "TOSCA_GROUP 13",
  good: grouped("  policies: [ p: { type: P, targets: [ machine ] } ]\n"),
});
const flow = (text: string) =>
  nodes("    program: { type: Program }\n") + `  workflows:\n    w: ${text}\n`;
const step = (text: string) => flow(`{ steps: { s: ${text} } }`);
must(
  74,
  "a workflow that cannot run",
  {
    bad: step("{ target: nothing, activities: [] }"),
    finds: "TOSCA_WORKFLOW 12",
    good: step("{ target: program, activities: [] }"),
  },
  {
    bad: step("{ target: program, activities: [ call_operation: life.stop ] }"),
    finds: "TOSCA_WORKFLOW 12",
    good: step(
      "{ target: program, activities: [ call_operation: { operation: life.start, inputs: { speed: 1 } } ] }",
    ),
  },
  {
    bad: step("{ target: program, activities: [ { set_state: a, delegate: b } ] }"),
    finds: "TOSCA_WORKFLOW 12",
    good: step("{ target: program, activities: [ set_state: a, delegate: b ] }"),
  },
  {
    bad: step("{ target: program, activities: [], on_success: [ s ] }"),
    finds: "TOSCA_WORKFLOW 12",
    good: flow(
      "{ steps: { s: { target: program, activities: [], on_success: [ t ] }, t: { target: program, activities: [] } } }",
    ),
  },
  {
    bad: step("{ target: program, target_relationship: hots, activities: [] }"),
    finds: "TOSCA_WORKFLOW 12",
    good: step("{ target: program, target_relationship: host, activities: [] }"),
  },
  {
    bad: step("{ target: program, activities: [ inline: x ] }"),
    finds: "TOSCA_WORKFLOW 12",
    good: step("{ target: program, activities: [ set_state: x ] }"),
  },
);
must(75, "a call without its mandatory input", {
  bad: step("{ target: program, activities: [ call_operation: life.start ] }"),
  finds: "TOSCA_WORKFLOW 12",
  good: step(
    "{ target: program, activities: [ call_operation: { operation: life.start, inputs: { speed: 2 } } ] }",
  ),
});
must(76, "an output of what does not exist", {
  bad: nodes("") + "  outputs: { o: { value: { $get_property: [ machine, nam ] } } }\n",
  finds: "TOSCA_PATH 10",
  good: nodes("") + "  outputs: { o: { value: { $get_property: [ machine, name ] } } }\n",
});
const input =
  "service_template: { inputs: { a: { type: integer, validation: { $less_than: [ $value, 5 ] } } }, node_templates: {} }\n";
must(
  77,
  "input values that are missing, unknown or wrong",
  { bad: input, finds: "TOSCA_INPUT 2", good: input, goodInputs: { a: 1 } },
  {
    bad: "service_template: { node_templates: {} }\n",
    inputs: { b: 1 },
    finds: "TOSCA_INPUT",
    good: input,
    goodInputs: { a: 1 },
  },
  { bad: input, inputs: { a: "x" }, finds: "TOSCA_VALUE_TYPE", good: input, goodInputs: { a: 1 } },
  { bad: input, inputs: { a: 7 }, finds: "TOSCA_VALIDATION", good: input, goodInputs: { a: 4 } },
);
