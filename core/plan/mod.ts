/**
 * Planning, all of it pure: from a graph and an inventory to instances with places, claims and an order.
 *
 * What is planned is a value that can be printed, compared, saved and refused; carrying it out is the business of `agent/`.
 */
export type { Claim, ClaimWanted, Instance, Want } from "./instance.ts";
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
