import { must } from "./must.ts";

const nodes = (text: string) => `$BASE\nservice_template:\n  node_templates:\n${text}`;
const one = "    machine: { type: Machine }\n";
const program = (host: string) =>
  `    program: { type: Program, requirements: [ host: ${host} ] }\n`;

must(88, "a mandatory requirement that nothing fulfils", {
  bad: nodes(program("{}")),
  finds: "TOSCA_UNFULFILLED 9",
  good: nodes(one + program("{}")),
}, {
  bad: nodes(
    one +
      program(
        "{ node_filter: { $greater_than: [ { $get_property: [ SELF, CAPABILITY, slots ] }, 2 ] } }",
      ),
  ),
  finds: "TOSCA_UNFULFILLED 10",
  good: nodes(
    one +
      program(
        "{ node_filter: { $greater_than: [ { $get_property: [ SELF, CAPABILITY, slots ] }, 1 ] } }",
      ),
  ),
}, {
  bad: nodes(one + program("{ allocation: { slots: 3 } }")),
  finds: "TOSCA_UNFULFILLED 10",
  good: nodes(one + program("{ allocation: { slots: 3 }, optional: true }")),
});
must(89, "more allocated of a fixed target than it has", {
  bad: nodes(one + program("{ node: machine, allocation: { slots: 3 } }")),
  finds: "TOSCA_ALLOCATION_EXCEEDED 10",
  good: nodes(one + program("{ node: machine, allocation: { slots: 2 } }")),
});
must(90, "a node filter that a fixed target does not pass", {
  bad: nodes(
    one +
      program(
        "{ node: machine, node_filter: { $equal: [ { $get_property: [ SELF, TARGET, name ] }, x ] } }",
      ),
  ),
  finds: "TOSCA_UNFULFILLED 10",
  good: nodes(
    one +
      program(
        "{ node: machine, node_filter: { $equal: [ { $get_property: [ SELF, TARGET, name ] }, m ] } }",
      ),
  ),
});
must(90, "a node filter that needs what is known only at run time", {
  bad: nodes(
    one +
      program("{ node_filter: { $equal: [ { $get_attribute: [ SELF, TARGET, address ] }, x ] } }"),
  ),
  finds: "TOSCA_FILTER_WAITS warning",
  good: nodes(
    one.replace("Machine", "Machine, attributes: { address: x }") +
      program("{ node_filter: { $equal: [ { $get_attribute: [ SELF, TARGET, address ] }, x ] } }"),
  ),
}, {
  bad: nodes(
    one +
      program(
        "{ node: machine, node_filter: { $equal: [ { $get_attribute: [ SELF, TARGET, address ] }, x ] } }",
      ),
  ),
  finds: "TOSCA_FILTER_WAITS warning",
  good: nodes(one + program("{ node: machine }")),
});
const asks = (left: number, taken: number) =>
  `host: { allocation: { slots: ${taken} }, node_filter: { $greater_or_equal: [ { $available_allocation: [ SELF, CAPABILITY, slots ] }, ${left} ] } }`;
const uneven = (left: number) =>
  `    large: { type: Machine, capabilities: { host: { properties: { slots: 3 } } } }
    medium: { type: Machine }
    small: { type: Program, requirements: [ ${asks(2, 1)} ] }
    big: { type: Program, requirements: [ ${asks(left, 2)} ] }
`;
const roomy = (count: number) =>
  `    machine: { type: Machine, count: ${count} }\n    program: { type: Program, count: 3, requirements: [ ${
    asks(2, 1)
  } ] }\n`;
must(88, "node filters that ask what is left after others took their part", {
  bad: nodes(roomy(2)),
  finds: "TOSCA_UNFULFILLED 10",
  good: nodes(roomy(3)),
}, {
  // Taken in order, "small" would go to the large machine, and nothing would be left for "big".
  bad: nodes(uneven(4)),
  finds: "TOSCA_UNFULFILLED 12",
  good: nodes(uneven(3)),
});
const waiting = (filter: string) =>
  nodes(
    `${one}    a: { type: Program, requirements: [ host: { node_filter: { $equal: [ { $get_property: [ ${filter}, RELATIONSHIP, host, rank ] }, 0 ] } } ] }\n    b: { type: Program, requirements: [ host: { node_filter: { $equal: [ { $get_property: [ a, RELATIONSHIP, host, rank ] }, 0 ] } } ] }\n    c: { type: Program, requirements: [ host: {} ] }\n`,
  );
must(91, "filters that wait for each other", {
  bad: waiting("b"),
  finds: "TOSCA_EVALUATION_CYCLE 10",
  good: waiting("c"),
});
must(92, "a template that selects nothing", {
  bad: nodes("    a: { type: Machine, directives: [ select ] }\n"),
  finds: "TOSCA_SELECT 9",
  good: nodes(`${one}    a: { type: Machine, directives: [ select ] }\n`),
});
/** Types are identical only where they come from one file: here the outer and inner template import it. */
const shared = {
  "types.yaml": "node_types: { Machine: { properties: { name: { type: string, default: m } } } }\n",
  "inner.yaml":
    "imports: [ types.yaml ]\nservice_template:\n  inputs: { name: { type: string } }\n  substitution_mappings: { node_type: Machine, properties: { name: name } }\n  node_templates: { vm: { type: Machine, properties: { name: { $get_input: name } } } }\n",
};
const outer =
  "imports: [ types.yaml ]\nservice_template: { node_templates: { a: { type: Machine, directives: [ substitute ] } } }\n";
