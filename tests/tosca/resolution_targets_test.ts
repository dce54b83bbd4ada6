import { resolves } from "./resolution.ts";

resolves(
  "takes the first node that fits where nothing is named",
  `
  node_templates:
    m: { type: Machine, count: 2 }
    p: { type: Program, count: 2, requirements: [ host: {} ] }
`,
  { counts: { m: 2, p: 2 }, edges: ["p[0] host m[0]", "p[1] host m[0]"] },
);

resolves(
  "makes each of several relationships to another node",
  `
  node_templates:
    m: { type: Machine, count: 3 }
    p: { type: Program, requirements: [ host: { count: 3 } ] }
`,
  { edges: ["p host m[0]", "p host m[1]", "p host m[2]"] },
);

resolves(
  "refuses more relationships than there are nodes to end at",
  `
  node_templates:
    m: { type: Machine, count: 2 }
    p: { type: Program, requirements: [ host: { count: 3 } ] }
`,
  { errors: ["TOSCA_UNFULFILLED"] },
);

resolves(
  "refuses more relationships to a named template than it has nodes",
  `
  node_templates:
    m: { type: Machine, count: 2 }
    p: { type: Program, requirements: [ host: { node: m, count: 3 } ] }
`,
  { errors: ["TOSCA_UNFULFILLED"] },
);

resolves(
  "counts by an input",
  `
  inputs: { n: { type: integer } }
  node_templates:
    m: { type: Machine, count: { $get_input: n } }
    p: { type: Program, requirements: [ host: { node: m, count: { $get_input: n } } ] }
`,
  { inputs: { n: 2 }, counts: { m: 2, p: 1 }, edges: ["p host m[0]", "p host m[1]"] },
);

resolves(
  "makes nothing of a template whose count is 0",
  `
  inputs: { n: { type: integer, default: 0 } }
  node_templates:
    m: { type: Machine }
    p: { type: Program, count: { $get_input: n }, requirements: [ host: m ] }
`,
  { counts: { m: 1 }, edges: [] },
);

resolves(
  "counts by a property of a node that is defined later",
  `
  node_templates:
    p: { type: Program, count: { $get_property: [ config, size ] } }
    config: { type: Machine, properties: { size: 3 } }
`,
  { counts: { p: 3, config: 1 } },
);

resolves(
  "reports templates whose counts need each other",
  `
  node_templates:
    a: { type: Machine, count: { $get_property: [ b, size ] } }
    b: { type: Machine, count: { $get_property: [ a, size ] } }
`,
  { errors: ["TOSCA_EVALUATION_CYCLE"] },
);

resolves(
  "gives a named template of several nodes to each by search, not to the first that asks",
  `
  inputs: { slots: { type: list, entry_schema: integer, default: [ 3, 1 ] } }
  node_templates:
    m:
      type: Machine
      count: 2
      capabilities: { host: { properties: { slots: { $get_input: [ slots, $node_index ] } } } }
    small: { type: Program, requirements: [ host: { node: m, allocation: { slots: 1 } } ] }
    large: { type: Program, requirements: [ host: { node: m, allocation: { slots: 3 } } ] }
`,
  { edges: ["small host m[1]", "large host m[0]"] },
);

resolves(
  "fulfils what is optional after all that is mandatory, named targets too",
  `
  node_templates:
    m: { type: Machine, capabilities: { host: { properties: { slots: 2 } } } }
    first: { type: Program, requirements: [ host: { node: m, optional: true, allocation: { slots: 1 } } ] }
    second: { type: Program, requirements: [ host: { allocation: { slots: 2 } } ] }
`,
  { edges: ["second host m"] },
);

resolves(
  "drops what is optional and has no target, without a word",
  `
  node_templates:
    m: { type: Machine }
    p: { type: Program, requirements: [ host: m, peer: { optional: true } ] }
`,
  { edges: ["p host m"] },
);

resolves(
  "gives an optional requirement what is left",
  `
  node_templates:
    m: { type: Machine, count: 2, capabilities: { host: { properties: { slots: 1 } } } }
    spare: { type: Program, requirements: [ host: { optional: true, allocation: { slots: 1 } } ] }
    needed: { type: Program, requirements: [ host: { allocation: { slots: 1 } } ] }
`,
  { edges: ["spare host m[1]", "needed host m[0]"] },
);

