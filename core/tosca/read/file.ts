import { didYouMean } from "../../base/mod.ts";
import { describeNode, stringOf, type YamlNode } from "../../yaml/mod.ts";
import type { Report } from "../report.ts";
import { artifactTypeDefinition } from "./artifact.ts";
import { capabilityTypeDefinition } from "./capability.ts";
import { dataTypeDefinition } from "./data_type.ts";
import { functionDefinition } from "./function_definition.ts";
import { entity, listed, listOf, mapOf, type Read, type Reader } from "./grammar.ts";
import { groupTypeDefinition } from "./group.ts";
import { interfaceTypeDefinition } from "./interface.ts";
import { nodeTypeDefinition } from "./node_type.ts";
import { policyTypeDefinition } from "./policy.ts";
import { relationshipTypeDefinition } from "./relationship.ts";
import { anyMap, nameText, text } from "./scalars.ts";
import { serviceTemplateDefinition } from "./service_template.ts";

const longRepository = entity("repository definition", {
  url: nameText,
  description: text,
  metadata: anyMap,
}, {
  mandatory: ["url"],
  drafts: { credential: "Remove it: how a repository is reached is not said in a template" },
});

/** A repository definition (TOSCA 2.0, section 6.5). */
export type RepositoryDefinition = Read<typeof longRepository>;

const repositoryDefinition: Reader<RepositoryDefinition> = (node, report, label) => {
  const value = stringOf(node);
  if (value) return { at: node, url: { value, node } };
  return longRepository(node, report, label);
};

const longImport = entity("import definition", {
  url: nameText,
  profile: nameText,
  repository: nameText,
  namespace: nameText,
  description: text,
  metadata: anyMap,
}, {
  drafts: {
    file: 'Write "url"',
    namespace_uri: 'Write "profile", or "namespace" for a prefix',
    namespace_prefix: 'Write "namespace"',
  },
  renamed: { file: "url", namespace_prefix: "namespace" },
});

/** An import definition (TOSCA 2.0, section 6.8). */
export type ImportDefinition = Read<typeof longImport>;

const importDefinition: Reader<ImportDefinition> = (node, report, label) => {
  const value = stringOf(node);
  if (value) return { at: node, url: { value, node } };
  return longImport(node, report, label);
};

const fileFields = {
  tosca_definitions_version: text,
  description: text,
  metadata: anyMap,
  dsl_definitions: anyMap,
  repositories: mapOf("repository", repositoryDefinition),
  imports: listOf(importDefinition),
  profile: nameText,
  functions: mapOf("function", functionDefinition),
  artifact_types: mapOf("artifact type", artifactTypeDefinition),
  data_types: mapOf("data type", dataTypeDefinition),
  capability_types: mapOf("capability type", capabilityTypeDefinition),
  interface_types: mapOf("interface type", interfaceTypeDefinition),
  relationship_types: mapOf("relationship type", relationshipTypeDefinition),
  node_types: mapOf("node type", nodeTypeDefinition),
  group_types: mapOf("group type", groupTypeDefinition),
  policy_types: mapOf("policy type", policyTypeDefinition),
  service_template: serviceTemplateDefinition,
};

const readFields = entity("TOSCA file", fileFields, {
  drafts: {
    topology_template: 'Write "service_template"',
    namespace: 'Write "profile"',
    template_name: 'Put it under "metadata"',
    template_author: 'Put it under "metadata"',
    template_version: 'Put it under "metadata"',
    schemas: "Remove it: describe values with data types",
  },
  renamed: { topology_template: "service_template" },
});

/** A TOSCA file (TOSCA 2.0, section 6.1). */
export type FileDefinition = Read<typeof readFields>;

/** Reads a TOSCA file's root; nothing where it is not one. */
export function readFile(root: YamlNode, report: Report): FileDefinition | undefined {
  if (root.kind !== "map") {
    report.error("TOSCA_FILE", root, {
      what: `Cannot read the file as TOSCA: it holds ${describeNode(root)}`,
      why: "A TOSCA file is a map of keynames",
      fix: 'Begin it with "tosca_definitions_version: tosca_2_0"',
    });
    return undefined;
  }
  if (!checkVersion(root, report)) return undefined;
  return readFields(root, report, "the file");
}

const version = "tosca_2_0";
const earlierVersions = [
  "tosca_simple_yaml_1_0",
  "tosca_simple_yaml_1_1",
  "tosca_simple_yaml_1_2",
  "tosca_simple_yaml_1_3",
];

/** Whether what follows can be judged as TOSCA 2.0. */
function checkVersion(root: YamlNode & { kind: "map" }, report: Report): boolean {
  const entry = root.entry("tosca_definitions_version");
  if (!entry) {
    report.error("TOSCA_VERSION", root.entries[0]?.key ?? root, {
      what: 'Cannot tell the file\'s TOSCA version: "tosca_definitions_version" is missing',
      fix: `Begin the file with "tosca_definitions_version: ${version}"`,
    });
    return false;
  }
  const value = stringOf(entry.value);
  if (value !== version) {
    const isEarlier = value !== undefined && earlierVersions.includes(value);
    report.error("TOSCA_VERSION", entry.value, {
      what: `Cannot read a file of the TOSCA version ${
        value === undefined ? describeNode(entry.value) : `"${value}"`
      }`,
      why: isEarlier
        ? `It is an earlier TOSCA; the one that is read is "${version}"`
        : `The known versions are ${listed([version, ...earlierVersions])}`,
      fix: isEarlier ? "Rewrite the file for TOSCA 2.0" : (value && didYouMean(value, [version])) ||
        `Write "tosca_definitions_version: ${version}"`,
    });
    return false;
  }
  if (root.entries[0].key !== entry.key) {
    report.error("TOSCA_VERSION", entry.key, {
      what: 'Cannot take "tosca_definitions_version" after other keynames',
      why: `"${stringOf(root.entries[0].key)}" stands before it`,
      fix: "Move it to the first line; comments may stand before it",
    });
  }
  return true;
}
