import type { Problem, ServiceRef } from "../base/mod.ts";
import type { Instance } from "./instance.ts";
import type { Step } from "./step.ts";

/** What one deploy changes in the desired graph: pure, printable, comparable, refusable. */
export interface ServicePlan {
  readonly ref: ServiceRef;
  /** The generation of the graph that the plan was made from; 0 where there was none. */
  readonly baseGeneration: number;
  /** Every instance as it will be, tombstones included, in id order. */
  readonly instances: readonly Instance[];
  /** How each differs from now, in id order; unchanged ones included. */
  readonly changes: readonly InstanceChange[];
  /** Instances that found no host, with the reason for each host. An error refuses the whole plan. */
  readonly problems: readonly Problem[];
}

export interface InstanceChange {
  readonly id: string;
  readonly change: "create" | "update" | "move" | "remove" | "unchanged";
  readonly host: string;
  /** Why it is there, or what changes: sentences for people. */
  readonly reasons: readonly string[];
}

/** The steps of one host, in an order in which they can run: what is executed is this value. */
export interface HostPlan {
  readonly host: string;
  readonly ref: ServiceRef;
  /** In a deterministic topological order of needs and gates. */
  readonly steps: readonly Step[];
  /** For each item with a gated step, the items whose readiness (`start`) or stop (`stop`) it waits for. */
  readonly waits: readonly Wait[];
  /** Items whose steps are known only later, and what they wait for: printed as "after that". */
  readonly later: readonly { readonly item: string; readonly why: string }[];
  /** What could not be planned; an error on one item leaves the others' steps. */
  readonly problems: readonly Problem[];
}

/** An item that waits for others. */
export interface Wait {
  readonly item: string;
  readonly gate: "start" | "stop";
  readonly for: readonly string[];
}
