import type { Clock } from "../../ports/mod.ts";
import type { TrackedStep } from "./tracked_steps.ts";

/** How long a step waits for others to become one command with, while what those need is under way. */
const lingerMs = 100;

interface Company {
  readonly steps: TrackedStep[];
  readonly departed: AbortController;
  isLingering: boolean;
  /** It has waited long enough. */
  isDue: boolean;
}

/** Gathers steps that can be one command: those that are ready, and for a moment those that are about to be. */
export class StepCompanies {
  readonly #clock: Pick<Clock, "sleep">;
  readonly #signal: AbortSignal;
  readonly #byCommand: ReadonlyMap<string | undefined, readonly TrackedStep[]>;
  readonly #companies = new Map<string, Company>();
  readonly #onDue: () => void;

  constructor(
    steps: Iterable<TrackedStep>,
    clock: Pick<Clock, "sleep">,
    signal: AbortSignal,
    onDue: () => void,
  ) {
    this.#clock = clock;
    this.#signal = signal;
    this.#byCommand = Map.groupBy(steps, ({ command }) => command);
    this.#onDue = onDue;
  }

  add(command: string, step: TrackedStep): void {
    const company = this.#companies.get(command);
    if (company) company.steps.push(step);
    else {
      const departed = new AbortController();
      this.#companies.set(command, { steps: [step], departed, isLingering: false, isDue: false });
    }
  }

  /** Returns the companies that wait for nobody any more, and lets go of them. */
  depart(): TrackedStep[][] {
    const departing: TrackedStep[][] = [];
    for (const [command, company] of this.#companies) {
      if (!company.isDue && this.#expectsOthers(command)) {
        this.#linger(company);
        continue;
      }
      this.#companies.delete(command);
      company.departed.abort();
      departing.push(company.steps);
    }
    return departing;
  }

  /** Whether another step is held by nothing but what is under way. */
  #expectsOthers(command: string): boolean {
    return !this.#signal.aborted &&
      this.#byCommand.get(command)!.some(({ stage, before }) =>
        stage === "held" && before.every((each) => each.stage === "ready" || each.stage === "over")
      );
  }

  #linger(company: Company): void {
    if (company.isLingering) return;
    company.isLingering = true;
    const signal = AbortSignal.any([this.#signal, company.departed.signal]);
    void this.#clock.sleep(lingerMs, signal).catch(() => {}).then(() => {
      company.isDue = true;
      if (!company.departed.signal.aborted) this.#onDue();
    });
  }
}
