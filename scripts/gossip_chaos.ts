/**
 * Runs gossip through random trouble, seed after seed, and prints what was found with the line that repeats it.
 *
 *     deno run -A scripts/gossip_chaos.ts [--seed 0] [--seeds 1000] [--members 5] [--minutes 10]
 */
import { runChaos } from "../core/sim/gossip/mod.ts";
import { quantile } from "./bench_result.ts";
import { readArguments } from "./read_arguments.ts";

/** What many seeds found. */
export interface ChaosSummary {
  /** One for each seed that found something: what, and how to repeat it. */
  readonly failures: readonly string[];
  /** How long members took to agree once the trouble was over, for each seed that did. */
  readonly agreedMs: readonly number[];
}

/** Runs `seeds` seeds from `first` on. */
export function runSeeds(
  { first, seeds, members, minutes }: {
    readonly first: number;
    readonly seeds: number;
    readonly members: number;
    readonly minutes: number;
  },
): ChaosSummary {
  const failures: string[] = [];
  const agreedMs: number[] = [];
  for (let seed = first; seed < first + seeds; seed++) {
    const result = runChaos({ seed, members, minutes });
    if (result.agreedMs !== undefined) agreedMs.push(result.agreedMs);
    if (result.findings.length === 0) continue;
    const again = `deno run -A scripts/gossip_chaos.ts --seed ${seed} --seeds 1`;
    failures.push(
      [...result.findings, `again: ${again} --members ${members} --minutes ${minutes}`].join(
        "\n  ",
      ),
    );
  }
  return { failures, agreedMs };
}

if (import.meta.main) {
  const { values } = readArguments({
    task: "deno run -A scripts/gossip_chaos.ts",
    about: "Runs gossip through random trouble, seed after seed, and prints what was found.",
    options: {
      seed: { value: "S", about: "the first seed (0)", whole: [0, 1_000_000_000] },
      seeds: { value: "N", about: "tries so many (1000)", whole: [1, 1_000_000_000] },
      members: { value: "N", about: "how many members (5)", whole: [1, 10_000] },
      minutes: { value: "M", about: "how long, in virtual time (10)", whole: [1, 100_000] },
    },
  });
  const { seed: first = 0, seeds = 1_000, members = 5, minutes = 10 } = values;
  const options = { first, seeds, members, minutes };
  const { failures, agreedMs } = runSeeds(options);
  for (const failure of failures) console.error(failure);
  const [median, worst] = [0.5, 1].map((share) =>
    agreedMs.length > 0 ? `${Math.round(quantile(agreedMs, share))} ms` : "never"
  );
  console.log(
    `${options.seeds} seeds, ${failures.length} failed; agreed after ${median} (median), ${worst} (worst)`,
  );
  if (failures.length > 0) Deno.exit(1);
}
