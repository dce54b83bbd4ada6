import type { Problem } from "../../base/mod.ts";
import type { HostPlan, Step } from "../../plan/mod.ts";
import type { Clock } from "../../ports/mod.ts";
import { Execution } from "./execution.ts";

/** How one step ended. `skipped` steps were never begun. */
export type StepOutcome =
  | { readonly kind: "done" }
  | { readonly kind: "failed"; readonly problem: Problem }
  | { readonly kind: "skipped"; readonly problem: Problem };

/** What the executor needs of its caller. It decides nothing itself. */
export interface Executor {
  /** Writes what the steps are about to make to the ledger: lasting before it returns. */
  readonly own: (steps: readonly Step[]) => Promise<void>;
  /** Carries out the step (see `runStep`). */
  readonly run: (step: Step, signal: AbortSignal) => Promise<void>;
  /** Carries out steps as one command (see `joinSteps`); where absent each is carried out by itself. */
  readonly together?: {
    readonly run: (steps: readonly Step[], signal: AbortSignal) => Promise<void>;
    /** Times how long steps wait for others that are on their way to the same command. */
    readonly clock: Pick<Clock, "sleep">;
  };
  /**
   * Resolves when all `items` are ready (gate `start`) or stopped (gate `stop`), or with the problem because of which
   * they will not be.
   */
  readonly gate: (
    gate: "start" | "stop",
    items: readonly string[],
    signal: AbortSignal,
  ) => Promise<Problem | undefined>;
  /** Told of each step as it begins and ends. */
  readonly report: (step: Step, outcome: StepOutcome | { readonly kind: "begun" }) => void;
}

export interface ExecuteOptions {
  /** How many steps, or commands of several, run at the same time. */
  readonly parallelMax?: number;
}

export interface ExecutionResult {
  /** By step key, in the plan's order. */
  readonly outcomes: ReadonlyMap<string, StepOutcome>;
  /** Problems of steps that failed; those that were skipped because of them are left out. */
  readonly problems: readonly Problem[];
}

const parallelMaxDefault = 8;

/**
 * Runs the steps of a host plan: each as soon as the steps that it needs are done and its gate is open, independent ones
 * side by side.
 *
 * Steps that are ready together are carried out together: what they make is written to the ledger at once, before any of
 * them begins, and those that differ in the last word of their command become one command. Where that one fails each is
 * carried out by itself, so that it is known which fails and why.
 *
 * A step that fails takes those that need it with it; all others still run, so that one bad instance does not hold back
 * the rest. Once the signal is given nothing new is begun, and what runs is waited for.
 */
export function execute(
  plan: HostPlan,
  executor: Executor,
  signal: AbortSignal,
  { parallelMax = parallelMaxDefault }: ExecuteOptions = {},
): Promise<ExecutionResult> {
  return new Execution(plan, executor, { signal, parallelMax }).run();
}
