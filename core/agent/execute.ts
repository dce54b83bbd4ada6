import { assert, type Problem, problem, toProblem } from "../base/mod.ts";
import type { HostPlan, Step } from "../plan/mod.ts";

/** How one step ended. `skipped` steps were never begun. */
export type StepOutcome =
  | { readonly kind: "done" }
  | { readonly kind: "failed"; readonly problem: Problem }
  | { readonly kind: "skipped"; readonly problem: Problem };

/** What the executor needs of its caller. It decides nothing itself. */
export interface Executor {
  /** Writes what the step is about to make to the ledger: lasting before it returns. */
  readonly own: (step: Step) => Promise<void>;
  /** Carries out the step (see `runStep`). */
  readonly run: (step: Step, signal: AbortSignal) => Promise<void>;
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
  /** How many steps run at the same time. */
  readonly parallelMax?: number;
}

export interface ExecutionResult {
  /** By step key, in the plan's order. */
  readonly outcomes: ReadonlyMap<string, StepOutcome>;
  /** Problems of steps that failed; those that were skipped because of them are left out. */
  readonly problems: readonly Problem[];
}

/**
 * Runs the steps of a host plan: each as soon as the steps that it needs are done and its gate is open, independent ones
 * side by side.
 *
 * A step that fails takes those that need it with it; all others still run, so that one bad instance does not hold back
 * the rest. Once the signal is given nothing new is begun, and what runs is waited for.
 */
export async function execute(
  plan: HostPlan,
  executor: Executor,
  signal: AbortSignal,
  options: ExecuteOptions = {},
): Promise<ExecutionResult> {
  const slots = new Slots(options.parallelMax ?? 8);
  const ledger = new Slots(1);
  const running = new Map<string, Promise<StepOutcome>>();
  for (const step of plan.steps) {
    assert(!running.has(step.key), `the key "${step.key}" is that of one step`);
    const before = prerequisites(plan, step).flatMap((key) => running.get(key) ?? []);
    running.set(step.key, runOne(plan, step, before, { executor, slots, ledger, signal }));
  }
  const outcomes = new Map<string, StepOutcome>();
  for (const [key, outcome] of running) outcomes.set(key, await outcome);
  const problems = [...outcomes.values()].flatMap((each) =>
    each.kind === "failed" ? [each.problem] : []
  );
  return { outcomes, problems };
}

/**
 * Returns the keys of steps that end before this one begins: its needs, and of the items that its gate waits for all steps
 * (`start`) or those that stop them (`stop`).
 */
export function prerequisites(plan: HostPlan, step: Step): string[] {
  const awaited = new Set(awaitedItems(plan, step));
  const gated = plan.steps.filter((each) =>
    each !== step && awaited.has(each.item) && (step.gate === "start" || each.gate === "stop")
  );
  return [...new Set([...step.needs, ...gated.map((each) => each.key)])];
}

function awaitedItems(plan: HostPlan, step: Step): readonly string[] {
  if (step.gate === undefined) return [];
  return plan.waits.filter((wait) => wait.item === step.item && wait.gate === step.gate)
    .flatMap((wait) => wait.for);
}

interface Run {
  readonly executor: Executor;
  readonly slots: Slots;
  readonly ledger: Slots;
  readonly signal: AbortSignal;
}

async function runOne(
  plan: HostPlan,
  step: Step,
  before: readonly Promise<StepOutcome>[],
  run: Run,
): Promise<StepOutcome> {
  const outcome = await attempt(plan, step, before, run);
  run.executor.report(step, outcome);
  return outcome;
}

async function attempt(
  plan: HostPlan,
  step: Step,
  before: readonly Promise<StepOutcome>[],
  { executor, slots, ledger, signal }: Run,
): Promise<StepOutcome> {
  const failed = (await Promise.all(before)).find((each) => each.kind !== "done");
  if (failed !== undefined) return skip(plan, step, failed.problem);
  const awaited = awaitedItems(plan, step);
  if (step.gate !== undefined && awaited.length > 0 && !signal.aborted) {
    const held = await executor.gate(step.gate, awaited, signal).catch((error) =>
      toProblem(error, `wait for ${awaited.join(", ")}`)
    );
    if (held !== undefined) return skip(plan, step, held);
  }
  return await slots.use(async () => {
    if (signal.aborted) return skip(plan, step, abortedProblem(plan, step));
    try {
      executor.report(step, { kind: "begun" });
      if (step.owns.length > 0) await ledger.use(() => executor.own(step));
      await executor.run(step, signal);
      return { kind: "done" };
    } catch (error) {
      return { kind: "failed", problem: toProblem(error, step.why) };
    }
  });
}

function skip(plan: HostPlan, step: Step, cause: Problem): StepOutcome {
  if (cause.code === "AGENT_STEP_SKIPPED" && cause.cause) cause = cause.cause;
  return {
    kind: "skipped",
    problem: problem("AGENT_STEP_SKIPPED", {
      what: `Cannot ${step.why} yet`,
      where: { host: plan.host, subject: step.item },
      why: cause.what,
      cause,
    }),
  };
}

function abortedProblem(plan: HostPlan, step: Step): Problem {
  return problem("AGENT_STEP_SKIPPED", {
    severity: "warning",
    what: `Leaves off before it would ${step.why}`,
    where: { host: plan.host, subject: step.item },
    why: "The agent stops, or a newer generation of the service is there",
  });
}

/** Lets a bounded number of tasks run at the same time, first come first served. */
class Slots {
  #free: number;
  readonly #waiting: (() => void)[] = [];

  constructor(count: number) {
    this.#free = count;
  }

  async use<T>(task: () => Promise<T>): Promise<T> {
    if (this.#free > 0) this.#free--;
    else await new Promise<void>((resolve) => this.#waiting.push(resolve));
    try {
      return await task();
    } finally {
      const next = this.#waiting.shift();
      if (next) next();
      else this.#free++;
    }
  }
}