resolves(
  "waits with a filter for an optional requirement that it looks at",
  `
  node_templates:
    eu: { type: Machine }
    us: { type: Machine, properties: { zone: us } }
    other: { type: Program, requirements: [ host: { node: us, optional: true } ] }
    p:
      type: Program
      requirements:
        - host:
            node_filter: { $equal: [ { $get_property: [ SELF, TARGET, zone ] }, { $get_property: [ other, RELATIONSHIP, host, TARGET, zone ] } ] }
`,
  { edges: ["other host us", "p host us"] },
);

resolves(
  "waits with a filter for another requirement of the same node",
  `
  node_templates:
    eu: { type: Machine }
    us: { type: Machine, properties: { zone: us } }
    a: { type: Program, requirements: [ host: eu ] }
    b: { type: Program, requirements: [ host: us ] }
    p:
      type: Program
      requirements:
        - peer:
            node_filter: { $equal: [ { $get_property: [ SELF, TARGET, RELATIONSHIP, host, TARGET, zone ] }, { $get_property: [ SELF, SOURCE, RELATIONSHIP, host, TARGET, zone ] } ] }
        - host: us
`,
  { edges: ["a host eu", "b host us", "p host us", "p peer b"] },
);

resolves(
  "reports filters that wait for each other, with the circle",
  `
  node_templates:
    m: { type: Machine }
    n: { type: Machine }
    a:
      type: Program
      requirements: [ host: { node_filter: { $equal: [ { $get_property: [ b, RELATIONSHIP, host, TARGET, zone ] }, eu ] } } ]
    b:
      type: Program
      requirements: [ host: { node_filter: { $equal: [ { $get_property: [ a, RELATIONSHIP, host, TARGET, zone ] }, eu ] } } ]
`,
  { errors: ["TOSCA_EVALUATION_CYCLE"] },
);

resolves(
  "adds the filter of an assignment to that of the definition",
  `
  node_templates:
    a: { type: Machine, properties: { zone: us, size: 4 } }
    b: { type: Machine, properties: { zone: eu, size: 1 } }
    c: { type: Machine, properties: { zone: eu, size: 4 } }
    p:
      type: Program
      requirements:
        - host: { node_filter: { $and: [ { $equal: [ { $get_property: [ SELF, TARGET, zone ] }, eu ] }, { $greater_than: [ { $get_property: [ SELF, TARGET, size ] }, 2 ] } ] } }
`,
  { edges: ["p host c"] },
);

resolves(
  "takes nodes of a named type, and of types derived from it",
  `
  node_templates:
    small: { type: Machine }
    big: { type: Big }
    p: { type: Program, requirements: [ host: { node: Big } ] }
    q: { type: Program, requirements: [ host: { node: Machine } ] }
`,
  { edges: ["p host big", "q host small"] },
);

resolves(
  "lets an allocation be computed from the node that asks",
  `
  node_templates:
    m: { type: Machine, count: 2, capabilities: { host: { properties: { slots: 5 } } } }
    p:
      type: Program
      count: 3
      requirements: [ host: { allocation: { slots: { $sum: [ 2, $node_index ] } } } ]
`,
  { edges: ["p[0] host m[0]", "p[1] host m[0]", "p[2] host m[1]"] },
);

resolves(
  "lets an allocation follow another requirement of the node",
  `
  node_templates:
    big: { type: Big, properties: { size: 2 } }
    m: { type: Machine, capabilities: { host: { properties: { slots: 1 } } } }
    n: { type: Machine, capabilities: { host: { properties: { slots: 2 } } } }
    p:
      type: Program
      requirements:
        - host: { node: Machine, node_filter: { $not: [ { $equal: [ { $get_property: [ SELF, TARGET, size ] }, 2 ] } ] }, allocation: { slots: { $get_property: [ q, RELATIONSHIP, host, TARGET, size ] } } }
    q: { type: Program, requirements: [ host: { node: Big } ] }
`,
  { edges: ["p host n", "q host big"] },
);

resolves(
  "allocates two properties of one capability",
  `
  node_templates:
    a: { type: Machine, capabilities: { host: { properties: { slots: 4, memory: 1.0 } } } }
    b: { type: Machine, capabilities: { host: { properties: { slots: 1, memory: 8.0 } } } }
    c: { type: Machine, capabilities: { host: { properties: { slots: 4, memory: 8.0 } } } }
    p: { type: Program, requirements: [ host: { allocation: { slots: 2, memory: 2.0 } } ] }
    q: { type: Program, requirements: [ host: { allocation: { slots: 2 } } ] }
    r: { type: Program, requirements: [ host: { allocation: { memory: 7.5 } } ] }
`,
  { edges: ["p host c", "q host a", "r host b"] },
);

