import { must } from "./must.ts";

must(1, "text that is not YAML", {
  bad: "a: [ 1\nb: }\n",
  finds: "YAML_SYNTAX",
  good: "metadata: { a: [ 1 ] }\n",
});
must(2, "a key that stands twice", {
  bad: "metadata: { a: 1 }\nmetadata: { b: 1 }\n",
  finds: "YAML_DUPLICATE_KEY 3",
  good: "metadata: { a: 1, b: 1 }\n",
});
must(3, "a root that is no map", {
  bad: "$RAW\n- a\n",
  finds: "TOSCA_FILE 1",
  good: "metadata: {}\n",
});
must(
  4,
  "the version missing, unknown or not first",
  {
    bad: "$RAW\nmetadata: {}\n",
    finds: "TOSCA_VERSION 1",
    good: "$RAW\n# comment\n---\ntosca_definitions_version: tosca_2_0\n",
  },
  { bad: "$RAW\ntosca_definitions_version: tosca_3_0\n", finds: "TOSCA_VERSION 1", good: "" },
  {
    bad: "$RAW\nmetadata: {}\ntosca_definitions_version: tosca_2_0\n",
    finds: "TOSCA_VERSION 2",
    good: "",
  },
);
must(
  5,
  "an unknown keyname, with the nearest or its successor",
  { bad: "node_typs: {}\n", finds: "TOSCA_KEYNAME_UNKNOWN 2", good: "node_types: {}\n" },
  {
    bad: "topology_template: {}\n",
    finds: "TOSCA_KEYNAME_DRAFT 2",
    good: "service_template: { node_templates: {} }\n",
  },
);
must(6, "a mandatory keyname missing", {
  bad: "node_types: { A: {} }\nservice_template: { node_templates: { a: {} } }\n",
  finds: "TOSCA_KEYNAME_MISSING 3",
  good: "node_types: { A: {} }\nservice_template: { node_templates: { a: { type: A } } }\n",
});
must(7, "another kind of YAML value", {
  bad: "imports: a.yaml\n",
  finds: "TOSCA_KIND 2",
  good: "imports: []\n",
}, {
  bad: "node_types:\n",
  finds: "TOSCA_KIND 2",
  good: "node_types: {}\n",
});
must(8, "a profile with a service template", {
  bad: "profile: a\nservice_template: { node_templates: {} }\n",
  finds: "TOSCA_PROFILE_WITH_TEMPLATE 3",
  good: "profile: a\n",
});
must(9, "a description that is no string", {
  bad: "description: { a: 1 }\n",
  finds: "TOSCA_KIND 2",
  good: "description: a\nmetadata: { a: [ 1, null ] }\n",
});
must(10, "tags outside of the core schema", {
  bad: "metadata: { a: !!binary aGk= }\n",
  finds: "YAML_TAG 2",
  good: "metadata: { a: !!str 1 }\n",
});
must(11, "an alias without anchor", {
  bad: "metadata: *nothing\n",
  finds: "YAML_ALIAS 2",
  good: "dsl_definitions: { a: &a { b: 1 } }\nmetadata: *a\n",
});

const types = { "types.yaml": "node_types: { A: {} }\n", "more.yaml": "node_types: { A: {} }\n" };
must(12, "an import with both or neither of url and profile", {
  bad: "imports: [ { namespace: a } ]\n",
  finds: "TOSCA_IMPORT_FORM 2",
  good: "imports: [ { url: types.yaml }, { profile: org.example:1.0 } ]\n",
  files: types,
}, {
  bad: "imports: [ { url: types.yaml, profile: org.example:1.0 } ]\n",
  finds: "TOSCA_IMPORT_FORM 2",
  good: "imports: [ types.yaml ]\n",
  files: types,
});
must(13, "a repository with a profile or a scheme", {
  bad:
    "repositories: { r: https://example.com }\nimports: [ { url: https://example.com/a.yaml, repository: r } ]\n",
  finds: "TOSCA_IMPORT_FORM 3",
  good: "repositories: { r: . }\nimports: [ { url: types.yaml, repository: r } ]\n",
  files: types,
});
must(14, "an undefined repository", {
  bad: "imports: [ { url: types.yaml, repository: r } ]\n",
  finds: "TOSCA_REPOSITORY_UNKNOWN 2",
  good: "repositories: { r: { url: . } }\nimports: [ { url: types.yaml, repository: r } ]\n",
  files: types,
});
must(15, "an import that cannot be read", {
  bad: "imports: [ nothing.yaml ]\n",
  finds: "TOSCA_IMPORT_NOT_FOUND 2",
  good: "imports: [ types.yaml ]\n",
  files: types,
});
must(16, "an unknown profile", {
  bad: "imports: [ { profile: org.exmple:1.0 } ]\n",
  finds: "TOSCA_PROFILE_UNKNOWN 2",
  good:
    "imports: [ { profile: org.example:1.0 } ]\nservice_template: { node_templates: { a: { type: Thing } } }\n",
});
must(17, "an imported service template", {
  bad: "imports: [ main2.yaml ]\n",
  finds: "TOSCA_IMPORT_TEMPLATE warning",
  good: "imports: [ types.yaml ]\nservice_template: { node_templates: { a: { type: A } } }\n",
  files: { ...types, "main2.yaml": "service_template: { node_templates: {} }\n" },
});
must(18, "two definitions of one name", {
  bad: "imports: [ types.yaml, more.yaml ]\n",
  finds: "TOSCA_NAME_COLLISION 2",
  good: "imports: [ types.yaml, { url: more.yaml, namespace: more } ]\n",
  files: types,
});
must(19, "an unknown namespace or name", {
  bad: "imports: [ { url: types.yaml, namespace: n } ]\nnode_types: { B: { derived_from: m:A } }\n",
  finds: "TOSCA_NAMESPACE_UNKNOWN 3",
  good:
    "imports: [ { url: types.yaml, namespace: n } ]\nnode_types: { B: { derived_from: n:A } }\n",
  files: types,
}, {
  bad: "imports: [ { url: types.yaml, namespace: n } ]\nnode_types: { B: { derived_from: n:C } }\n",
  finds: "TOSCA_TYPE_UNKNOWN 3",
  good:
    "imports: [ { url: mid.yaml, namespace: m } ]\nnode_types: { B: { derived_from: m:n:A } }\n",
  files: { ...types, "mid.yaml": "imports: [ { url: types.yaml, namespace: n } ]\n" },
});
must(20, "an import that leaves the archive", {
  bad: "imports: [ ../types.yaml ]\n",
  finds: "TOSCA_IMPORT_ESCAPES 2",
  good: "imports: [ a/../types.yaml ]\n",
  files: types,
});
must(21, "a repository without url", {
  bad: "repositories: { r: { description: a } }\n",
  finds: "TOSCA_KEYNAME_MISSING 2",
  good: "repositories: { r: https://example.com }\n",
});
must(22, "an import that nothing uses", {
  bad:
    "imports: [ types.yaml ]\nnode_types: { B: {} }\nservice_template: { node_templates: { b: { type: B } } }\n",
  finds: "TOSCA_IMPORT_UNUSED warning",
  good: "imports: [ types.yaml ]\nservice_template: { node_templates: { a: { type: A } } }\n",
  files: types,
});
