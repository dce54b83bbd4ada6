import type { Mistake } from "./right_template.ts";

/** Text that is not YAML, and values of another YAML kind. */
export const kinds: readonly Mistake[] = [
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
  ["version misspelt", "tosca_2_0\n", "tosca_2_1\n", "TOSCA_VERSION 1"],
  [
    "dup requirement def",
    "      - host: {",
    "      - host: { capability: Host, relationship: HostedOn }\n      - host: {",
    "YAML_DUPLICATE_KEY 47",
  ],
  ["dup type", "  LinksTo: {}", "  LinksTo: {}\n  HostedOn: {}", "YAML_DUPLICATE_KEY 29"],
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
    "not first",
    "tosca_definitions_version: tosca_2_0\nrepositories:",
    "description: x\ntosca_definitions_version: tosca_2_0\nrepositories:",
    "TOSCA_VERSION 2",
  ],
];
