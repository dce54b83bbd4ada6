import { resolves } from "./resolution.ts";

resolves(
  "follows relationships backward, all of them and one",
  `
  node_templates:
    m: { type: Machine }
    p: { type: Program, count: 3, properties: { port: { $sum: [ 80, $node_index ] } }, requirements: [ host: m ] }
  outputs:
    all: { value: { $get_property: [ m, CAPABILITY, host, RELATIONSHIP, ALL, SOURCE, port ] } }
    one: { value: { $get_property: [ m, CAPABILITY, host, RELATIONSHIP, 1, SOURCE, port ] } }
    first: { value: { $get_property: [ m, CAPABILITY, host, RELATIONSHIP, SOURCE, port ] } }
`,
  { outputs: { all: [80, 81, 82], one: 81, first: 80 } },
);

resolves(
  "flattens several ALL into one list",
  `
  node_templates:
    m: { type: Machine, count: 2, properties: { size: { $sum: [ 10, $node_index ] } } }
    p: { type: Program, count: 2, requirements: [ host: { node: m, count: 2 } ] }
  outputs:
    all: { value: { $get_property: [ p, ALL, RELATIONSHIP, host, ALL, TARGET, size ] } }
`,
  { outputs: { all: [10, 11, 10, 11] } },
);

resolves(
  "gives an empty list where ALL finds nothing",
  `
  node_templates:
    m: { type: Machine }
  outputs:
    all: { value: { $get_property: [ m, CAPABILITY, host, RELATIONSHIP, ALL, SOURCE, port ] } }
    many: { value: { $length: [ { $get_property: [ m, CAPABILITY, host, RELATIONSHIP, ALL, SOURCE, port ] } ] } }
`,
  { outputs: { all: [], many: 0 } },
);

resolves(
  "takes the first node of a template where no index is given",
  `
  node_templates:
    m: { type: Machine, count: 2, properties: { size: { $sum: [ 10, $node_index ] } } }
  outputs:
    none: { value: { $get_property: [ m, size ] } }
    second: { value: { $get_property: [ m, 1, size ] } }
    all: { value: { $get_property: [ m, ALL, size ] } }
`,
  { outputs: { none: 10, second: 11, all: [10, 11] } },
);

resolves(
  "refuses an index that no node has",
  `
  node_templates:
    m: { type: Machine, count: 2 }
  outputs: { third: { value: { $get_property: [ m, 2, size ] } } }
`,
  { errors: ["TOSCA_PATH"] },
);

resolves(
  "reads a capability of a target, and of the relationship that ends at it",
  `
  node_templates:
    m: { type: Machine, capabilities: { host: { properties: { slots: 5 } } } }
    p: { type: Program, requirements: [ host: m ] }
  outputs:
    a: { value: { $get_property: [ p, RELATIONSHIP, host, CAPABILITY, slots ] } }
    b: { value: { $get_property: [ p, RELATIONSHIP, host, TARGET, CAPABILITY, host, slots ] } }
    c: { value: { $get_property: [ m, CAPABILITY, host, slots ] } }
`,
  { outputs: { a: 5, b: 5, c: 5 } },
);

resolves(
  "walks from a node over its neighbour's neighbours",
  `
  node_templates:
    m: { type: Machine, properties: { zone: mars } }
    p: { type: Program, requirements: [ host: m ] }
    q: { type: Program, requirements: [ host: m, peer: p ] }
  outputs:
    zone: { value: { $get_property: [ q, RELATIONSHIP, peer, TARGET, RELATIONSHIP, host, TARGET, zone ] } }
    back: { value: { $get_property: [ p, CAPABILITY, link, RELATIONSHIP, 0, SOURCE, RELATIONSHIP, host, TARGET, zone ] } }
`,
  { outputs: { zone: "mars", back: "mars" } },
);

resolves(
  "takes what is in a list or map of an input",
  `
  inputs: { ports: { type: list, entry_schema: integer, default: [ 7, 8, 9 ] } }
  node_templates:
    p: { type: Program, count: 3, properties: { port: { $get_input: [ ports, $node_index ] } } }
  outputs: { ports: { value: { $get_property: [ p, ALL, port ] } } }
`,
  { outputs: { ports: [7, 8, 9] } },
);

resolves(
  "numbers the relationships of one requirement",
  `
  node_templates:
    a: { type: Program, count: 2 }
    b: { type: Program }
    p:
      type: Program
      requirements:
        - peer: { node: a, count: 2, relationship: { type: LinksTo, properties: { number: $relationship_index } } }
        - peer: { node: b, relationship: { type: LinksTo, properties: { number: { $product: [ 10, $relationship_index ] } } } }
  outputs: { numbers: { value: { $get_property: [ p, RELATIONSHIP, peer, ALL, number ] } } }
`,
  { outputs: { numbers: [0, 1, 20] } },
);

resolves(
  "allocates by the number of the relationship",
  `
  node_templates:
    m: { type: Machine, count: 2, capabilities: { host: { properties: { slots: { $sum: [ 2, { $product: [ -1, $node_index ] } ] } } } } }
    p:
      type: Program
      requirements: [ host: { count: 2, allocation: { slots: { $sum: [ 1, $relationship_index ] } } } ]
`,
  { edges: ["p host m[1]", "p host m[0]"] },
);

resolves(
  "tells what is left after all have taken their part",
  `
  node_templates:
    m: { type: Machine, capabilities: { host: { properties: { slots: 5 } } } }
    p: { type: Program, count: 2, requirements: [ host: { node: m, allocation: { slots: 2 } } ] }
  outputs: { left: { value: { $available_allocation: [ m, CAPABILITY, host, slots ] } } }
`,
  { outputs: { left: 1 } },
);

