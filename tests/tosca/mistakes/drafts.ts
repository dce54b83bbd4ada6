import type { Mistake } from "./right_template.ts";

/** Words of earlier drafts and versions. */
export const drafts: readonly Mistake[] = [
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
];
