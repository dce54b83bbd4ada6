/**
 * Lives through seeded stories of one host and its agent in virtual time, with faults of every kind.
 *
 *     deno task sim [--seed S] [--seeds N] [--lives L]
 *
 * `--seed` tells one story again, line by line; else `--seeds` stories are told (20 unless told), from a seed on that is
 * printed. A story that does not end well is printed whole, with the line that replays it; the exit code is 1 then.
 */
import { parseArgs } from "node:util";
import { liveThrough } from "../tests/support/random_story.ts";

const { values } = parseArgs({
  args: Deno.args,
  options: {
    seed: { type: "string" },
    seeds: { type: "string", default: "20" },
    lives: { type: "string", default: "6" },
  },
});
const lives = Number(values.lives);
const first = values.seed ?? String(Date.now() % 1_000_000);
const seeds = values.seed !== undefined
  ? [first]
  : Array.from({ length: Number(values.seeds) }, (_, index) => String(Number(first) + index));

let failed = 0;
let virtualMs = 0;
let effects = 0;
const start = performance.now();
for (const seed of seeds) {
  try {
    const report = await liveThrough({ seed, lives });
    virtualMs += report.virtualMs;
    effects += report.effects;
    if (values.seed !== undefined) console.log(report.lines.join("\n"));
  } catch (error) {
    failed++;
    console.error((error as Error).message);
  }
}
const seconds = ((performance.now() - start) / 1_000).toFixed(1);
console.log(
  `${seeds.length} stories from seed ${first}, ${failed} ended badly: ` +
    `${effects} effects, ${(virtualMs / 3_600_000).toFixed(1)} virtual hours in ${seconds} s`,
);
if (failed > 0) Deno.exit(1);
