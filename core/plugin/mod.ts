/**
 * The contract with plugins: what they are told, what they may answer, what they may reach.
 *
 * No runtime is here: calling a plugin is the business of `agent/`, running its code that of `platform/`.
 */
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
  type StepHeader,
  type Verb,
} from "./contract.ts";
export type { CommandRule, Manifest } from "./manifest.ts";