resolves(
  "fills machines to the last with floats",
  `
  node_templates:
    m: { type: Machine, capabilities: { host: { properties: { memory: 0.3 } } } }
    p: { type: Program, requirements: [ host: { allocation: { memory: 0.1 } } ] }
    q: { type: Program, requirements: [ host: { allocation: { memory: 0.2 } } ] }
`,
  { edges: ["p host m", "q host m"] },
);

resolves(
  "names what conflicts where not all fit",
  `
  node_templates:
    m: { type: Machine, capabilities: { host: { properties: { slots: 2 } } } }
    p: { type: Program, count: 3, requirements: [ host: { allocation: { slots: 1 } } ] }
`,
  { errors: ["TOSCA_UNFULFILLED"] },
);

resolves(
  "sends relationships of one requirement to different nodes though one has room for all",
  `
  node_templates:
    m: { type: Machine, count: 2, capabilities: { host: { properties: { slots: 9 } } } }
    p: { type: Program, requirements: [ host: { count: 2, allocation: { slots: 1 } } ] }
`,
  { edges: ["p host m[0]", "p host m[1]"] },
);

resolves(
  "lets two assignments of one requirement end at one node",
  `
  node_templates:
    m: { type: Machine }
    p: { type: Program, requirements: [ host: m, host: m ] }
`,
  { edges: ["p host m", "p host m"] },
);

resolves(
  "keeps relationships in the order of their assignments, whichever was found first",
  `
  node_templates:
    m: { type: Machine }
    big: { type: Big, properties: { name: large } }
    p:
      type: Program
      requirements: [ host: { node: Big }, host: m ]
  outputs:
    first: { value: { $get_property: [ p, RELATIONSHIP, host, 0, TARGET, name ] } }
    second: { value: { $get_property: [ p, RELATIONSHIP, host, 1, TARGET, name ] } }
`,
  { edges: ["p host big", "p host m"], outputs: { first: "large", second: "m" } },
);

resolves(
  "pairs nodes by their index",
  `
  node_templates:
    m: { type: Machine, count: 3 }
    p: { type: Program, count: 3, requirements: [ host: [ m, $node_index ] ] }
`,
  { edges: ["p[0] host m[0]", "p[1] host m[1]", "p[2] host m[2]"] },
);

resolves(
  "pairs nodes around a ring",
  `
  node_templates:
    p:
      type: Program
      count: 3
      requirements: [ peer: [ p, { $remainder: [ { $sum: [ $node_index, 1 ] }, 3 ] } ] ]
`,
  { edges: ["p[0] peer p[1]", "p[1] peer p[2]", "p[2] peer p[0]"] },
);

resolves(
  "connects the nodes of one template with each other and not with themselves",
  `
  node_templates:
    p: { type: Program, count: 3, requirements: [ peer: { node: p, count: 2 } ] }
`,
  {
    edges: [
      "p[0] peer p[1]",
      "p[0] peer p[2]",
      "p[1] peer p[0]",
      "p[1] peer p[2]",
      "p[2] peer p[0]",
      "p[2] peer p[1]",
    ],
  },
);

resolves(
  "has no candidate for an index outside of the target's count",
  `
  node_templates:
    m: { type: Machine, count: 2 }
    p: { type: Program, count: 3, requirements: [ host: [ m, $node_index ] ] }
`,
  { errors: ["TOSCA_UNFULFILLED"] },
);

resolves(
  "drops an optional pair whose index is outside",
  `
  node_templates:
    m: { type: Machine, count: 1 }
    p: { type: Program, count: 2, requirements: [ host: { node: [ m, $node_index ], optional: true } ] }
`,
  { edges: ["p[0] host m"] },
);

resolves(
  "fills by what is left",
  `
  node_templates:
    a: { type: Machine, capabilities: { host: { properties: { slots: 2 } } } }
    b: { type: Machine, capabilities: { host: { properties: { slots: 3 } } } }
    p:
      type: Program
      count: 2
      requirements:
        - host:
            allocation: { slots: 2 }
            node_filter: { $greater_or_equal: [ { $available_allocation: [ SELF, CAPABILITY, slots ] }, 2 ] }
`,
  { edges: ["p[0] host a", "p[1] host b"] },
);

resolves(
  "selects a node by its properties",
  `
  node_templates:
    a: { type: Machine }
    b: { type: Machine, properties: { zone: us } }
    chosen: { type: Machine, directives: [ select ], node_filter: { $equal: [ { $get_property: [ SELF, zone ] }, us ] } }
    p: { type: Program, requirements: [ host: chosen ] }
  outputs: { zone: { value: { $get_property: [ chosen, zone ] } } }
`,
  { counts: { a: 1, b: 1, p: 1 }, edges: ["p host b"], outputs: { zone: "us" } },
);

