import { assert, stableJson } from "../base/mod.ts";
import type { ExecEffect, Step } from "./step.ts";

/** How many steps become one command at most: a command line stays far below what a host takes. */
const togetherMax = 256;

/** How much longer than the slowest of them a command of several may take, for each step. */
const moreTimeMs = 1_000;

/**
 * Returns what steps have in common that one command can carry out (see `ExecEffect.joinable`); nothing for a step that
 * is carried out by itself.
 */
export function commonCommand({ do: effect }: Step): string | undefined {
  if (!("exec" in effect) || !effect.exec.joinable || effect.exec.argv.length < 2) return undefined;
  const { argv, ...rest } = effect.exec;
  return stableJson([argv.slice(0, -1), rest]);
}

/** Splits steps of one common command into as few commands as may be, in their order. */
export function splitTogether<T>(steps: readonly T[]): T[][] {
  const parts: T[][] = [];
  for (let at = 0; at < steps.length; at += togetherMax) {
    parts.push(steps.slice(at, at + togetherMax));
  }
  return parts;
}

/** Returns the one step that does what steps of one common command do: `systemctl start a b c`. */
export function joinSteps(steps: readonly Step[]): Step {
  assert(steps.length > 0, "at least one step is joined");
  assert(new Set(steps.map(commonCommand)).size === 1, "joined steps have their command in common");
  const [first, ...others] = steps;
  if (others.length === 0) return first;
  const { argv, ...rest } = execOf(first);
  const lastWords = steps.map((step) => execOf(step).argv.at(-1)!);
  return {
    ...first,
    key: `${first.key} and ${others.length} more`,
    why: `${first.why} and ${others.length} more`,
    owns: [...new Set(steps.flatMap((step) => step.owns))],
    needs: [...new Set(steps.flatMap((step) => step.needs))],
    timeoutMs: Math.max(...steps.map((step) => step.timeoutMs)) + others.length * moreTimeMs,
    do: { exec: { ...rest, argv: [...argv.slice(0, -1), ...lastWords] } },
  };
}

function execOf({ do: effect }: Step): ExecEffect {
  assert("exec" in effect, "only commands are joined");
  return effect.exec;
}
