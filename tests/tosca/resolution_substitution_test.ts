import { resolves } from "./resolution.ts";

const inner = (node: string, more = "") => `
  substitution_mappings: { node_type: Machine${more} }
  node_templates:
    real: { type: Big, properties: { name: ${node} } }
`;

resolves(
  "substitutes a node by the template whose filter is true",
  `
  node_templates:
    eu: { type: Machine, directives: [ substitute ] }
    us: { type: Machine, directives: [ substitute ], properties: { zone: us } }
`,
  {
    files: {
      "inner_eu.yaml": inner(
        "e",
        ", substitution_filter: { $equal: [ { $get_property: [ SELF, zone ] }, eu ] }",
      ),
      "inner_us.yaml": inner(
        "u",
        ", substitution_filter: { $equal: [ { $get_property: [ SELF, zone ] }, us ] }",
      ),
    },
    inside: ["eu: inner_eu.yaml", "us: inner_us.yaml"],
  },
);

resolves(
  "makes a node where nothing substitutes it and it may",
  `
  node_templates:
    m: { type: Machine, directives: [ substitute, create ], properties: { zone: mars } }
`,
  {
    files: {
      "inner.yaml": inner(
        "e",
        ", substitution_filter: { $equal: [ { $get_property: [ SELF, zone ] }, eu ] }",
      ),
    },
    counts: { m: 1 },
    inside: [],
  },
);

resolves(
  "makes a node rather than substitute it where it is to be made first",
  `
  node_templates:
    m: { type: Machine, directives: [ create, substitute ] }
`,
  { files: { "inner.yaml": inner("e") }, counts: { m: 1 }, inside: [] },
);

resolves(
  "refuses a node that nothing substitutes",
  `
  node_templates:
    m: { type: Machine, directives: [ substitute ], properties: { zone: mars } }
`,
  {
    files: {
      "inner.yaml": inner(
        "e",
        ", substitution_filter: { $equal: [ { $get_property: [ SELF, zone ] }, eu ] }",
      ),
    },
    errors: ["TOSCA_SUBSTITUTE"],
  },
);

resolves(
  "prefers a template of exactly the type to one of a derived type",
  `
  node_templates:
    m: { type: Machine, directives: [ substitute ] }
`,
  {
    files: {
      "inner_big.yaml": inner("b").replace("node_type: Machine", "node_type: Big"),
      "inner_exact.yaml": inner("e"),
    },
    inside: ["m: inner_exact.yaml"],
  },
);

resolves(
  "takes a template of a derived type where there is no other",
  `
  node_templates:
    m: { type: Machine, directives: [ substitute ] }
`,
  {
    files: { "inner_big.yaml": inner("b").replace("node_type: Machine", "node_type: Big") },
    inside: ["m: inner_big.yaml"],
  },
);

resolves(
  "passes over a template one of whose inputs the node does not give",
  `
  node_templates:
    p: { type: Program, directives: [ substitute ] }
    q: { type: Program, directives: [ substitute ], properties: { label: x } }
`,
  {
    files: {
      "inner_label.yaml": `
  inputs: { label: { type: string } }
  substitution_mappings: { node_type: Program, properties: { label: label } }
  node_templates:
    real: { type: Machine, properties: { name: { $get_input: label } } }
`,
      "inner_plain.yaml": `
  substitution_mappings: { node_type: Program }
  node_templates:
    real: { type: Machine }
`,
    },
    inside: ["p: inner_plain.yaml", "q: inner_label.yaml"],
  },
);

resolves(
  "gives outputs of what stands in to the attributes of the node",
  `
  node_templates:
    m: { type: Machine, directives: [ substitute ], properties: { name: outer } }
  outputs:
    address: { value: { $get_attribute: [ m, address ] } }
`,
  {
    files: {
      "inner.yaml": `
  inputs: { name: { type: string } }
  outputs: { where: { value: { $concat: [ { $get_input: name }, ".example" ] } } }
  substitution_mappings: { node_type: Machine, properties: { name: name }, attributes: { address: where } }
  node_templates:
    real: { type: Big }
`,
    },
    outputs: { address: "?" },
    inside: ["m: inner.yaml"],
  },
);

resolves(
  "gives what stands in the targets of the node's requirements",
  `
  node_templates:
    m: { type: Machine }
    p: { type: Program, directives: [ substitute ], requirements: [ host: m ] }
`,
  {
    files: {
      "inner.yaml": `
  substitution_mappings: { node_type: Program, requirements: [ host: [ real, host ] ] }
  node_templates:
    real: { type: Program, requirements: [ host: {} ] }
`,
    },
    edges: ["p host m"],
    inside: ["p: inner.yaml", "p.real host m"],
  },
);

