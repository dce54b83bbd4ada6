import { must } from "./must.ts";

const output = (value: string) =>
  `service_template: { inputs: { i: { type: list, entry_schema: integer, default: [ 1 ] } }, node_templates: {}, outputs: { o: { value: ${value} } } }\n`;
const good = output("{ $sum: [ 1, 2 ] }");
must(78, "a call next to other keys", {
  bad: output("{ $sum: [ 1 ], b: 2 }"),
  finds: "TOSCA_CALL_MALFORMED 2",
  good: output("{ $$sum: [ 1 ], b: 2 }"),
});
must(79, "an unknown function", {
  bad: output("{ $smu: [ 1 ] }"),
  finds: "TOSCA_FUNCTION_UNKNOWN 2",
  good,
});
must(
  80,
  "wrong arguments",
  {
    bad: output("{ $not: [ true, false ] }"),
    finds: "TOSCA_ARGUMENTS 2",
    good: output("{ $not: [ true ] }"),
  },
  {
    bad: output("{ $join: [ 1 ] }"),
    finds: "TOSCA_ARGUMENTS 2",
    good: output("{ $join: [ [ a ] ] }"),
  },
  {
    bad: output("{ $equal: [ 1, a ] }"),
    finds: "TOSCA_ARGUMENTS 2",
    good: output("{ $equal: [ a, b ] }"),
  },
);
must(81, "an input that is not declared, or has no such part", {
  bad: output("{ $get_input: j }"),
  finds: "TOSCA_INPUT_UNDECLARED 2",
  good: output("{ $get_input: i }"),
}, {
  bad: output("{ $get_input: [ i, a ] }"),
  finds: "TOSCA_PATH 2",
  good: output("{ $get_input: [ i, 0 ] }"),
});
const path = (value: string) =>
  `$BASE\nservice_template:\n  node_templates:\n    machine: { type: Machine }\n    program: { type: Program, requirements: [ host: machine ] }\n  outputs: { o: { value: ${value} } }\n`;
must(
  82,
  "a path that leads to nothing",
  {
    bad: path("{ $get_property: [ nothing, name ] }"),
    finds: "TOSCA_PATH 11",
    good: path("{ $get_property: [ machine, name ] }"),
  },
  {
    bad: path("{ $get_property: [ program, RELATIONSHIP, hots, TARGET, name ] }"),
    finds: "TOSCA_PATH 11",
    good: path("{ $get_property: [ program, RELATIONSHIP, host, TARGET, name ] }"),
  },
  {
    bad: path("{ $get_property: [ machine, CAPABILITY, hots, slots ] }"),
    finds: "TOSCA_PATH 11",
    good: path("{ $get_property: [ machine, CAPABILITY, host, slots ] }"),
  },
  {
    bad: path("{ $get_property: [ SELF, name ] }"),
    finds: "TOSCA_PATH 11",
    good: path("{ $get_property: [ machine, CAPABILITY, host, RELATIONSHIP, 0, SOURCE, port ] }"),
  },
  {
    bad: path("{ $get_property: [ machine, 1, name ] }"),
    finds: "TOSCA_PATH 11",
    good: path("{ $get_property: [ machine, 0, name ] }"),
  },
  {
    bad: path("{ $get_artifact: [ machine, a ] }"),
    finds: "TOSCA_PATH 11",
    good: path("{ $get_attribute: [ machine, address ] }"),
  },
  {
    bad: path("{ $get_property: [ SOURCE, name ] }"),
    finds: "TOSCA_PATH 11",
    good: path("{ $get_property: [ program, RELATIONSHIP, host, rank ] }"),
  },
);
must(83, "a function outside of its context", {
  bad: output("$value"),
  finds: "TOSCA_CONTEXT 2",
  good,
}, {
  bad: output("$node_index"),
  finds: "TOSCA_CONTEXT 2",
  good:
    "node_types: { A: { properties: { n: { type: integer } } } }\nservice_template: { node_templates: { a: { type: A, properties: { n: $node_index } } } }\n",
}, { bad: output("$relationship_index"), finds: "TOSCA_CONTEXT 2", good });
must(84, "an available allocation that is not of a capability", {
  bad: path("{ $available_allocation: [ machine, name ] }"),
  finds: "TOSCA_PATH 11",
  good: path("{ $available_allocation: [ machine, CAPABILITY, host, slots ] }"),
});
must(85, "a result of another type than is wanted", {
  bad:
    "service_template: { node_templates: {}, outputs: { o: { type: integer, value: { $concat: [ a, b ] } } } }\n",
  finds: "TOSCA_VALUE_TYPE 2",
  good:
    "service_template: { node_templates: {}, outputs: { o: { type: string, value: { $concat: [ a, b ] } } } }\n",
});
const circle = (b: string) =>
  `node_types: { A: { properties: { p: { type: integer }, q: { type: integer } } } }\nservice_template: { node_templates: { a: { type: A, properties: { p: { $get_property: [ SELF, q ] }, q: ${b} } } } }\n`;
must(86, "values that depend on themselves", {
  bad: circle("{ $get_property: [ SELF, p ] }"),
  finds: "TOSCA_EVALUATION_CYCLE 3",
  good: circle("1"),
});
must(
  87,
  "a call without result",
  {
    bad: output("{ $quotient: [ 1, 0 ] }"),
    finds: "TOSCA_EVALUATION 2",
    good: output("{ $quotient: [ 1, 2 ] }"),
  },
  { bad: output("{ $sum: [ 9223372036854775807, 1 ] }"), finds: "TOSCA_EVALUATION 2", good },
  {
    bad: output("{ $token: [ a, b, 1 ] }"),
    finds: "TOSCA_EVALUATION 2",
    good: output("{ $token: [ a, b, 0 ] }"),
  },
  {
    bad: output('{ $matches: [ a, "(" ] }'),
    finds: "TOSCA_EVALUATION 2",
    good: output('{ $matches: [ a, "a+" ] }'),
  },
);
