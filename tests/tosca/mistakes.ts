/**
 * Mistakes that people make, each in a template that is right otherwise: what of it is replaced by what, and the one
 * problem that is to be found, with its line.
 */
export type Mistake = readonly [title: string, right: string, wrong: string, finds: string];

/** The template that is right. */
export const rightTemplate = `tosca_definitions_version: tosca_2_0
repositories:
  store: { url: "https://example.org/" }
artifact_types:
  Script: { mime_type: text/x-sh, file_ext: [ sh ], properties: { mode: { type: integer, default: 1 } } }
data_types:
  Port: { derived_from: integer, validation: { $less_or_equal: [ $value, 65535 ] } }
  Size: { derived_from: scalar, units: { B: 1, kB: 1000 } }
  Address: { properties: { street: { type: string }, number: { type: integer } } }
capability_types:
  Host:
    properties:
      slots: { type: integer, default: 2 }
  Link: {}
interface_types:
  Life:
    inputs: { level: { type: integer, default: 0 } }
    operations:
      start:
        inputs: { speed: { type: integer, default: 1 } }
        outputs: { pid: { type: integer } }
      stop: {}
    notifications: { done: {} }
relationship_types:
  HostedOn:
    properties: { rank: { type: integer, default: 0 } }
    valid_capability_types: [ Host ]
  LinksTo: {}
group_types:
  Machines: { members: [ Machine ], properties: { label: { type: string, default: x } } }
policy_types:
  Spread: { targets: [ Machine, Machines ], properties: { weight: { type: integer, default: 1 } } }
node_types:
  Machine:
    properties:
      name: { type: string }
      cores: { type: integer, default: 4 }
    attributes: { address: { type: string } }
    capabilities: { host: Host }
  Program:
    properties:
      port: { type: Port }
      env: { type: map, entry_schema: string, default: {} }
    artifacts: { run: { type: Script, file: run.sh } }
    requirements:
      - host: { capability: Host, node: Machine, relationship: HostedOn, count_range: [ 1, 1 ] }
    interfaces:
      life:
        type: Life
        operations: { start: { implementation: run } }
service_template:
  inputs:
    p: { type: integer, default: 80 }
  node_templates:
    machine:
      type: Machine
      properties: { name: m }
    program:
      type: Program
      properties: { port: 80 }
      requirements:
        - host: machine
  outputs:
    addr: { value: { $get_attribute: [ machine, address ] } }
  groups:
    all: { type: Machines, members: [ machine ] }
  policies:
    - spread: { type: Spread, targets: [ all ] }
  workflows:
    go:
      steps:
        one: { target: machine, activities: [ set_state: up ], on_success: [ two ] }
        two: { target: program, activities: [ call_operation: life.start ] }
`;

