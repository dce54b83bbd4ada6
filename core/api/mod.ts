/**
 * How an agent is spoken to: the operations, their typed client, and what problems mean for whoever asked.
 *
 * The serving side has a door of its own, `server/mod.ts`, because it loads what a client does not need. Neither side
 * opens a socket: `platform/` does.
 *
 *     const client = new Client(connection);
 *     const services = await client.call("services", { query: {} });
 */
export type {
  AgentStatus,
  AuditEntry,
  ClusterStatus,
  ConnectionView,
  ContextAnswer,
  DeployAnswer,
  DeployRequest,
  DoctorFinding,
  EventFilter,
  Explanation,
  GenerationView,
  HostAnswer,
  HostChange,
  HostDetail,
  HostView,
  InstanceView,
  KeysView,
  NamespaceView,
  PackageDetail,
  PackageView,
  PlanView,
  Progress,
  RegisterAnswer,
  SavedPlan,
  SecretView,
  ServiceDetail,
  ServiceView,
  TokenView,
  Upload,
} from "../agent/mod.ts";
export type { TerminalSize } from "../ports/mod.ts";
export { type AgentPathOptions, type AgentPaths, agentPaths } from "./agent_paths.ts";
export { attachThrough } from "./attach_through.ts";
export { Client, type Connection, type ExecStreams } from "./client.ts";
export {
  addressOf,
  type OperationKind,
  type OperationName,
  operations,
  type OperationShape,
} from "./operations.ts";
export { exitCodeOf, type ProblemKind, problemKind, statusOf } from "./problem_kind.ts";
export { ProblemsError, toProblems } from "./problems_error.ts";
export type { AnswerOf, InputOf } from "./server/contract.ts";
export type { LogLine } from "./views.ts";
