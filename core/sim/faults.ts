import { FileError, type FileErrorCode } from "../ports/mod.ts";
import type { Timers } from "./virtual_clock.ts";

/** What a rule does to an operation. */
export type Fault =
  /** It does nothing and fails. */
  | { readonly fail: FileErrorCode }
  /** It is done, and fails all the same: a lost reply (of `link`, on a network file system: `EEXIST`). */
  | { readonly doneButFails: FileErrorCode }
  /** It comes back only when the rule is lifted. */
  | { readonly hang: true }
  | { readonly delayMs: number }
  /**
   * It does not come back before its deadline (a mount that hangs) and fails with `ETIMEDOUT`; it is never done, or was
   * done all the same, or will be when nobody waits for it any more.
   */
  | { readonly timesOutMs: number; readonly isDone: "never" | "before" | "late" }
  /** `list` answers what it answered before, up to that old. */
  | { readonly staleListMs: number }
  /** `tryLock` succeeds though another holds the lock. */
  | { readonly lostLock: true }
  /** The process dies: before the operation, in the middle of it (a torn file), or after it. */
  | { readonly stop: StopMoment };

export type StopMoment = "before" | "torn" | "after";

/** Which operations meet a fault. All conditions that are given must hold. */
export interface FaultRule {
  /** Names of port methods: `link`, `writeNew`, `run`, … */
  readonly operations?: readonly string[];
  /** Matches the path, or the command line. */
  readonly subject?: RegExp;
  /** How many that match go well first. */
  readonly skip?: number;
  /** How many meet it after that; all unless told. */
  readonly times?: number;
  readonly fault: Fault;
}

export interface FaultsOptions {
  readonly clock?: Timers;
  readonly rules?: readonly FaultRule[];
  /** The process dies at its effect of this number, counted from 1. */
  readonly stopAt?: { readonly effect: number; readonly moment: StopMoment };
}

/** What one operation is, as the faults see it. */
export interface Attempt<T> {
  readonly operation: string;
  readonly subject: string;
  /** Whether it changes anything: only effects are numbered. */
  readonly isEffect: boolean;
  /** Does it; told the fault for those that only the port itself can do (`staleListMs`, `lostLock`). */
  readonly perform: (fault?: Fault) => T | Promise<T>;
  /** What is left when the process dies in the middle; nothing where absent. */
  readonly performTorn?: () => void;
}

/**
 * One life of one process: everything it does to the world passes here, is numbered, and may fail or be its last.
 *
 * Once it has stopped, nothing that it still waits for comes back, as in death. Start again with a new `Faults`.
 */
export class Faults {
  /** One line for each effect, in order: `link "/a" "/b"`. */
  readonly effects: string[] = [];
  readonly #clock?: Timers;
  readonly #stopAt?: FaultsOptions["stopAt"];
  readonly #rules: ActiveRule[] = [];
  readonly #onStop: (() => void)[] = [];
  #isStopped = false;

  constructor(options: FaultsOptions = {}) {
    this.#clock = options.clock;
    this.#stopAt = options.stopAt;
    for (const rule of options.rules ?? []) this.add(rule);
  }

  get isStopped(): boolean {
    return this.#isStopped;
  }

  /** Puts a rule in force. Returns how to lift it; what hangs by it goes on then. */
  add(rule: FaultRule): () => void {
    const active: ActiveRule = { rule, seen: 0, waiting: [] };
    this.#rules.push(active);
    return () => {
      this.#rules.splice(this.#rules.indexOf(active), 1);
      for (const goOn of active.waiting) goOn();
    };
  }

  /** Ends the process now. */
  stop(): void {
    if (this.#isStopped) return;
    this.#isStopped = true;
    for (const each of this.#onStop) each();
  }

  /** Calls back when the process ends: its locks are let go, its children hear of it. */
  onStop(callback: () => void): void {
    if (this.#isStopped) callback();
    else this.#onStop.push(callback);
  }

  /** Resolves when the process ends. */
  stopped(): Promise<void> {
    return new Promise((resolve) => this.onStop(resolve));
  }

  /** Does one operation, with whatever fault it meets. */
  async attempt<T>(attempt: Attempt<T>): Promise<T> {
    this.#clock?.touch();
    await this.#clock?.awake?.();
    if (this.#isStopped) return await never();
    if (attempt.isEffect && this.#isLast(attempt)) {
      return await this.#stopIn(attempt, this.#stopAt!.moment);
    }
    const active = this.#meet(attempt);
    const fault = active?.rule.fault;
    if (fault && "stop" in fault) return await this.#stopIn(attempt, fault.stop);
    if (fault && "fail" in fault) throw failure(fault.fail, attempt);
    if (fault && "delayMs" in fault) await this.#clock?.sleep(fault.delayMs);
    if (fault && "hang" in fault) {
      await new Promise<void>((resolve) => active!.waiting.push(resolve));
    }
    if (this.#isStopped) return await never();
    if (fault && "timesOutMs" in fault) return await this.#timeOut(attempt, fault);
    const result = await attempt.perform(fault);
    this.#clock?.touch();
    if (this.#isStopped) return await never();
    if (fault && "doneButFails" in fault) throw failure(fault.doneButFails, attempt);
    return result;
  }

  async #timeOut<T>(
    attempt: Attempt<T>,
    { timesOutMs, isDone }: Extract<Fault, { timesOutMs: number }>,
  ): Promise<never> {
    const perform = async () => void await attempt.perform();
    if (isDone === "before") await perform().catch(() => {});
    if (isDone === "late") {
      this.#clock?.schedule(timesOutMs * 2, () => void perform().catch(() => {}));
    }
    await this.#clock?.sleep(timesOutMs);
    if (this.#isStopped) return await never();
    throw failure("ETIMEDOUT", attempt);
  }

  #isLast({ operation, subject }: Attempt<unknown>): boolean {
    this.effects.push(`${operation} ${subject}`);
    return this.#stopAt?.effect === this.effects.length;
  }

  /** Returns the first rule in force for an operation; every rule that matches counts it. */
  #meet({ operation, subject }: Attempt<unknown>): ActiveRule | undefined {
    let met: ActiveRule | undefined;
    for (const each of this.#rules) {
      if (!matches(each.rule, operation, subject)) continue;
      if (isInForce(each)) met ??= each;
      each.seen++;
    }
    return met;
  }

  async #stopIn(attempt: Attempt<unknown>, moment: StopMoment): Promise<never> {
    if (moment === "after") await attempt.perform();
    if (moment === "torn") attempt.performTorn?.();
    this.stop();
    return await never();
  }
}

interface ActiveRule {
  readonly rule: FaultRule;
  seen: number;
  readonly waiting: (() => void)[];
}

function matches(rule: FaultRule, operation: string, subject: string): boolean {
  return (rule.operations?.includes(operation) ?? true) && (rule.subject?.test(subject) ?? true);
}

function isInForce({ rule, seen }: ActiveRule): boolean {
  const skip = rule.skip ?? 0;
  return seen >= skip && seen < skip + (rule.times ?? Infinity);
}

function failure(code: FileErrorCode, { operation, subject }: Attempt<unknown>): FileError {
  return new FileError(code, operation, subject, "simulated");
}

function never<T>(): Promise<T> {
  return new Promise(() => {});
}
