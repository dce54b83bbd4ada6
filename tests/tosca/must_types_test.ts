import { must } from "./must.ts";

must(23, "an unknown parent, or one of another kind", {
  bad: "node_types: { A: { derived_from: B } }\n",
  finds: "TOSCA_TYPE_UNKNOWN 2",
  good: "node_types: { A: { derived_from: B }, B: {} }\n",
}, {
  bad: "capability_types: { B: {} }\nnode_types: { A: { derived_from: B } }\n",
  finds: "TOSCA_TYPE_UNKNOWN 3",
  good: "capability_types: { B: {} }\nnode_types: { B: {}, A: { derived_from: B } }\n",
});
must(24, "types that derive from each other", {
  bad: "node_types:\n  A: { derived_from: B }\n  B: { derived_from: A }\n",
  finds: "TOSCA_TYPE_CYCLE 3",
  good: "node_types:\n  A: { derived_from: B }\n  B: {}\n",
});
must(25, "a type with a reserved name", {
  bad: "data_types: { string: { properties: { a: { type: integer } } } }\n",
  finds: "TOSCA_TYPE_RESERVED 2",
  good: "data_types: { text: { derived_from: string } }\n",
});
must(26, "a malformed version", {
  bad: 'node_types: { A: { version: "1" } }\n',
  finds: "TOSCA_VERSION_FORM 2",
  good: "node_types: { A: { version: 1.0.2.beta-3 } }\n",
});
must(27, "a data type that is nothing", {
  bad: "data_types: { A: {} }\n",
  finds: "TOSCA_DATA_TYPE_FORM 2",
  good: "data_types: { A: { derived_from: string } }\n",
}, {
  bad: "data_types: { A: { properties: {} } }\n",
  finds: "TOSCA_DATA_TYPE_FORM 2",
  good: "data_types: { A: { properties: { a: { type: string } } } }\n",
}, {
  bad: "data_types: { A: { derived_from: string, properties: { a: { type: string } } } }\n",
  finds: "TOSCA_DATA_TYPE_FORM 2",
  good: "data_types: { A: { derived_from: string } }\n",
});
must(28, "schemas where they do not belong, or missing", {
  bad: "node_types: { A: { properties: { a: { type: list } } } }\n",
  finds: "TOSCA_SCHEMA 2",
  good: "node_types: { A: { properties: { a: { type: list, entry_schema: string } } } }\n",
}, {
  bad: "node_types: { A: { properties: { a: { type: string, entry_schema: string } } } }\n",
  finds: "TOSCA_SCHEMA 2",
  good:
    "node_types: { A: { properties: { a: { type: map, entry_schema: { type: list, entry_schema: float } } } } }\n",
}, {
  bad:
    "node_types: { A: { properties: { a: { type: map, key_schema: integer, entry_schema: string } } } }\n",
  finds: "TOSCA_SCHEMA 2",
  good:
    "node_types: { A: { properties: { a: { type: map, key_schema: string, entry_schema: string } } } }\n",
});
must(29, "a data type that contains itself", {
  bad: "data_types: { A: { properties: { a: { type: A } } } }\n",
  finds: "TOSCA_DATA_TYPE_INFINITE 2",
  good:
    "data_types: { A: { properties: { a: { type: A, required: false }, b: { type: list, entry_schema: A } } } }\n",
});
const size =
  "data_types:\n  Size: { derived_from: scalar, data_type: integer, units: { B: 1, kB: 1000 } }\n";
