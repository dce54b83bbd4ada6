import type { Mistake } from "./right_template.ts";

/** Things that lead back to themselves. */
export const circles: readonly Mistake[] = [
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
];