export const mistakes: readonly Mistake[] = [
  ["misspelt top section", "node_types:\n", "node_type:\n", "TOSCA_KEYNAME_UNKNOWN 33"],
  [
    "misspelt properties in node type",
    "    properties:\n      name: { type: string }",
    "    propertys:\n      name: { type: string }",
    "TOSCA_KEYNAME_UNKNOWN 35",
  ],
  [
    "misspelt properties in template",
    "      properties: { name: m }",
    "      propertis: { name: m }",
    "TOSCA_KEYNAME_UNKNOWN 57",
  ],
  [
    "misspelt type in template",
    "      type: Machine\n      properties: { name: m }",
    "      tpye: Machine\n      properties: { name: m }",
    "TOSCA_KEYNAME_UNKNOWN 56",
  ],
  ["misspelt node_templates", "  node_templates:", "  node_template:", "TOSCA_KEYNAME_UNKNOWN 54"],
  [
    "misspelt service_template",
    "service_template:",
    "service_templates:",
    "TOSCA_KEYNAME_UNKNOWN 51",
  ],
  [
    "misspelt requirements in template",
    "      requirements:\n        - host: machine",
    "      requirement:\n        - host: machine",
    "TOSCA_KEYNAME_UNKNOWN 61",
  ],
  [
    "misspelt requirements in type",
    "    requirements:\n      - host:",
    "    requirement:\n      - host:",
    "TOSCA_KEYNAME_UNKNOWN 45",
  ],
  [
    "misspelt capabilities in type",
    "    capabilities: { host: Host }",
    "    capabilites: { host: Host }",
    "TOSCA_KEYNAME_UNKNOWN 39",
  ],
  [
    "misspelt attributes in type",
    "    attributes: { address: { type: string } }",
    "    attribute: { address: { type: string } }",
    "TOSCA_KEYNAME_UNKNOWN 38",
  ],
  [
    "misspelt interfaces in type",
    "    interfaces:\n      life:\n        type: Life\n",
    "    interface:\n      life:\n        type: Life\n",
    "TOSCA_KEYNAME_UNKNOWN 47",
  ],
  [
    "misspelt operations in interface type",
    "    operations:\n      start:\n",
    "    operation:\n      start:\n",
    "TOSCA_KEYNAME_UNKNOWN 18",
  ],
  [
    "misspelt operations in interface def",
    "        operations: { start: { implementation: run } }",
    "        operation: { start: { implementation: run } }",
    "TOSCA_KEYNAME_UNKNOWN 50",
  ],
  [
    "misspelt artifacts",
    "    artifacts: { run:",
    "    artefacts: { run:",
    "TOSCA_KEYNAME_UNKNOWN 44",
  ],
  ["misspelt inputs", "  inputs:\n    p:", "  input:\n    p:", "TOSCA_KEYNAME_UNKNOWN 52"],
  ["misspelt outputs", "  outputs:\n    addr:", "  output:\n    addr:", "TOSCA_KEYNAME_UNKNOWN 63"],
  ["misspelt groups", "  groups:\n", "  group:\n", "TOSCA_KEYNAME_UNKNOWN 65"],
  ["misspelt policies", "  policies:\n", "  policy:\n", "TOSCA_KEYNAME_UNKNOWN 67"],
  ["misspelt workflows", "  workflows:\n", "  workflow:\n", "TOSCA_KEYNAME_UNKNOWN 69"],
  [
    "misspelt capability",
    "host: { capability: Host, node",
    "host: { capabilty: Host, node",
    "TOSCA_KEYNAME_UNKNOWN 46",
  ],
  [
    "misspelt relationship",
    "relationship: HostedOn, count",
    "relationshp: HostedOn, count",
    "TOSCA_KEYNAME_UNKNOWN 46",
  ],
  [
    "misspelt node kw",
    "Host, node: Machine, rel",
    "Host, nod: Machine, rel",
    "TOSCA_KEYNAME_UNKNOWN 46",
  ],
  [
    "misspelt count_range",
    "count_range: [ 1, 1 ]",
    "count_ranges: [ 1, 1 ]",
    "TOSCA_KEYNAME_UNKNOWN 46",
  ],
  ["misspelt units", "units: { B: 1", "unit: { B: 1", "TOSCA_KEYNAME_UNKNOWN 8"],
  [
    "misspelt derived_from",
    "Port: { derived_from: integer,",
    "Port: { derive_from: integer,",
    "TOSCA_KEYNAME_UNKNOWN 7",
  ],
  [
    "misspelt derived_from scalar",
    "Size: { derived_from: scalar,",
    "Size: { derivedfrom: scalar,",
    "TOSCA_KEYNAME_UNKNOWN 8",
  ],
  ["misspelt validation", "validation: { $less", "validaton: { $less", "TOSCA_KEYNAME_UNKNOWN 7"],
  [
    "misspelt type in prop",
    "      name: { type: string }",
    "      name: { typ: string }",
    "TOSCA_KEYNAME_UNKNOWN 36",
  ],
  [
    "misspelt default",
    "cores: { type: integer, default: 4 }",
    "cores: { type: integer, defualt: 4 }",
    "TOSCA_KEYNAME_UNKNOWN 37",
  ],
  [
    "misspelt default needed",
    "slots: { type: integer, default: 2 }",
    "slots: { type: integer, defaults: 2 }",
    "TOSCA_KEYNAME_UNKNOWN 13",
  ],
  [
    "misspelt entry_schema",
    "entry_schema: string, default: {}",
    "entry_shema: string, default: {}",
    "TOSCA_KEYNAME_UNKNOWN 43",
  ],
  [
    "misspelt artifact file",
    "{ type: Script, file: run.sh }",
    "{ type: Script, fil: run.sh }",
    "TOSCA_KEYNAME_UNKNOWN 44",
  ],
  [
    "misspelt implementation",
    "{ implementation: run }",
    "{ implementaton: run }",
    "TOSCA_KEYNAME_UNKNOWN 50",
  ],
  ["misspelt members", "members: [ machine ]", "member: [ machine ]", "TOSCA_KEYNAME_UNKNOWN 66"],
  [
    "misspelt members type",
    "members: [ Machine ]",
    "memberss: [ Machine ]",
    "TOSCA_KEYNAME_UNKNOWN 30",
  ],
  ["misspelt targets", "targets: [ all ]", "target: [ all ]", "TOSCA_KEYNAME_UNKNOWN 68"],
  ["misspelt steps", "      steps:\n", "      step:\n", "TOSCA_KEYNAME_UNKNOWN 71"],
  [
    "misspelt activities",
    "activities: [ set_state: up ]",
    "activites: [ set_state: up ]",
    "TOSCA_KEYNAME_UNKNOWN 72",
  ],
  ["misspelt set_state", "[ set_state: up ]", "[ set_stat: up ]", "TOSCA_KEYNAME_UNKNOWN 72"],
  [
    "misspelt call_operation",
    "call_operation: life.start",
    "call_operations: life.start",
    "TOSCA_KEYNAME_UNKNOWN 73",
  ],
  ["misspelt on_success", "on_success: [ two ]", "on_sucess: [ two ]", "TOSCA_KEYNAME_UNKNOWN 72"],
  [
    "misspelt target step",
    "one: { target: machine",
    "one: { traget: machine",
    "TOSCA_KEYNAME_UNKNOWN 72",
  ],
  ["misspelt url repo", '{ url: "https', '{ uri: "https', "TOSCA_KEYNAME_UNKNOWN 3"],
  [
    "misspelt valid_cap",
    "valid_capability_types: [ Host ]",
    "valid_capability_type: [ Host ]",
    "TOSCA_KEYNAME_UNKNOWN 27",
  ],
  [
    "misspelt notifications",
    "notifications: { done: {} }",
    "notification: { done: {} }",
    "TOSCA_KEYNAME_UNKNOWN 23",
  ],
  ["misspelt mime", "mime_type: text", "mimetype: text", "TOSCA_KEYNAME_UNKNOWN 5"],
  ["unknown data type", "cores: { type: integer", "cores: { type: integr", "TOSCA_TYPE_UNKNOWN 37"],
  [
    "unknown cap type",
    "capabilities: { host: Host }",
    "capabilities: { host: Hots }",
    "TOSCA_TYPE_UNKNOWN 39",
  ],
  [
    "unknown rel type",
    "relationship: HostedOn, count",
    "relationship: HostOn, count",
    "TOSCA_TYPE_UNKNOWN 46",
  ],
  [
    "unknown cap type in req",
    "{ capability: Host, node",
    "{ capability: Hostt, node",
    "TOSCA_TYPE_UNKNOWN 46",
  ],
  ["unknown node type in req", "node: Machine, rel", "node: Machin, rel", "TOSCA_TYPE_UNKNOWN 46"],
  ["unknown iface type", "        type: Life", "        type: Lif", "TOSCA_TYPE_UNKNOWN 49"],
  ["unknown art type", "{ type: Script, file", "{ type: Scrip, file", "TOSCA_TYPE_UNKNOWN 44"],
  [
    "unknown node type tmpl",
    "      type: Machine\n",
    "      type: Machin\n",
    "TOSCA_TYPE_UNKNOWN 56",
  ],
  [
    "unknown node type tmpl2",
    "      type: Program\n",
    "      type: Progam\n",
    "TOSCA_TYPE_UNKNOWN 59",
  ],
  ["unknown group type", "all: { type: Machines", "all: { type: Machine5", "TOSCA_TYPE_UNKNOWN 66"],
  [
    "unknown policy type",
    "spread: { type: Spread",
    "spread: { type: Spred",
    "TOSCA_TYPE_UNKNOWN 68",
  ],
  [
    "unknown entry schema type",
    "entry_schema: string",
    "entry_schema: strin",
    "TOSCA_TYPE_UNKNOWN 43",
  ],
  ["unknown member", "members: [ machine ]", "members: [ machin ]", "TOSCA_GROUP 66"],
  ["unknown target", "targets: [ all ]", "targets: [ al ]", "TOSCA_GROUP 68"],
  ["unknown step", "on_success: [ two ]", "on_success: [ tow ]", "TOSCA_WORKFLOW 72"],
  ["unknown op", "call_operation: life.start", "call_operation: life.strt", "TOSCA_WORKFLOW 73"],
  ["unknown iface", "call_operation: life.start", "call_operation: lif.start", "TOSCA_WORKFLOW 73"],
  ["unknown req target", "- host: machine", "- host: machne", "TOSCA_TARGET 62"],
  ["unknown req name", "- host: machine", "- hots: machine", "TOSCA_UNDEFINED 62"],
  [
    "unknown valid cap",
    "valid_capability_types: [ Host ]",
    "valid_capability_types: [ Hos ]",
    "TOSCA_TYPE_UNKNOWN 27",
  ],
  ["unknown members type", "members: [ Machine ]", "members: [ Machne ]", "TOSCA_TYPE_UNKNOWN 30"],
  [
    "unknown targets type",
    "targets: [ Machine, Machines ]",
    "targets: [ Machine, Machins ]",
    "TOSCA_TYPE_UNKNOWN 32",
  ],
  ["output of unknown attr", "[ machine, address ]", "[ machine, adress ]", "TOSCA_PATH 64"],
  ["output of unknown node", "[ machine, address ]", "[ machin, address ]", "TOSCA_PATH 64"],
  ["unknown prop", "properties: { name: m }", "properties: { nme: m }", "TOSCA_UNDEFINED 57"],
  [
    "unknown far prop",
    "properties: { name: m }",
    "properties: { name: m, colour: red }",
    "TOSCA_UNDEFINED 57",
  ],
  ["missing prop", "properties: { name: m }", "properties: {}", "TOSCA_PROPERTY_MISSING 55"],
  [
    "wrong type prop",
    "properties: { port: 80 }",
    'properties: { port: "80" }',
    "TOSCA_VALUE_TYPE 60",
  ],
  [
    "validation prop",
    "properties: { port: 80 }",
    "properties: { port: 80000 }",
    "TOSCA_VALIDATION 60",
  ],
  [
    "wrong default",
    "cores: { type: integer, default: 4 }",
    "cores: { type: integer, default: four }",
    "TOSCA_VALUE_TYPE 37",
  ],
  [
    "default fails",
    "port: { type: Port }",
    "port: { type: Port, default: 70000 }",
    "TOSCA_VALIDATION 42",
  ],
  [
    "scalar no unit",
    "env: { type: map",
    "big: { type: Size, default: 5 }\n      env: { type: map",
    "TOSCA_VALUE_TYPE 43",
  ],
  [
    "scalar that is a word",
    "env: { type: map",
    "big: { type: Size, default: much }\n      env: { type: map",
    "TOSCA_VALUE_TYPE 43",
  ],
  [
    "scalar that begins with a word",
    "env: { type: map",
    "big: { type: Size, default: ten kB }\n      env: { type: map",
    "TOSCA_VALUE_TYPE 43",
  ],
  [
    "complex missing",
    "env: { type: map",
    "adr: { type: Address, default: { street: x } }\n      env: { type: map",
    "TOSCA_PROPERTY_MISSING 43",
  ],
  [
    "complex unknown",
    "env: { type: map",
    "adr: { type: Address, default: { street: x, numbr: 4 } }\n      env: { type: map",
    "TOSCA_UNDEFINED 43",
  ],
  ["props a list", "properties: { name: m }", "properties: [ name: m ]", "TOSCA_KIND 57"],
  [
    "reqs a map",
    "      requirements:\n        - host: machine",
    "      requirements:\n        host: machine",
    "TOSCA_KIND 62",
  ],
  [
    "reqs a map in type",
    "    requirements:\n      - host:",
    "    requirements:\n        host:",
    "TOSCA_KIND 46",
  ],
  ["policies a map", "    - spread: {", "    spread: {", "TOSCA_KIND 68"],
  ["caps list", "capabilities: { host: Host }", "capabilities: [ host: Host ]", "TOSCA_KIND 39"],
  [
    "node template string",
    "    machine:\n      type: Machine\n      properties: { name: m }",
    "    machine: Machine",
    "TOSCA_KIND 55",
  ],
  [
    "node template null",
    "    machine:\n      type: Machine\n      properties: { name: m }",
    "    machine:",
    "TOSCA_KIND 55",
  ],
  [
    "description list",
    "service_template:\n",
    "service_template:\n  description: [ a ]\n",
    "TOSCA_KIND 52",
  ],
  ["metadata string", "service_template:\n", "service_template:\n  metadata: a\n", "TOSCA_KIND 52"],
  ["type list", "      type: Machine\n", "      type: [ Machine ]\n", "TOSCA_KIND 56"],
  [
    "required yes",
    "cores: { type: integer, default: 4 }",
    "cores: { type: integer, required: yes, default: 4 }",
    "TOSCA_KIND 37",
  ],
  ["count_range string", "count_range: [ 1, 1 ]", "count_range: 1..1", "TOSCA_COUNT_RANGE 46"],
  [
    "count_range inverted",
    "count_range: [ 1, 1 ]",
    "count_range: [ 2, 1 ]",
    "TOSCA_COUNT_RANGE 46",
  ],
  [
    "count neg",
    "      type: Program\n",
    "      type: Program\n      count: -1\n",
    "TOSCA_COUNT 60",
  ],
  [
    "count string",
    "      type: Program\n",
    "      type: Program\n      count: two\n",
    "TOSCA_VALUE_TYPE 60",
  ],
  [
    "directive",
    "      type: Program\n",
    "      type: Program\n      directives: [ creat ]\n",
    "TOSCA_DIRECTIVE 60",
  ],
  [
    "directive string",
    "      type: Program\n",
    "      type: Program\n      directives: create\n",
    "TOSCA_KIND 60",
  ],
  ["members string", "members: [ machine ]", "members: machine", "TOSCA_KIND 66"],
  [
    "steps list",
    "        one: { target: machine, activities: [ set_state: up ], on_success: [ two ] }\n        two: {",
    "        - one: { target: machine, activities: [ set_state: up ] }\n        - two: {",
    "TOSCA_KIND 72",
  ],
  ["interface null type", "        type: Life\n", "        type:\n", "TOSCA_KIND 49"],
  [
    "draft occurrences req",
    "count_range: [ 1, 1 ]",
    "occurrences: [ 1, 1 ]",
    "TOSCA_KEYNAME_DRAFT 46",
  ],
  [
    "draft constraints",
    "validation: { $less_or_equal: [ $value, 65535 ] }",
    "constraints: [ less_or_equal: 65535 ]",
    "TOSCA_KEYNAME_DRAFT 7",
  ],
  [
    "draft get_input",
    "properties: { port: 80 }",
    "properties: { port: { get_input: p } }",
    "TOSCA_VALUE_TYPE 60",
  ],
  [
    "draft valid_source_types",
    "    valid_capability_types: [ Host ]",
    "    valid_target_types: [ Host ]",
    "TOSCA_KEYNAME_DRAFT 27",
  ],
  ["draft topology_template", "service_template:", "topology_template:", "TOSCA_KEYNAME_DRAFT 51"],
  [
    "draft ops direct",
    "        operations: { start: { implementation: run } }",
    "        start: { implementation: run }",
    "TOSCA_KEYNAME_DRAFT 50",
  ],
  [
    "draft ops direct other",
    "        operations: { start: { implementation: run } }",
    "        reboot: { implementation: run }",
    "TOSCA_KEYNAME_UNKNOWN 50",
  ],
  [
    "draft range",
    "cores: { type: integer, default: 4 }",
    "cores: { type: range, default: [ 1, 2 ] }",
    "TOSCA_TYPE_UNKNOWN 37",
  ],
  [
    "draft scalar-unit",
    "cores: { type: integer, default: 4 }",
    "cores: { type: scalar-unit.size, default: 4 GB }",
    "TOSCA_TYPE_UNKNOWN 37",
  ],
  ["draft version", "tosca_2_0\n", "tosca_simple_yaml_1_3\n", "TOSCA_VERSION 1"],
  ["version misspelt", "tosca_2_0\n", "tosca_2_1\n", "TOSCA_VERSION 1"],
  [
    "draft selectable",
    "      type: Machine\n",
    "      type: Machine\n      directives: [ selectable ]\n",
    "TOSCA_DIRECTIVE 57",
  ],
  [
    "draft node_filter",
    "        - host: machine",
    "        - host: { node: machine, node_filter: { properties: [ cores: { greater_than: 2 } ] } }",
    "TOSCA_VALUE_TYPE 62",
  ],
  [
    "draft tosca.nodes.Root",
    "  Machine:\n    prop",
    "  Machine:\n    derived_from: tosca.nodes.Root\n    prop",
    "TOSCA_TYPE_UNKNOWN 35",
  ],
  ["draft namespace", "repositories:", "namespace: org.x\nrepositories:", "TOSCA_KEYNAME_DRAFT 2"],
  [
    "draft status",
    "cores: { type: integer,",
    "cores: { status: supported, type: integer,",
    "TOSCA_KEYNAME_DRAFT 37",
  ],
  [
    "draft credential",
    'https://example.org/" }',
    'https://example.org/", credential: { token: x } }',
    "TOSCA_KEYNAME_DRAFT 3",
  ],
  [
    "draft impl timeout",
    "{ implementation: run }",
    "{ implementation: { primary: run, timeout: 60 } }",
    "TOSCA_KEYNAME_DRAFT 50",
  ],
  [
    "draft occurrences assign",
    "        - host: machine",
    "        - host: { node: machine, occurrences: 1 }",
    "TOSCA_KEYNAME_DRAFT 62",
  ],
  [
    "draft capability occurrences",
    "capabilities: { host: Host }",
    "capabilities: { host: { type: Host, occurrences: [ 1, 1 ] } }",
    "TOSCA_KEYNAME_DRAFT 39",
  ],
  [
    "draft valid_source_types cap",
    "capabilities: { host: Host }",
    "capabilities: { host: { type: Host, valid_source_types: [ Program ] } }",
    "TOSCA_KEYNAME_DRAFT 39",
  ],
  [
    "draft trigger",
    "spread: { type: Spread,",
    "spread: { triggers: { t: { event: x, schedule: {}, action: [ set_state: a ] } }, type: Spread,",
    "TOSCA_KEYNAME_DRAFT 68",
  ],
  [
    "draft group interfaces",
    "all: { type: Machines,",
    "all: { interfaces: {}, type: Machines,",
    "TOSCA_KEYNAME_DRAFT 66",
  ],
  [
    "draft in_range",
    "$less_or_equal: [ $value, 65535 ]",
    "$in_range: [ $value, [ 1, 65535 ] ]",
    "TOSCA_FUNCTION_UNKNOWN 7",
  ],
  [
    "draft import short map",
    "repositories:",
    "imports: [ other: a.yaml ]\nrepositories:",
    "TOSCA_KEYNAME_UNKNOWN 2",
  ],
  [
    "cap cycle",
    "  Link: {}",
    "  Link: { derived_from: Link2 }\n  Link2: { derived_from: Link }",
    "TOSCA_TYPE_CYCLE 14",
  ],
  ["self derive", "  LinksTo: {}", "  LinksTo: { derived_from: LinksTo }", "TOSCA_TYPE_CYCLE 28"],
  [
    "data cycle",
    "  Address: { properties:",
    "  Addr2: { derived_from: Address }\n  Address: { derived_from: Addr2, properties:",
    "TOSCA_TYPE_CYCLE 9",
  ],
  [
    "property cycle",
    "properties: { name: m }",
    "properties: { name: { $get_property: [ SELF, name ] } }",
    "TOSCA_EVALUATION_CYCLE 57",
  ],
  [
    "property cycle two",
    "properties: { port: 80 }",
    "properties: { port: { $get_property: [ SELF, port ] } }",
    "TOSCA_EVALUATION_CYCLE 60",
  ],
  [
    "workflow cycle",
    "two: { target: program,",
    "two: { on_success: [ one ], target: program,",
    "TOSCA_WORKFLOW 72",
  ],
  [
    "copy self",
    "      type: Program\n",
    "      type: Program\n      copy: program\n",
    "TOSCA_COPY 60",
  ],
  ["group of itself", "members: [ machine ]", "members: [ all ]", "TOSCA_GROUP 66"],
  [
    "dup requirement def",
    "      - host: {",
    "      - host: { capability: Host, relationship: HostedOn }\n      - host: {",
    "YAML_DUPLICATE_KEY 47",
  ],
  ["dup type", "  LinksTo: {}", "  LinksTo: {}\n  HostedOn: {}", "YAML_DUPLICATE_KEY 29"],
  [
    "prop and attr differ",
    "attributes: { address: { type: string } }",
    "attributes: { address: { type: string }, cores: { type: string } }",
    "TOSCA_REFINEMENT 38",
  ],
  [
    "req cap unadmitted",
    "host: { capability: Host, node: Machine, rel",
    "host: { capability: Link, node: Machine, rel",
    "TOSCA_REQUIREMENT_DEFINITION 46",
  ],
  [
    "count too many",
    "        - host: machine",
    "        - host: machine\n        - host: machine",
    "TOSCA_REQUIREMENT_COUNT 63",
  ],
  [
    "count range vs optional",
    "        - host: machine",
    "        - host: { node: machine, optional: true }",
    "TOSCA_REQUIREMENT_COUNT 62",
  ],
  [
    "func misspelt",
    "$get_attribute: [ machine",
    "$get_atribute: [ machine",
    "TOSCA_FUNCTION_UNKNOWN 64",
  ],
  [
    "func args",
    "{ $get_attribute: [ machine, address ] }",
    "{ $concat: [ a, 1 ] }",
    "TOSCA_ARGUMENTS 64",
  ],
  [
    "func no args",
    "{ $get_attribute: [ machine, address ] }",
    "{ $token: [ a, b ] }",
    "TOSCA_ARGUMENTS 64",
  ],
  [
    "input undeclared",
    "properties: { port: 80 }",
    "properties: { port: { $get_input: q } }",
    "TOSCA_INPUT_UNDECLARED 60",
  ],
  [
    "input type",
    "properties: { name: m }",
    "properties: { name: { $get_input: p } }",
    "TOSCA_VALUE_TYPE 57",
  ],
  [
    "func two keys",
    "properties: { name: m }",
    "properties: { name: { $get_input: p, x: 1 } }",
    "TOSCA_CALL_MALFORMED 57",
  ],
  ["value outside", "properties: { name: m }", "properties: { name: $value }", "TOSCA_CONTEXT 57"],
  [
    "node_index in output",
    "{ $get_attribute: [ machine, address ] }",
    "$node_index",
    "TOSCA_CONTEXT 64",
  ],
  [
    "allocation unknown",
    "        - host: machine",
    "        - host: { node: machine, allocation: { slot: 1 } }",
    "TOSCA_ALLOCATION 62",
  ],
  [
    "allocation too much",
    "        - host: machine",
    "        - host: { node: machine, allocation: { slots: 9 } }",
    "TOSCA_ALLOCATION_EXCEEDED 62",
  ],
  [
    "rel prop unknown",
    "        - host: machine",
    "        - host: { node: machine, relationship: { properties: { rnk: 1 } } }",
    "TOSCA_UNDEFINED 62",
  ],
  [
    "rel prop wrong",
    "        - host: machine",
    "        - host: { node: machine, relationship: { properties: { rank: a } } }",
    "TOSCA_VALUE_TYPE 62",
  ],
  [
    "rel unknown",
    "        - host: machine",
    "        - host: { node: machine, relationship: HostsOn }",
    "TOSCA_RELATIONSHIP_UNKNOWN 62",
  ],
  [
    "cap name unknown",
    "        - host: machine",
    "        - host: { node: machine, capability: hos }",
    "TOSCA_TARGET 62",
  ],
  [
    "rel kw",
    "        - host: machine",
    "        - host: { node: machine, relationshp: HostedOn }",
    "TOSCA_KEYNAME_UNKNOWN 62",
  ],
  [
    "node kw",
    "        - host: machine",
    "        - host: { nod: machine }",
    "TOSCA_KEYNAME_UNKNOWN 62",
  ],
  ["pair", "        - host: machine", "        - host: [ machine, 3 ]", "TOSCA_UNFULFILLED 62"],
  ["pair neg", "        - host: machine", "        - host: [ machine, -1 ]", "TOSCA_TARGET 62"],
  [
    "pair text",
    "        - host: machine",
    "        - host: [ machine, first ]",
    "TOSCA_VALUE_TYPE 62",
  ],
  [
    "op input wrong",
    "      requirements:\n        - host: machine",
    "      requirements:\n        - host: machine\n      interfaces: { life: { operations: { start: { inputs: { speed: fast } } } } }",
    "TOSCA_VALUE_TYPE 63",
  ],
  [
    "op unknown assign",
    "      requirements:\n        - host: machine",
    "      requirements:\n        - host: machine\n      interfaces: { life: { operations: { strt: {} } } }",
    "TOSCA_OPERATION_UNKNOWN 63",
  ],
  [
    "iface unknown assign",
    "      requirements:\n        - host: machine",
    "      requirements:\n        - host: machine\n      interfaces: { lif: {} }",
    "TOSCA_UNDEFINED 63",
  ],
  [
    "cap unknown assign",
    "      properties: { name: m }",
    "      properties: { name: m }\n      capabilities: { hst: { properties: { slots: 3 } } }",
    "TOSCA_UNDEFINED 58",
  ],
  [
    "cap prop unknown",
    "      properties: { name: m }",
    "      properties: { name: m }\n      capabilities: { host: { properties: { slot: 3 } } }",
    "TOSCA_UNDEFINED 58",
  ],
  [
    "cap prop wrong",
    "      properties: { name: m }",
    "      properties: { name: m }\n      capabilities: { host: { properties: { slots: three } } }",
    "TOSCA_VALUE_TYPE 58",
  ],
  [
    "attr wrong",
    "      properties: { name: m }",
    "      properties: { name: m }\n      attributes: { address: 5 }",
    "TOSCA_VALUE_TYPE 58",
  ],
  [
    "policy prop",
    "spread: { type: Spread,",
    "spread: { properties: { weight: heavy }, type: Spread,",
    "TOSCA_VALUE_TYPE 68",
  ],
  [
    "group prop",
    "all: { type: Machines,",
    "all: { properties: { labl: a }, type: Machines,",
    "TOSCA_UNDEFINED 66",
  ],
  ["group member type", "members: [ machine ]", "members: [ program ]", "TOSCA_GROUP 66"],
  ["policy target type", "targets: [ all ]", "targets: [ program ]", "TOSCA_GROUP 68"],
  ["workflow target", "one: { target: machine", "one: { target: machne", "TOSCA_WORKFLOW 72"],
  [
    "workflow both",
    "      steps:\n",
    "      implementation: run\n      steps:\n",
    "TOSCA_WORKFLOW 71",
  ],
  [
    "substitution unknown type",
    "  groups:\n",
    "  substitution_mappings: { node_type: Machne }\n  groups:\n",
    "TOSCA_TYPE_UNKNOWN 65",
  ],
  [
    "substitution kw",
    "  groups:\n",
    "  substitution_mappings: { node_typ: Machine }\n  groups:\n",
    "TOSCA_KEYNAME_UNKNOWN 65",
  ],
  [
    "substitution cap",
    "  groups:\n",
    "  substitution_mappings: { node_type: Machine, capabilities: { hst: [ machine, host ] } }\n  groups:\n",
    "TOSCA_SUBSTITUTION 65",
  ],
  [
    "substitution prop",
    "  groups:\n",
    "  substitution_mappings: { node_type: Machine, properties: { nam: p } }\n  groups:\n",
    "TOSCA_SUBSTITUTION 65",
  ],
  [
    "substitution prop input",
    "  groups:\n",
    "  substitution_mappings: { node_type: Machine, properties: { name: q } }\n  groups:\n",
    "TOSCA_SUBSTITUTION 65",
  ],
  [
    "substitution prop type",
    "  groups:\n",
    "  substitution_mappings: { node_type: Machine, properties: { name: p } }\n  groups:\n",
    "TOSCA_SUBSTITUTION 65",
  ],
  [
    "substitution attr",
    "  groups:\n",
    "  substitution_mappings: { node_type: Machine, attributes: { address: adr } }\n  groups:\n",
    "TOSCA_SUBSTITUTION 65",
  ],
  [
    "tab indentation",
    "    program:\n      type: Program\n",
    "    program:\n\ttype: Program\n",
    "YAML_SYNTAX 59",
  ],
  ["unclosed bracket", "members: [ machine ]", "members: [ machine", "YAML_SYNTAX 66"],
  ["unclosed quote", "properties: { name: m }", 'properties: { name: "m }', "YAML_SYNTAX 57"],
  ["undefined alias", "properties: { name: m }", "properties: { name: *m }", "YAML_ALIAS 57"],
  [
    "function twice",
    "repositories:",
    "functions: { f: { signatures: [ { argument: [ { type: string } ] } ] } }\nrepositories:",
    "TOSCA_KEYNAME_UNKNOWN 2",
  ],
  [
    "import missing",
    "repositories:",
    "imports: [ nowhere.yaml ]\nrepositories:",
    "TOSCA_IMPORT_NOT_FOUND 2",
  ],
  [
    "import profile unknown",
    "repositories:",
    "imports: [ { profile: org.x } ]\nrepositories:",
    "TOSCA_PROFILE_UNKNOWN 2",
  ],
  [
    "profile with template",
    "repositories:",
    "profile: org.x\nrepositories:",
    "TOSCA_PROFILE_WITH_TEMPLATE 52",
  ],
  [
    "not first",
    "tosca_definitions_version: tosca_2_0\nrepositories:",
    "description: x\ntosca_definitions_version: tosca_2_0\nrepositories:",
    "TOSCA_VERSION 2",
  ],
  [
    "prefix unknown",
    "      type: Machine\n",
    "      type: k8s:Machine\n",
    "TOSCA_NAMESPACE_UNKNOWN 56",
  ],
];
