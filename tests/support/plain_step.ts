import type { Effect, Step } from "../../core/plan/mod.ts";

/** A step of which only its effect matters, and what a test says besides. */
export function stepDoing(effect: Effect, parts: Partial<Step> = {}): Step {
  return {
    key: "k",
    item: "web-0",
    why: "do it",
    needs: [],
    owns: [],
    timeoutMs: 1_000,
    do: effect,
    ...parts,
  };
}
