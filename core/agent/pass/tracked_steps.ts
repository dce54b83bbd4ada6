import { assert } from "../../base/mod.ts";
import { commonCommand, type HostPlan, type Step } from "../../plan/mod.ts";

/** A step while its plan is carried out. */
export interface TrackedStep {
  readonly step: Step;
  /** Items that have to be ready, or stopped, before it begins. */
  readonly awaits: readonly string[];
  /** What it has in common with others that can be one command with it. */
  readonly command?: string;
  /** Steps that end before it begins, and those that begin after it has ended. */
  readonly before: readonly TrackedStep[];
  readonly after: readonly TrackedStep[];
  /** `held` by other steps, then by its gate (`gated`); `ready` until it is `over`. */
  stage: "held" | "gated" | "ready" | "over";
  /** How many of those before it have not ended. */
  unfinished: number;
}

/**
 * Returns the steps of a plan with what holds each back: its needs, and of the items that its gate waits for all steps
 * (`start`) or those that stop them (`stop`).
 */
export function trackSteps({ steps, waits }: HostPlan): ReadonlyMap<string, TrackedStep> {
  const awaited = new Map<string, string[]>();
  for (const wait of waits) {
    const key = `${wait.gate} ${wait.item}`;
    awaited.set(key, [...awaited.get(key) ?? [], ...wait.for]);
  }
  const byItem = Map.groupBy(steps, ({ item }) => item);
  const tracked = new Map<string, TrackedStep & { before: TrackedStep[]; after: TrackedStep[] }>();
  for (const step of steps) {
    assert(!tracked.has(step.key), `the key "${step.key}" is that of one step`);
    const awaits = step.gate ? awaited.get(`${step.gate} ${step.item}`) ?? [] : [];
    const gated = awaits.flatMap((item) => byItem.get(item) ?? []).filter((each) =>
      each !== step && (step.gate === "start" || each.gate === "stop")
    );
    // A plan's steps are in an order in which they can run: what comes later holds nothing back.
    const keys = new Set([...step.needs, ...gated.map(({ key }) => key)]);
    const before = [...keys].flatMap((key) => tracked.get(key) ?? []);
    const command = commonCommand(step);
    const each: TrackedStep & { before: TrackedStep[]; after: TrackedStep[] } = {
      step,
      awaits,
      ...(command !== undefined && { command }),
      before,
      after: [],
      stage: "held",
      unfinished: before.length,
    };
    for (const one of before) (one.after as TrackedStep[]).push(each);
    tracked.set(step.key, each);
  }
  return tracked;
}
