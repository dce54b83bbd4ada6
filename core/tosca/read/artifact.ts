import { stringOf } from "../../yaml/mod.ts";
import { entity, listOf, mapOf, type Read, type Reader } from "./grammar.ts";
import { propertyDefinition } from "./property_definition.ts";
import { anyMap, anyValue, nameText, type Text, text } from "./scalars.ts";
import { typeKeynames } from "./types.ts";

/** Reads an artifact type (TOSCA 2.0, section 12.1). */
export const artifactTypeDefinition = entity("artifact type", {
  ...typeKeynames,
  mime_type: text,
  file_ext: listOf(text),
  properties: mapOf("property", propertyDefinition),
});

export type ArtifactTypeDefinition = Read<typeof artifactTypeDefinition>;

/** Reads an artifact definition (TOSCA 2.0, section 12.2). */
export const artifactDefinition = entity("artifact definition", {
  type: nameText,
  file: nameText,
  repository: nameText,
  artifact_version: text,
  checksum: text,
  checksum_algorithm: text,
  properties: mapOf("property", anyValue),
  description: text,
  metadata: anyMap,
}, {
  mandatory: ["type", "file"],
  drafts: {
    version: 'Write "artifact_version"',
    deploy_path: "Remove it: where an artifact goes is the business of whoever deploys it",
  },
});

export type ArtifactDefinition = Read<typeof artifactDefinition>;

/** What an implementation names: an artifact of the node, or one defined in place. */
export type ArtifactReference = Text | ArtifactDefinition;

/** Reads an artifact's name or definition. */
const artifactReference: Reader<ArtifactReference> = (node, report, label) => {
  if (stringOf(node) !== undefined) return text(node, report, label);
  return artifactDefinition(node, report, label);
};

const longImplementation = entity("implementation", {
  primary: artifactReference,
  dependencies: listOf(artifactReference),
}, {
  drafts: {
    timeout: "Remove it: how long an operation may take is the orchestrator's business",
    operation_host: "Remove it: where an operation runs is the orchestrator's business",
  },
});

/** An operation's implementation (TOSCA 2.0, section 11.6). */
export type ImplementationDefinition = Read<typeof longImplementation>;

/** Reads an implementation; its short form is an artifact's name. */
export const implementationDefinition: Reader<ImplementationDefinition> = (node, report, label) => {
  if (stringOf(node) === undefined) return longImplementation(node, report, label);
  const primary = text(node, report, label);
  return primary && { at: node, primary };
};
