/**
 * The shared state and the host's own: plain files that `ls`, `cat` and `diff` can read.
 *
 * Correctness rests on link(2) making `document.<generation>` once; locks only save work (design: `docs/decisions/`).
 * Nothing slow happens under a lock, and reading needs none.
 */
export {
  type ClaimHolder,
  type ClusterSpec,
  type GraphSpec,
  type HostSpec,
  type ObservedItem,
  type ObservedSpec,
  type PackageRef,
  type ServiceSpec,
  type StateDocument,
  type StateEvent,
  stateFormat,
} from "./documents.ts";
export type {
  AgentSpec,
  Claims,
  EventLog,
  Generations,
  Ledger,
  OwnDocument,
  OwnStore,
  Packages,
  Store,
} from "./store.ts";
