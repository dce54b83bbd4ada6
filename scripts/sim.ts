/**
 * Lives through seeded stories in virtual time, with faults of every kind: of one host and its agent, or of a cluster.
 *
 *     deno task sim [--seed S] [--seeds N] [--lives L]
 *     deno task sim --hosts N [--minutes M] [--seed S] [--seeds N] [--jobs J]
 *
 * `--seed` tells one story again, line by line; else `--seeds` stories are told (20 unless told), from a seed on that is
 * printed (`--from` names it). A story that does not end well is printed whole, with the line that replays it; the exit code is
 * 1 then. `--jobs` processes tell stories of clusters side by side, one for each processor unless told.
 */
import { parseArgs } from "node:util";
import { liveThrough } from "../tests/support/random_story.ts";
import { tellClusterStories } from "./sim/cluster_stories.ts";

const { values } = parseArgs({
  args: Deno.args,
  options: {
    seed: { type: "string" },
    seeds: { type: "string", default: "20" },
    from: { type: "string" },
    lives: { type: "string", default: "6" },
    hosts: { type: "string" },
    minutes: { type: "string", default: "10" },
    jobs: { type: "string", default: String(navigator.hardwareConcurrency) },
  },
});
const first = values.seed ?? values.from ?? String(Date.now() % 1_000_000);
const count = values.seed === undefined ? Number(values.seeds) : 1;

if (values.hosts !== undefined) {
  const failed = await tellClusterStories({
    first,
    count,
    hosts: Number(values.hosts),
    minutes: Number(values.minutes),
    jobs: Number(values.jobs),
    isTold: values.seed !== undefined,
  });
  Deno.exit(failed > 0 ? 1 : 0);
}

const lives = Number(values.lives);
const seeds = Array.from(
  { length: count },
  (_, index) => index === 0 ? first : String(Number(first) + index),
);
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
