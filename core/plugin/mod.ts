/**
 * The contract with plugins: what they are told, what they may answer, what they may reach.
 *
 * No runtime is here, and no input or output: calling a plugin is the business of `agent/plugins/`, running its code
 * that of `platform/extism/`. What comes from a plugin is read strictly: a value of another form is refused, never
 * turned into a default.
 */
export { ShapeError } from "./_shape.ts";
export { classifyCommand, isCommandAllowed } from "./classify_command.ts";
export {
  contractVersion,
  type HostFacts,
  type HostFunctionInputs,
  type HostFunctionOutputs,
  type HostPaths,
  type Item,
  type ItemArtifact,
  type ItemResponse,
  type Phase,
  type Relation,
  type Request,
  type Response,
  type SeenInstance,
  type StepHeader,
  type Verb,
} from "./contract.ts";
export { type HostFunctionName, hostFunctionNames } from "./host_functions.ts";
export type { CommandKind, CommandRule, Manifest } from "./manifest.ts";
export { isPlainPath, type PathMatch, PathPatterns } from "./path_patterns.ts";
export { type HostCall, readHostCall } from "./read_host_call.ts";
export { readManifest, wrongContract } from "./read_manifest.ts";
export { readResponse } from "./read_response.ts";