resolves(
  "gives each of several targets to its mapping",
  `
  node_templates:
    m: { type: Machine, count: 3 }
    p: { type: Program, directives: [ substitute ], requirements: [ host: { node: m, count: 3 } ] }
`,
  {
    files: {
      "inner.yaml": `
  substitution_mappings: { node_type: Program, requirements: [ [ host, 2 ]: [ a, host ], host: [ b, host ] ] }
  node_templates:
    a: { type: Program, requirements: [ host: {} ] }
    b: { type: Program, requirements: [ host: {} ] }
`,
    },
    inside: ["p: inner.yaml", "p.a host m[0]", "p.a host m[1]", "p.b host m[2]"],
  },
);

resolves(
  "takes a target of the outer node for an inner template that selects",
  `
  node_templates:
    m: { type: Machine, properties: { zone: mars } }
    p: { type: Program, directives: [ substitute ], requirements: [ host: m ] }
`,
  {
    files: {
      "inner.yaml": `
  substitution_mappings: { node_type: Program, requirements: [ host: outer ] }
  node_templates:
    outer: { type: Machine, directives: [ select ] }
    a: { type: Program, requirements: [ host: outer ], properties: { label: { $get_property: [ outer, zone ] } } }
    b: { type: Program, requirements: [ host: outer ] }
`,
    },
    inside: ["p: inner.yaml", "p.a host m", "p.b host m"],
  },
);

resolves(
  "substitutes the nodes of what stands in, with filters that see what was handed down",
  `
  node_templates:
    p: { type: Program, directives: [ substitute ], properties: { port: 90 } }
`,
  {
    files: {
      "inner_program.yaml": `
  inputs: { port: { type: integer } }
  substitution_mappings: { node_type: Program, properties: { port: port } }
  node_templates:
    m: { type: Machine, directives: [ substitute ], properties: { size: { $get_input: port } } }
`,
      "inner_small.yaml": inner(
        "s",
        ", substitution_filter: { $less_than: [ { $get_property: [ SELF, size ] }, 90 ] }",
      ),
      "inner_large.yaml": inner(
        "l",
        ", substitution_filter: { $greater_or_equal: [ { $get_property: [ SELF, size ] }, 90 ] }",
      ),
    },
    inside: ["p: inner_program.yaml", "p.m: inner_large.yaml"],
  },
);

resolves(
  "substitutes each node of a template by itself",
  `
  node_templates:
    m: { type: Machine, count: 2, directives: [ substitute ], properties: { size: $node_index } }
`,
  {
    files: {
      "inner_0.yaml": inner(
        "s",
        ", substitution_filter: { $equal: [ { $get_property: [ SELF, size ] }, 0 ] }",
      ),
      "inner_1.yaml": inner(
        "l",
        ", substitution_filter: { $equal: [ { $get_property: [ SELF, size ] }, 1 ] }",
      ),
    },
    inside: ["m[0]: inner_0.yaml", "m[1]: inner_1.yaml"],
  },
);

resolves(
  "ends at substitutions without end",
  `
  node_templates:
    m: { type: Machine, directives: [ substitute ] }
`,
  {
    files: {
      "inner.yaml": `
  substitution_mappings: { node_type: Machine }
  node_templates:
    again: { type: Machine, directives: [ substitute ] }
`,
    },
    errors: ["TOSCA_SUBSTITUTION_DEPTH"],
  },
);

resolves(
  "maps a property of a capability and of a relationship to inputs",
  `
  node_templates:
    m: { type: Machine, count: 2 }
    p:
      type: Program
      directives: [ substitute ]
      requirements: [ host: { node: m, count: 2, relationship: { properties: { rank: { $sum: [ 5, $relationship_index ] } } } } ]
`,
  {
    files: {
      "inner.yaml": `
  inputs: { ranks: { type: list, entry_schema: integer }, second: { type: integer } }
  substitution_mappings:
    node_type: Program
    properties: { [ RELATIONSHIP, host, ALL, rank ]: ranks, [ RELATIONSHIP, host, 1, rank ]: second }
    requirements: [ [ host, UNBOUNDED ]: [ real, host ] ]
  node_templates:
    real: { type: Program, count: { $get_input: second }, requirements: [ host: {} ] }
`,
    },
    inside: [
      "p: inner.yaml",
      ...[0, 1, 2, 3, 4, 5].flatMap((index) => [
        `p.real[${index}] host m[0]`,
        `p.real[${index}] host m[1]`,
      ]),
    ],
  },
);
