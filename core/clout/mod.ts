/**
 * The graph of a service: its model, its values, and what can be done with a graph alone.
 *
 * It knows nothing of hosts and runs nothing.
 */
export type {
  Activity,
  Artifact,
  Capability,
  Clout,
  Edge,
  Group,
  Interface,
  Operation,
  Policy,
  ServiceFacts,
  Substitution,
  Trigger,
  Vertex,
  Workflow,
  WorkflowStep,
} from "./model.ts";
export { flatten } from "./flatten.ts";
export {
  apply,
  type Change,
  type CloutDifference,
  difference,
  isEmptyDifference,
  type VertexDifference,
} from "./difference.ts";
export { CloutIndex, edgeKey, hasType, type IncomingEdge } from "./query.ts";
export { jsonToClout, jsonToValue, jsonToVertex, readClout } from "./read.ts";
export {
  cloutFormat,
  cloutToJson,
  type CloutWriteOptions,
  valueMapToJson,
  valueToJson,
  vertexToJson,
  writeClout,
} from "./write.ts";
export {
  type GraphCall,
  graphCall,
  type GraphFunction,
  type GraphPath,
  readGraphCall,
} from "./path.ts";
export { Call, isDeferred, Scalar, type Value, type ValueList, type ValueMap } from "./value.ts";