must(
  30,
  "units that do not fit together",
  { bad: "data_types:\n  S: { derived_from: scalar }\n", finds: "TOSCA_SCALAR_TYPE 3", good: size },
  {
    bad: "data_types:\n  S: { derived_from: scalar, units: { B: 2 } }\n",
    finds: "TOSCA_SCALAR_TYPE 3",
    good: size,
  },
  {
    bad:
      "data_types:\n  S: { derived_from: scalar, data_type: integer, units: { B: 1, x: 1.5 } }\n",
    finds: "TOSCA_SCALAR_TYPE 3",
    good: size,
  },
  {
    bad: "data_types:\n  S: { derived_from: scalar, units: { B: 1, C: 1 } }\n",
    finds: "TOSCA_SCALAR_TYPE 3",
    good: "data_types:\n  S: { derived_from: scalar, units: { B: 1, C: 1 }, canonical_unit: C }\n",
  },
  {
    bad:
      "data_types:\n  S: { derived_from: scalar, units: { B: 1, C: 2 }, prefixes: { k: 1000 } }\n",
    finds: "TOSCA_SCALAR_TYPE 3",
    good:
      'data_types:\n  S: { derived_from: scalar, units: { B: 1 }, prefixes: { "": 1, k: 1000 } }\n',
  },
  {
    bad: "data_types:\n  S: { derived_from: scalar, data_type: string, units: { B: 1 } }\n",
    finds: "TOSCA_SCALAR_TYPE 3",
    good: size,
  },
  {
    bad: "node_types: { A: { properties: { a: { type: scalar } } } }\n",
    finds: "TOSCA_SCALAR_TYPE 2",
    good: `${size}node_types: { A: { properties: { a: { type: Size } } } }\n`,
  },
);
must(31, "a scalar type that changes what it derives from", {
  bad: `${size}  T: { derived_from: Size, data_type: float }\n`,
  finds: "TOSCA_SCALAR_TYPE 4",
  good: `${size}  T: { derived_from: Size, units: { MB: 1000000 } }\n`,
}, {
  bad: `${size}  T: { derived_from: Size, units: { kB: 1024 } }\n`,
  finds: "TOSCA_SCALAR_TYPE 4",
  good: `${size}  T: { derived_from: Size }\n`,
});
must(32, "a validation clause that does not apply", {
  bad:
    "data_types: { A: { derived_from: integer, validation: { $less_than: [ { $length: [ $value ] }, 3 ] } } }\n",
  finds: "TOSCA_ARGUMENTS 2",
  good:
    "data_types: { A: { derived_from: string, validation: { $less_than: [ { $length: [ $value ] }, 3 ] } } }\n",
}, {
  bad: "data_types: { A: { derived_from: string, validation: { $length: [ $value ] } } }\n",
  finds: "TOSCA_VALUE_TYPE 2",
  good: "data_types: { A: { derived_from: string, validation: true } }\n",
});
must(33, "a refinement to a type that does not derive", {
  bad:
    "node_types: { A: { properties: { p: { type: integer } } }, B: { derived_from: A, properties: { p: { type: string } } } }\n",
  finds: "TOSCA_REFINEMENT 2",
  good:
    "data_types: { N: { derived_from: integer } }\nnode_types: { A: { properties: { p: { type: integer } } }, B: { derived_from: A, properties: { p: { type: N } } } }\n",
}, {
  bad:
    "capability_types: { C: {}, D: {} }\nnode_types: { A: { capabilities: { c: C } }, B: { derived_from: A, capabilities: { c: D } } }\n",
  finds: "TOSCA_REFINEMENT 3",
  good:
    "capability_types: { C: {}, D: { derived_from: C } }\nnode_types: { A: { capabilities: { c: C } }, B: { derived_from: A, capabilities: { c: D } } }\n",
});
must(34, "a required property made optional", {
  bad:
    "node_types: { A: { properties: { p: { type: integer } } }, B: { derived_from: A, properties: { p: { required: false } } } }\n",
  finds: "TOSCA_REQUIRED_REFINED 2",
  good:
    "node_types: { A: { properties: { p: { type: integer, required: false } } }, B: { derived_from: A, properties: { p: { required: true } } } }\n",
});
must(35, "a default beside required: false", {
  bad: "node_types: { A: { properties: { p: { type: integer, required: false, default: 1 } } } }\n",
  finds: "TOSCA_DEFAULT_OPTIONAL 2",
  good: "node_types: { A: { properties: { p: { type: integer, default: 1 } } } }\n",
}, {
  // A fixed value is always there: the default is useless, and no more.
  bad:
    "node_types: { A: { properties: { p: { type: integer, required: false, default: 1, value: 2 } } } }\n",
  finds: "TOSCA_DEFAULT_OPTIONAL warning",
  good: "node_types: { A: { properties: { p: { type: integer, value: 2 } } } }\n",
});
must(36, "a default that does not fit", {
  bad: "node_types: { A: { properties: { p: { type: integer, default: a } } } }\n",
  finds: "TOSCA_VALUE_TYPE 2",
  good: "node_types: { A: { properties: { p: { type: float, default: 1 } } } }\n",
}, {
  bad:
    "node_types: { A: { properties: { p: { type: integer, default: 1, validation: { $greater_than: [ $value, 1 ] } } } } }\n",
  finds: "TOSCA_VALIDATION 2",
  good:
    "node_types: { A: { properties: { p: { type: integer, default: 2, validation: { $greater_than: [ $value, 1 ] } } } } }\n",
});
const fixed = "node_types:\n  A: { properties: { p: { type: integer, value: 1 } } }\n";
must(37, "a fixed value that is changed", {
  bad: `${fixed}  B: { derived_from: A, properties: { p: 2 } }\n`,
  finds: "TOSCA_FIXED 4",
  good: `${fixed}  B: { derived_from: A }\n`,
}, {
  bad: `${fixed}service_template: { node_templates: { a: { type: A, properties: { p: 2 } } } }\n`,
  finds: "TOSCA_FIXED 4",
  good: `${fixed}service_template: { node_templates: { a: { type: A } } }\n`,
});
const mapped =
  "interface_types: { I: { operations: { o: {} } } }\nnode_types:\n  A: { attributes: { x: { type: integer } }, interfaces: { i: { type: I, operations: { o: { outputs: { r: [ SELF, x ] } } } } } }\n";
