import { type Problem, problem, toProblem } from "../../base/mod.ts";
import { type HostPlan, splitTogether, type Step } from "../../plan/mod.ts";
import type { ExecutionResult, Executor, StepOutcome } from "./execute.ts";
import { StepCompanies } from "./step_companies.ts";
import { type TrackedStep, trackSteps } from "./tracked_steps.ts";

/**
 * One plan while it is carried out. A step goes from what holds it back to its gate, then to the ledger, to its company
 * and to a free place; whatever ends lets those go on that waited for it.
 */
export class Execution {
  readonly #plan: HostPlan;
  readonly #executor: Executor;
  readonly #signal: AbortSignal;
  readonly #parallelMax: number;
  readonly #steps: ReadonlyMap<string, TrackedStep>;
  readonly #outcomes = new Map<string, StepOutcome>();
  readonly #companies: StepCompanies | undefined;
  /** Ready, but for the ledger. */
  #unowned: TrackedStep[] = [];
  #isOwning = false;
  /** What waits for a free place. */
  readonly #queue: (() => Promise<void>)[] = [];
  #running = 0;
  readonly #finished = Promise.withResolvers<void>();

  constructor(
    plan: HostPlan,
    executor: Executor,
    options: { readonly signal: AbortSignal; readonly parallelMax: number },
  ) {
    this.#plan = plan;
    this.#executor = executor;
    this.#signal = options.signal;
    this.#parallelMax = options.parallelMax;
    this.#steps = trackSteps(plan);
    this.#companies = executor.together && new StepCompanies(
      this.#steps.values(),
      executor.together.clock,
      this.#signal,
      () => this.#dispatch(),
    );
  }

  async run(): Promise<ExecutionResult> {
    for (const each of this.#steps.values()) if (each.unfinished === 0) this.#open(each);
    this.#dispatch();
    await this.#finished.promise;
    const outcomes = new Map(this.#plan.steps.map(({ key }) => [key, this.#outcomes.get(key)!]));
    const problems = [...outcomes.values()].flatMap((each) =>
      each.kind === "failed" ? [each.problem] : []
    );
    return { outcomes, problems };
  }

  /** All steps before this one are done: it waits for its gate, where it has one. */
  #open(tracked: TrackedStep): void {
    const { awaits, step } = tracked;
    if (step.gate === undefined || awaits.length === 0 || this.#signal.aborted) {
      this.#ready(tracked);
      return;
    }
    tracked.stage = "gated";
    const opened = this.#executor.gate(step.gate, awaits, this.#signal).catch((error) =>
      toProblem(error, `wait for ${awaits.join(", ")}`)
    );
    void opened.then((held) => {
      if (held === undefined) this.#ready(tracked);
      else this.#end(tracked, skipped(this.#plan, step, held));
      this.#dispatch();
    });
  }

  #ready(tracked: TrackedStep): void {
    tracked.stage = "ready";
    if (tracked.step.owns.length > 0) this.#unowned.push(tracked);
    else this.#admit(tracked);
  }

  #admit(tracked: TrackedStep): void {
    if (this.#companies && tracked.command !== undefined) {
      this.#companies.add(tracked.command, tracked);
    } else {
      this.#queue.push(() => this.#attempt(tracked));
    }
  }

  /** Begins all that can begin. */
  #dispatch(): void {
    if (this.#unowned.length > 0 && !this.#isOwning) void this.#own();
    for (const company of this.#companies?.depart() ?? []) this.#enqueue(company);
    while (this.#running < this.#parallelMax && this.#queue.length > 0) {
      this.#running++;
      void this.#queue.shift()!().then(() => {
        this.#running--;
        this.#dispatch();
      });
    }
    if (this.#outcomes.size === this.#steps.size) this.#finished.resolve();
  }

  /** Writes all that waits for it to the ledger; what becomes ready meanwhile comes next, together again. */
  async #own(): Promise<void> {
    const waiting = this.#unowned;
    this.#unowned = [];
    this.#isOwning = true;
    try {
      if (!this.#signal.aborted) await this.#executor.own(waiting.map(({ step }) => step));
      for (const each of waiting) this.#admit(each);
    } catch (error) {
      for (const each of waiting) this.#end(each, failed(each.step, error));
    }
    this.#isOwning = false;
    this.#dispatch();
  }

  #enqueue(company: readonly TrackedStep[]): void {
    for (const part of splitTogether(company)) {
      this.#queue.push(() =>
        part.length === 1 ? this.#attempt(part[0]) : this.#attemptTogether(part)
      );
    }
  }

  async #attempt(tracked: TrackedStep): Promise<void> {
    const { step } = tracked;
    if (!this.#begin(tracked)) return;
    try {
      await this.#executor.run(step, this.#signal);
      this.#end(tracked, { kind: "done" });
    } catch (error) {
      this.#end(tracked, failed(step, error));
    }
  }

  async #attemptTogether(company: readonly TrackedStep[]): Promise<void> {
    const begun = company.filter((each) => this.#begin(each));
    if (begun.length === 0) return;
    try {
      await this.#executor.together!.run(begun.map(({ step }) => step), this.#signal);
      for (const each of begun) this.#end(each, { kind: "done" });
    } catch (error) {
      if (this.#signal.aborted) {
        for (const each of begun) this.#end(each, failed(each.step, error));
      } else for (const each of begun) this.#queue.push(() => this.#attempt(each));
    }
  }

  /** Returns whether the step may begin: nothing does once the signal is given. */
  #begin(tracked: TrackedStep): boolean {
    const { step } = tracked;
    if (!this.#signal.aborted) {
      this.#executor.report(step, { kind: "begun" });
      return true;
    }
    this.#end(tracked, skipped(this.#plan, step, abortedProblem(this.#plan, step)));
    return false;
  }

  /** Notes how a step ended. Those that come after it go on, or are skipped with it. */
  #end(tracked: TrackedStep, outcome: StepOutcome): void {
    const ended = [{ tracked, outcome }];
    for (let each = ended.pop(); each !== undefined; each = ended.pop()) {
      const { step, after } = each.tracked;
      each.tracked.stage = "over";
      this.#outcomes.set(step.key, each.outcome);
      this.#executor.report(step, each.outcome);
      for (const next of after) {
        next.unfinished--;
        if (next.stage !== "held") continue;
        if (each.outcome.kind !== "done") {
          next.stage = "over";
          const outcome = skipped(this.#plan, next.step, each.outcome.problem);
          ended.push({ tracked: next, outcome });
        } else if (next.unfinished === 0) this.#open(next);
      }
    }
  }
}

function failed(step: Step, error: unknown): StepOutcome {
  return { kind: "failed", problem: toProblem(error, step.why) };
}

function skipped(plan: HostPlan, step: Step, cause: Problem): StepOutcome {
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
