/**
 * Runs gossip through random trouble, seed after seed, and prints what was found with the line that repeats it.
 *
 *     deno run -A scripts/gossip_chaos.ts [--seed 0] [--seeds 1000] [--members 5] [--minutes 10]
 */
import { runChaos } from "../core/sim/gossip/mod.ts";
import { quantile } from "./bench_result.ts";

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
  const option = (name: string, fallback: number) => {
    const at = Deno.args.indexOf(`--${name}`);
    const value = at < 0 ? fallback : Number(Deno.args[at + 1]);
    if (Number.isInteger(value) && value >= 0) return value;
    console.error(`--${name} wants a whole number`);
    Deno.exit(2);
  };
  const options = {
    first: option("seed", 0),
    seeds: option("seeds", 1_000),
    members: option("members", 5),
    minutes: option("minutes", 10),
  };
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
