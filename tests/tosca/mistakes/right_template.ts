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