resolves(
  "selects a node by what it has a relationship to",
  `
  node_templates:
    eu: { type: Machine }
    us: { type: Machine, properties: { zone: us } }
    a: { type: Program, requirements: [ host: eu ] }
    b: { type: Program, requirements: [ host: us ] }
    chosen: { type: Program, directives: [ select ], node_filter: { $equal: [ { $get_property: [ SELF, RELATIONSHIP, host, TARGET, zone ] }, us ] } }
    p: { type: Program, requirements: [ peer: chosen, host: eu ] }
`,
  { edges: ["a host eu", "b host us", "p host eu", "p peer b"] },
);

resolves(
  "makes a node where none can be selected and it may",
  `
  node_templates:
    a: { type: Machine }
    b: { type: Machine, directives: [ select, create ], properties: { zone: mars }, node_filter: { $equal: [ { $get_property: [ SELF, zone ] }, mars ] } }
`,
  { counts: { a: 1, b: 1 } },
);

resolves(
  "does not select a node where it makes it first",
  `
  node_templates:
    a: { type: Machine }
    b: { type: Machine, directives: [ create, select ] }
`,
  { counts: { a: 1, b: 1 } },
);

resolves(
  "refuses to select what is not there",
  `
  node_templates:
    b: { type: Machine, directives: [ select ] }
`,
  { errors: ["TOSCA_SELECT"] },
);

resolves(
  "refuses a fixed target that the relationship does not admit",
  `
  node_templates:
    m: { type: Machine }
    p: { type: Program, requirements: [ peer: m ] }
`,
  { errors: ["TOSCA_TARGET"] },
);

resolves(
  "takes a relationship template",
  `
  relationship_templates:
    fast: { type: HostedOn, properties: { rank: 7 } }
  node_templates:
    m: { type: Machine }
    p: { type: Program, requirements: [ host: { node: m, relationship: fast } ] }
  outputs: { rank: { value: { $get_property: [ p, RELATIONSHIP, host, rank ] } } }
`,
  { outputs: { rank: 7 } },
);

resolves(
  "lets two requirements share a relationship template, each with its own index",
  `
  relationship_templates:
    numbered: { type: LinksTo, properties: { number: { $relationship_index: [] } } }
  node_templates:
    a: { type: Program }
    p: { type: Program, requirements: [ peer: { node: a, relationship: numbered }, peer: { node: a, relationship: numbered } ] }
  outputs: { numbers: { value: { $get_property: [ p, RELATIONSHIP, peer, ALL, number ] } } }
`,
  { outputs: { numbers: [0, 1] } },
);

resolves(
  "makes the requirements that a definition implies, as many as it wants at least",
  `
  node_templates:
    m: { type: Machine, count: 2 }
    r: { type: Ranged }
`,
  { edges: ["r host m[0]"] },
);

for (const [n, errors] of [[0, 1], [1, 0], [2, 0], [3, 1]]) {
  resolves(
    `checks the range of a count that is computed: ${n}`,
    `
  inputs: { n: { type: integer } }
  node_templates:
    m: { type: Machine, count: 3 }
    r: { type: Ranged, requirements: [ host: { count: { $get_input: n } } ] }
`,
    { inputs: { n }, errors: errors ? ["TOSCA_REQUIREMENT_COUNT"] : [] },
  );
}

resolves(
  "does not count optional relationships towards what a definition wants at least",
  `
  node_templates:
    m: { type: Machine }
    r: { type: Ranged, requirements: [ host: { optional: true } ] }
`,
  { errors: ["TOSCA_REQUIREMENT_COUNT"] },
);

resolves(
  "takes an index from another requirement",
  `
  node_templates:
    m: { type: Machine, count: 3 }
    a: { type: Program, properties: { port: 2 } }
    p: { type: Program, requirements: [ host: [ m, { $get_property: [ SELF, RELATIONSHIP, peer, TARGET, port ] } ], peer: { node_filter: { $equal: [ { $get_property: [ SELF, TARGET, port ] }, 2 ] } } ] }
`,
  { edges: ["p host m[2]", "p peer a"] },
);

resolves(
  "takes no count from a relationship",
  `
  node_templates:
    m: { type: Machine, count: 3 }
    p: { type: Program, requirements: [ peer: q, host: { count: { $get_property: [ SELF, RELATIONSHIP, peer, TARGET, port ] } } ] }
    q: { type: Program, count: { $get_property: [ p, RELATIONSHIP, host, TARGET, size ] } }
`,
  { errors: ["TOSCA_COUNT", "TOSCA_COUNT"] },
);