must(38, "a fixed mapping that is changed", {
  bad:
    `${mapped}service_template: { node_templates: { a: { type: A, interfaces: { i: { operations: { o: { outputs: { r: [ SELF, x ] } } } } } } } }\n`,
  finds: "TOSCA_FIXED 5",
  good: `${mapped}service_template: { node_templates: { a: { type: A } } }\n`,
});
must(39, "a parameter with what its direction has not", {
  bad: "service_template: { inputs: { a: { type: integer, value: 1 } }, node_templates: {} }\n",
  finds: "TOSCA_PARAMETER 2",
  good: "service_template: { inputs: { a: { type: integer, default: 1 } }, node_templates: {} }\n",
}, {
  bad:
    "service_template: { outputs: { a: { value: 1, mapping: [ SELF, x ] } }, node_templates: {} }\n",
  finds: "TOSCA_PARAMETER 2",
  good: "service_template: { outputs: { a: { value: 1 } }, node_templates: {} }\n",
});
must(40, "a list of types that is widened", {
  bad:
    "node_types: { A: {}, B: {} }\ngroup_types: { G: { members: [ A ] }, H: { derived_from: G, members: [ B ] } }\n",
  finds: "TOSCA_VALID_LIST 3",
  good:
    "node_types: { A: {}, B: { derived_from: A } }\ngroup_types: { G: { members: [ A ] }, H: { derived_from: G, members: [ B ] } }\n",
});
must(41, "a list with what is no type", {
  bad: "relationship_types: { R: { valid_target_node_types: [ A ] } }\n",
  finds: "TOSCA_TYPE_UNKNOWN 2",
  good: "node_types: { A: {} }\nrelationship_types: { R: { valid_target_node_types: [ A ] } }\n",
});
must(42, "a definition that adds what it may only refine", {
  bad:
    "capability_types: { C: {} }\nnode_types: { A: { capabilities: { c: { type: C, properties: { p: { type: string } } } } } }\n",
  finds: "TOSCA_NOT_REFINING 3",
  good:
    "capability_types: { C: { properties: { p: { type: string } } } }\nnode_types: { A: { capabilities: { c: { type: C, properties: { p: { default: x } } } } } }\n",
});
const require = (text: string) =>
  `capability_types: { C: {}, D: {} }\nrelationship_types: { R: { valid_capability_types: [ C ] } }\nnode_types:\n  T: { capabilities: { c: C } }\n  A: { requirements: [ ${text} ] }\n`;
