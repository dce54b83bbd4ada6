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
import { liveThrough } from "../tests/support/random_story.ts";
import { readArguments } from "./read_arguments.ts";
import { tellClusterStories } from "./sim/cluster_stories.ts";

const { values } = readArguments({
  task: "deno task sim",
  about:
    "Lives through seeded stories in virtual time, with faults of every kind: of one host, or of a cluster.",
  options: {
    seed: {
      value: "S",
      about: "tells this story again, line by line",
      notBeside: ["seeds", "from"],
    },
    seeds: { value: "N", about: "tells so many stories (20)", whole: [1, 1_000_000] },
    from: { value: "S", about: "begins with this seed", whole: [0, Number.MAX_SAFE_INTEGER] },
    lives: {
      value: "L",
      about: "how often the host of a story starts (6)",
      whole: [1, 10_000],
      notBeside: ["hosts"],
    },
    hosts: { value: "N", about: "tells stories of clusters of so many hosts", whole: [1, 1_000] },
    minutes: {
      value: "M",
      about: "how long they are, in virtual time (10)",
      whole: [1, 100_000],
      beside: "hosts",
    },
    jobs: {
      value: "J",
      about: "so many are told side by side (one for each processor)",
      whole: [1, 1_000],
      beside: "hosts",
    },
  },
});
const { minutes = 10, jobs = navigator.hardwareConcurrency, lives = 6 } = values;
const first = values.seed ?? String(values.from ?? Date.now() % 1_000_000);
const count = values.seed === undefined ? values.seeds ?? 20 : 1;

if (values.hosts !== undefined) {
  const failed = await tellClusterStories({
    first,
    count,
    hosts: values.hosts,
    minutes,
    jobs,
    isTold: values.seed !== undefined,
  });
  Deno.exit(failed > 0 ? 1 : 0);
}

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