resolves(
  "leaves to run time what an attribute decides, and no more",
  `
  node_templates:
    m: { type: Machine }
    p: { type: Program, properties: { label: { $concat: [ "http://", { $get_attribute: [ m, address ] } ] } } }
  outputs:
    url: { value: { $concat: [ { $get_property: [ p, label ] }, "/" ] } }
    port: { value: { $get_property: [ p, port ] } }
`,
  { outputs: { url: "?", port: 80 } },
);

resolves(
  "keeps a property that reads an attribute for run time though a filter saw its first value",
  `
  node_templates:
    m: { type: Machine, properties: { name: { $get_attribute: [ SELF, address ] } }, attributes: { address: first } }
    n: { type: Machine, properties: { name: other } }
    p: { type: Program, requirements: [ host: { node_filter: { $equal: [ { $get_property: [ SELF, TARGET, name ] }, first ] } } ] }
  outputs: { name: { value: { $get_property: [ m, name ] } } }
`,
  { edges: ["p host m"], outputs: { name: "?" } },
);

resolves(
  "lets and, or be decided by what is known",
  `
  node_templates:
    m: { type: Machine }
  outputs:
    no: { value: { $and: [ false, { $equal: [ { $get_attribute: [ m, address ] }, x ] } ] } }
    yes: { value: { $or: [ { $equal: [ { $get_attribute: [ m, address ] }, x ] }, true ] } }
    open: { value: { $and: [ true, { $equal: [ { $get_attribute: [ m, address ] }, x ] } ] } }
`,
  { outputs: { no: false, yes: true, open: "?" } },
);

resolves(
  "reports properties that need each other",
  `
  node_templates:
    a: { type: Machine, properties: { name: { $get_property: [ b, name ] } } }
    b: { type: Machine, properties: { name: { $get_property: [ a, name ] } } }
`,
  { errors: ["TOSCA_EVALUATION_CYCLE"] },
);

resolves(
  "lets a property of one node depend on one of a node that is defined later",
  `
  node_templates:
    a: { type: Machine, properties: { name: { $concat: [ a, { $get_property: [ b, name ] } ] } } }
    b: { type: Machine, properties: { name: { $concat: [ b, { $get_property: [ c, name ] } ] } } }
    c: { type: Machine, properties: { name: c } }
  outputs: { name: { value: { $get_property: [ a, name ] } } }
`,
  { outputs: { name: "abc" } },
);

resolves(
  "reads a property of a relationship, its default and what is assigned",
  `
  node_templates:
    m: { type: Machine }
    p: { type: Program, requirements: [ host: { node: m, relationship: { properties: { rank: 3 } } } ] }
    q: { type: Program, requirements: [ host: m ] }
  outputs:
    p: { value: { $get_property: [ p, RELATIONSHIP, host, rank ] } }
    q: { value: { $get_property: [ q, RELATIONSHIP, host, 0, rank ] } }
`,
  { outputs: { p: 3, q: 0 } },
);

resolves(
  "sees source and target from a relationship",
  `
  node_templates:
    m: { type: Machine, properties: { name: big } }
    p:
      type: Program
      properties: { label: web }
      requirements:
        - host: { node: m, relationship: { properties: { note: { $concat: [ { $get_property: [ SELF, SOURCE, label ] }, "@", { $get_property: [ SELF, TARGET, name ] } ] } } } }
  outputs: { note: { value: { $get_property: [ p, RELATIONSHIP, host, note ] } } }
`,
  { outputs: { note: "web@big" } },
);

resolves(
  "copies a template and lays its own values over it",
  `
  node_templates:
    m: { type: Machine, properties: { name: one, size: 7 } }
    n: { type: Machine, copy: m, properties: { name: two } }
  outputs:
    name: { value: { $get_property: [ n, name ] } }
    size: { value: { $get_property: [ n, size ] } }
`,
  { outputs: { name: "two", size: 7 } },
);

resolves(
  "refuses an unassigned optional property where it is read",
  `
  node_templates:
    p: { type: Program }
  outputs: { label: { value: { $get_property: [ p, label ] } } }
`,
  { errors: ["TOSCA_PATH"] },
);

resolves(
  "refuses to read a relationship that an optional requirement did not get",
  `
  node_templates:
    p: { type: Program, requirements: [ host: { optional: true } ] }
  outputs: { zone: { value: { $get_property: [ p, RELATIONSHIP, host, TARGET, zone ] } } }
`,
  { errors: ["TOSCA_PATH"] },
);

resolves(
  "refuses a node that has too many neighbours by a filter that looks back",
  `
  node_templates:
    m: { type: Machine, count: 2 }
    p:
      type: Program
      count: 4
      requirements:
        - host: { node_filter: { $less_than: [ { $length: [ { $get_property: [ SELF, CAPABILITY, RELATIONSHIP, ALL, SOURCE, port ] } ] }, 2 ] } }
`,
  { edges: ["p[0] host m[0]", "p[1] host m[0]", "p[2] host m[1]", "p[3] host m[1]"] },
);

resolves(
  "keeps what looks back for when all are there, though a filter asked before",
  `
  node_templates:
    m: { type: Machine, properties: { size: { $length: [ { $get_property: [ SELF, CAPABILITY, host, RELATIONSHIP, ALL, SOURCE, port ] } ] } } }
    p: { type: Program, count: 2, requirements: [ host: m ] }
    q: { type: Program, requirements: [ peer: { node_filter: { $equal: [ { $get_property: [ SELF, TARGET, RELATIONSHIP, host, TARGET, size ] }, 2 ] } } ] }
  outputs: { size: { value: { $get_property: [ m, size ] } } }
`,
  { errors: ["TOSCA_EVALUATION_CYCLE"] },
);