const good = require("r: { capability: C, node: T, relationship: R }");
must(43, "a requirement that is defined twice", {
  bad: require("r: { capability: C, relationship: R }, r: { capability: C, relationship: R }"),
  finds: "YAML_DUPLICATE_KEY 6",
  good,
});
must(44, "a requirement whose parts are unknown", {
  bad: require("r: { capability: c, relationship: R }"),
  finds: "TOSCA_TYPE_UNKNOWN 6",
  good: require("r: { capability: c, node: T, relationship: R }"),
}, {
  bad: require("r: { capability: D, node: T, relationship: LinksTo }"),
  finds: "TOSCA_TYPE_UNKNOWN 6",
  good,
}, {
  bad: require("r: { capability: C, node: T, relationship: { properties: {} } }"),
  finds: "TOSCA_KEYNAME_MISSING 6",
  good: good +
    "  B: { derived_from: A, requirements: [ r: { relationship: { interfaces: {} } } ] }\n",
});
must(45, "a requirement whose parts do not admit each other", {
  bad: require("r: { capability: D, relationship: R }"),
  finds: "TOSCA_REQUIREMENT_DEFINITION 6",
  good,
});
must(46, "a malformed count range", {
  bad: require("r: { capability: C, relationship: R, count_range: [ 2, 1 ] }"),
  finds: "TOSCA_COUNT_RANGE 6",
  good: require("r: { capability: C, relationship: R, count_range: [ 1, UNBOUNDED ] }"),
});
must(47, "a refined count range that is wider", {
  bad: `${
    require("r: { capability: C, relationship: R, count_range: [ 1, 2 ] }")
  }  B: { derived_from: A, requirements: [ r: { count_range: [ 0, 2 ] } ] }\n`,
  finds: "TOSCA_COUNT_RANGE 7",
  good: `${
    require("r: { capability: C, relationship: R, count_range: [ 1, 2 ] }")
  }  B: { derived_from: A, requirements: [ r: { count_range: [ 2, 2 ] } ] }\n`,
});
must(48, "an interface type that says how", {
  bad: "interface_types: { I: { operations: { o: { implementation: a.sh } } } }\n",
  finds: "TOSCA_INTERFACE_TYPE 2",
  good: "interface_types: { I: { operations: { o: {} } } }\n",
});
must(49, "an interface type that reads properties", {
  bad:
    "interface_types: { I: { inputs: { a: { type: string, value: { $get_property: [ SELF, p ] } } } } }\n",
  finds: "TOSCA_INTERFACE_TYPE 2",
  good:
    "interface_types: { I: { inputs: { a: { type: string, value: { $concat: [ a, b ] } } } } }\n",
});
must(50, "an operation that the interface type lacks", {
  bad:
    "interface_types: { I: { operations: { o: {} } } }\nnode_types: { A: { interfaces: { i: { type: I, operations: { p: {} } } } } }\n",
  finds: "TOSCA_OPERATION_UNKNOWN 3",
  good:
    "interface_types: { I: { operations: { o: {} } } }\nnode_types: { A: { interfaces: { i: { type: I, operations: { o: { inputs: { x: { type: string } } } } } } } }\n",
});
must(51, "a path in a type that does not start at SELF", {
  bad:
    "node_types: { A: { properties: { p: { type: string }, q: { type: string, default: { $get_property: [ other, p ] } } } } }\n",
  finds: "TOSCA_PATH 2",
  good:
    "node_types: { A: { properties: { p: { type: string }, q: { type: string, default: { $get_property: [ SELF, p ] } } } } }\n",
});
must(52, "an incomplete artifact", {
  bad: "node_types: { A: { artifacts: { a: { type: F } } } }\nartifact_types: { F: {} }\n",
  finds: "TOSCA_KEYNAME_MISSING 2",
  good:
    "node_types: { A: { artifacts: { a: { type: F, file: a.sh } } } }\nartifact_types: { F: {} }\n",
}, {
  bad:
    "node_types: { A: { artifacts: { a: { type: F, file: a.sh, checksum: abc } } } }\nartifact_types: { F: {} }\n",
  finds: "TOSCA_ARTIFACT 2",
  good:
    "node_types: { A: { artifacts: { a: { type: F, file: a.sh, checksum: abc, checksum_algorithm: md5 } } } }\nartifact_types: { F: {} }\n",
});
must(53, "a changed or incomplete trigger", {
  bad: "policy_types: { P: { triggers: { t: { event: e } } } }\n",
  finds: "TOSCA_KEYNAME_MISSING 2",
  good: "policy_types: { P: { triggers: { t: { event: e, action: [ delegate: x ] } } } }\n",
}, {
  bad:
    "policy_types:\n  P: { triggers: { t: { event: e, action: [] } } }\n  Q: { derived_from: P, triggers: { t: { event: f, action: [] } } }\n",
  finds: "TOSCA_TRIGGER 4",
  good:
    "policy_types:\n  P: { triggers: { t: { event: e, action: [] } } }\n  Q: { derived_from: P, triggers: { u: { event: f, action: [] } } }\n",
});
must(54, "an incomplete or changed function", {
  bad: "functions: { f: { signatures: [] } }\n",
  finds: "TOSCA_FUNCTION_DEFINITION 2",
  good: "functions: { f: { signatures: [ { result: string } ] } }\n",
}, {
  bad:
    "functions: { f: { signatures: [ { result: string } ] } }\nservice_template: { node_templates: {}, functions: { f: { signatures: [ { result: integer } ] } } }\n",
  finds: "TOSCA_FUNCTION_DEFINITION 3",
  good:
    "functions: { f: { signatures: [ { result: string } ] } }\nservice_template: { node_templates: {}, functions: { f: { signatures: [ { implementation: { primary: { type: F, file: a } } } ] } } }\nartifact_types: { F: {} }\n",
});
