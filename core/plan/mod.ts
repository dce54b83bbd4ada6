/**
 * Planning, all of it pure: from a graph and an inventory to instances with places, claims and an order.
 *
 * `planService` says what should be where and why; `arrangeHostPlan` brings the steps of one host into an order. What is
 * planned is a value that can be printed, compared, saved and refused; carrying it out is the business of `agent/`.
 */
export { arrangeHostPlan } from "./arrange_host_plan.ts";
export { planDigest, type WholePlan } from "./plan_digest.ts";
export type { Claim, ClaimWanted, Instance, Want } from "./instance.ts";
export { durationMs } from "./duration_ms.ts";
export { fenceMs, isExclusive, whyNotExclusive } from "./exclusive.ts";
export {
  type FailoverDuty,
  failoverDuty,
  type FailoverInput,
  takeoverOrder,
  takeoverStepMs,
} from "./failover.ts";
export { followsOf } from "./instantiate.ts";
export { type HeldClaim, type HostInventory, requestsOf, type Resources } from "./inventory.ts";
export {
  compareInstanceIds,
  escapeName,
  instanceId,
  partsOfInstanceId,
  resourceName,
} from "./names.ts";
export { dependencyType, type Ordered, topologicalOrder } from "./order.ts";
export {
  type IsolationRule,
  readRunningRules,
  type RestartRule,
  ruledProperties,
  stoppedByPolicy,
} from "./running.ts";
export { planService, type Realisation, type ServicePlanInput } from "./plan_service.ts";
export type {
  ArtifactSource,
  Effect,
  EndEffect,
  ExecEffect,
  RemoveEffect,
  ResourceId,
  SpawnEffect,
  Step,
  WriteEffect,
} from "./step.ts";
export type { HostPlan, InstanceChange, ServicePlan, Wait } from "./service_plan.ts";
export type { Scale } from "./instantiate.ts";
export { commonCommand, joinSteps, splitTogether } from "./together.ts";
export { readUpdateRules, type TurnPeer, type UpdateRule, whyNotYet } from "./turns.ts";
export { isRefusal, type PlacementNeeds } from "./units.ts";
