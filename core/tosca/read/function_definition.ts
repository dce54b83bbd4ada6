import type { YamlNode } from "../../yaml/mod.ts";
import { implementationDefinition } from "./artifact.ts";
import { entity, listOf, type Read, type Reader } from "./grammar.ts";
import { anyMap, flag, text } from "./scalars.ts";
import { schemaDefinition } from "./schema_definition.ts";

const longSignature = entity("function signature", {
  arguments: listOf(schemaDefinition),
  optional_arguments: listOf(schemaDefinition),
  variadic: flag,
  result: schemaDefinition,
  implementation: implementationDefinition,
  description: text,
  metadata: anyMap,
});

/** One signature of a function (TOSCA 2.0, section 10.4.2). */
export type SignatureDefinition = Read<typeof longSignature>;

/** Reads a signature; an empty one skips a position when a service template refines a function. */
const signatureDefinition: Reader<SignatureDefinition> = (node, report, label) => {
  if (isNull(node)) return { at: node };
  return longSignature(node, report, label);
};

/** Reads a function definition (TOSCA 2.0, section 10.4.1). */
export const functionDefinition = entity("function definition", {
  signatures: listOf(signatureDefinition),
  description: text,
  metadata: anyMap,
}, { mandatory: ["signatures"] });

export type FunctionDefinition = Read<typeof functionDefinition>;

function isNull(node: YamlNode): boolean {
  return node.kind === "scalar" && node.value === null;
}
