/**
 * The shared state and the host's own: plain files that `ls`, `cat` and `diff` can read.
 *
 * Correctness rests on link(2) making `document.<generation>` once; locks only save work (design: `docs/decisions/`).
 * Nothing slow happens under a lock, and reading needs none.
 *
 *     const store = await openStore({ root: "/mnt/khutulun", writer, clock, random, files, locks });
 *     const now = await store.asked({ namespace: "default", service: "shop" }).latest();
 */
export type { StoreOptions } from "./_context.ts";
export { createCluster } from "./create_cluster.ts";
export {
  type AuditEntry,
  type ClaimHolder,
  type ClusterSpec,
  type GraphSpec,
  type HostSpec,
  type HostWantedSpec,
  type ObservedItem,
  type ObservedSpec,
  type PackageRef,
  type SealSpec,
  type SecretRef,
  type SecretSpec,
  type ServiceSpec,
  type StateDocument,
  type StateEvent,
  stateFormat,
  type TokenSpec,
  type UpdateSpec,
} from "./documents.ts";
export { nextCursor } from "./events.ts";
export type { HandEdit } from "./hand_edits.ts";
export { decodeName, encodeName, Layout } from "./layout.ts";
export { type MountFinding, probeMount, type ProbeOptions } from "./probe_mount.ts";
export { openStore } from "./open_store.ts";
export { openOwnStore, type OwnStoreOptions } from "./own_store.ts";
export {
  bytesDigest,
  checkPackageFiles,
  packageDigest,
  type PackageFile,
  packageLimits,
} from "./package_digest.ts";
export { changeDocument, isConflict } from "./change_document.ts";
export type {
  AgentSpec,
  AuditLog,
  Claims,
  EventLog,
  Generations,
  Ledger,
  OwnDocument,
  Owned,
  OwnStore,
  Packages,
  PlacementsSpec,
  Store,
} from "./store.ts";