must(93, "a node that nothing substitutes", {
  bad: nodes("    a: { type: Machine, directives: [ substitute ] }\n"),
  finds: "TOSCA_SUBSTITUTE 9",
  good: nodes("    a: { type: Machine, directives: [ substitute, create ] }\n"),
}, {
  bad: outer,
  finds: "TOSCA_SUBSTITUTE 3",
  good: outer.replace("substitute ]", "create ]"),
  files: {
    ...shared,
    "inner.yaml": shared["inner.yaml"].replace(
      "node_type: Machine",
      "node_type: Machine, substitution_filter: false",
    ),
  },
}, {
  bad: outer.replace("Machine", "Machin"),
  finds: "TOSCA_TYPE_UNKNOWN 3",
  good: outer,
  files: shared,
});
const mappings = (text: string, more = "") =>
  nodes(`${one}    program: { type: Program }\n`) + `  substitution_mappings: { ${text} }\n${more}`;
must(
  94,
  "mappings of what does not exist",
  {
    bad: mappings("node_type: Machin"),
    finds: "TOSCA_TYPE_UNKNOWN 11",
    good: mappings("node_type: Machine"),
  },
  {
    bad: mappings("node_type: Machine, capabilities: { host: [ machine, hots ] }"),
    finds: "TOSCA_SUBSTITUTION 11",
    good: mappings("node_type: Machine, capabilities: { host: [ machine, host ] }"),
  },
  {
    bad: mappings("node_type: Machine, properties: { name: i }"),
    finds: "TOSCA_SUBSTITUTION 11",
    good: mappings(
      "node_type: Machine, properties: { name: i }",
      "  inputs: { i: { type: string, default: x } }\n",
    ),
  },
  {
    bad: mappings("node_type: Machine, attributes: { address: o }"),
    finds: "TOSCA_SUBSTITUTION 11",
    good: mappings(
      "node_type: Machine, attributes: { address: o }",
      "  outputs: { o: { value: x } }\n",
    ),
  },
  {
    bad: mappings("node_type: Program, interfaces: { life: { start: w } }"),
    finds: "TOSCA_SUBSTITUTION 11",
    good: mappings(
      "node_type: Program, interfaces: { life: { start: w } }",
      "  workflows: { w: {} }\n",
    ),
  },
);
must(95, "a required input that is not mapped", {
  bad: mappings("node_type: Machine", "  inputs: { i: { type: string } }\n"),
  finds: "TOSCA_SUBSTITUTION 12",
  good: mappings("node_type: Machine", "  inputs: { i: { type: string, default: a } }\n"),
  inputs: { i: "x" },
});
must(96, "mapped values of different types", {
  bad: mappings(
    "node_type: Machine, properties: { name: i }",
    "  inputs: { i: { type: integer } }\n",
  ),
  finds: "TOSCA_SUBSTITUTION 11",
  good: mappings(
    "node_type: Machine, properties: { name: i }",
    "  inputs: { i: { type: string, default: x } }\n",
  ),
  inputs: { i: 1 },
  goodInputs: { i: "x" },
});
const required = (text: string, assigned = "") =>
  nodes(`${one}    program: { type: Program${assigned} }\n`) +
  `  substitution_mappings: { node_type: Program, requirements: [ ${text} ] }\n`;
must(97, "a requirement mapped to one that has a target", {
  bad: required("host: [ program, host ]", ", requirements: [ host: machine ]"),
  finds: "TOSCA_SUBSTITUTION 11",
  good: required("host: [ program, host ]"),
}, {
  bad: required("host: machine"),
  finds: "TOSCA_SUBSTITUTION 11",
  good: nodes(
    "    machine: { type: Machine, directives: [ select ] }\n    other: { type: Machine }\n",
  ) + "  substitution_mappings: { node_type: Program, requirements: [ host: machine ] }\n",
});
const counted = (range: string, inner: string) =>
  `capability_types: { C: {} }\nrelationship_types: { R: {} }\nnode_types: { O: { requirements: [ r: { capability: C, relationship: R, count_range: ${range} } ] }, I: { requirements: [ r: { capability: C, relationship: R, count_range: ${inner} } ] } }\nservice_template:\n  node_templates: { i: { type: I }, j: { type: I } }\n  substitution_mappings: { node_type: O, requirements: [ r: [ i, r ], r: [ j, r ] ] }\n`;
must(98, "more mappings than the range allows", {
  bad: counted("[ 1, 1 ]", "[ 0, 1 ]"),
  finds: "TOSCA_SUBSTITUTION 7",
  good: counted("[ 1, 2 ]", "[ 0, 1 ]"),
});
must(99, "a mapping after an unbounded one", {
  bad: required("[ host, UNBOUNDED ]: [ program, host ], host: [ program, host ]"),
  finds: "TOSCA_SUBSTITUTION 11",
  good: required("host: [ program, host ], [ host, UNBOUNDED ]: [ program, host ]"),
}, {
  bad: required("[ host, -1 ]: [ program, host ]"),
  finds: "TOSCA_SUBSTITUTION 11",
  good: required("[ host, 1 ]: [ program, host ]"),
});
must(100, "substitutions that nest without end", {
  bad: outer,
  finds: "TOSCA_SUBSTITUTION_DEPTH",
  good: "imports: [ types.yaml ]\nservice_template: { node_templates: { a: { type: Machine } } }\n",
  files: {
    ...shared,
    "inner.yaml": shared["inner.yaml"].replace(
      "vm: { type: Machine,",
      "vm: { type: Machine, directives: [ substitute ],",
    ),
  },
});