resolves(
  "reports allocations that need each other's targets",
  `
  node_templates:
    m: { type: Machine, count: 2 }
    a: { type: Program, requirements: [ host: { allocation: { slots: { $get_property: [ b, RELATIONSHIP, host, TARGET, size ] } } } ] }
    b: { type: Program, requirements: [ host: { allocation: { slots: { $get_property: [ a, RELATIONSHIP, host, TARGET, size ] } } } ] }
`,
  { errors: ["TOSCA_EVALUATION_CYCLE"] },
);

resolves(
  "reports a selection that needs a relationship to what is selected",
  `
  node_templates:
    m: { type: Machine }
    p: { type: Program, requirements: [ host: chosen ] }
    chosen: { type: Machine, directives: [ select ], node_filter: { $equal: [ { $get_property: [ p, RELATIONSHIP, host, TARGET, zone ] }, eu ] } }
`,
  { errors: ["TOSCA_EVALUATION_CYCLE"] },
);

resolves(
  "gives what a template makes that could not select its own requirements",
  `
  node_templates:
    m: { type: Machine }
    p: { type: Program, directives: [ select, create ], requirements: [ host: m ], node_filter: { $equal: [ { $get_property: [ SELF, port ] }, 1 ] } }
    q: { type: Program, requirements: [ peer: p ] }
`,
  { edges: ["p host m", "q peer p"] },
);

resolves(
  "gives optional relationships beside mandatory ones of the same requirement",
  `
  node_templates:
    m: { type: Machine, capabilities: { host: { properties: { slots: 1 } } } }
    n: { type: Machine, capabilities: { host: { properties: { slots: 1 } } } }
    r: { type: Ranged, requirements: [ host: { optional: true, allocation: { slots: 1 } }, host: { allocation: { slots: 1 } } ] }
  outputs: { first: { value: { $get_property: [ r, RELATIONSHIP, host, 0, rank ] } } }
`,
  { edges: ["r host n", "r host m"], outputs: { first: 0 } },
);

resolves(
  "takes a capability by its name or by its type",
  `
  node_templates:
    m: { type: Machine }
    p: { type: Program, requirements: [ host: { node: m, capability: host } ] }
    q: { type: Program, requirements: [ host: { node: m, capability: Host } ] }
    r: { type: Program, requirements: [ host: { node: m, capability: hsot } ] }
`,
  { errors: ["TOSCA_TARGET"] },
);

resolves(
  "keeps every choice where an unrelated node is added after them",
  `
  node_templates:
    m: { type: Machine, count: 2, capabilities: { host: { properties: { slots: 3 } } } }
    p: { type: Program, count: 2, requirements: [ host: { allocation: { slots: 2 } } ] }
    late: { type: Machine, capabilities: { host: { properties: { slots: 9 } } } }
`,
  { edges: ["p[0] host m[0]", "p[1] host m[1]"] },
);

const loaded = (load: string) =>
  `{ $less_than: [ { $get_attribute: [ SELF, TARGET, load ] }, ${load} ] }`;

resolves(
  "takes a target that surely fits before one of which that is known only at run time",
  `
  node_templates:
    unknown: { type: Machine }
    busy: { type: Machine, attributes: { load: 0.9 } }
    idle: { type: Machine, attributes: { load: 0.1 } }
    p: { type: Program, requirements: [ host: { node_filter: ${loaded("0.5")} } ] }
    q: { type: Program, requirements: [ host: { count: 2, node_filter: ${loaded("0.5")} } ] }
`,
  { edges: ["p host idle", "q host idle", "q host unknown"], warns: ["TOSCA_FILTER_WAITS"] },
);

resolves(
  "decides as much of a filter as can be before anything runs",
  `
  node_templates:
    us: { type: Machine, properties: { zone: us } }
    eu: { type: Machine }
    p: { type: Program, requirements: [ host: { node_filter: { $and: [ ${
    loaded("0.5")
  }, { $equal: [ { $get_property: [ SELF, TARGET, zone ] }, eu ] } ] } } ] }
`,
  { edges: ["p host eu"], warns: ["TOSCA_FILTER_WAITS"] },
);

resolves(
  "selects no node by what is known only at run time",
  `
  node_templates:
    a: { type: Machine }
    b: { type: Machine, directives: [ select ], node_filter: { $equal: [ { $get_attribute: [ SELF, address ] }, x ] } }
`,
  { errors: ["TOSCA_FILTER_WAITS"] },
);
