import { createHash } from "node:crypto";
import type { ClusterReport } from "../../tests/support/cluster/cluster_story.ts";
import { quantile } from "../bench_result.ts";
import type { ClusterTask, ClusterTold } from "./cluster_worker.ts";

export interface ClusterStoriesOptions {
  /** The first seed; the others follow it. */
  readonly first: string;
  readonly count: number;
  readonly hosts: number;
  readonly minutes: number;
  /** How many stories are told side by side. */
  readonly jobs: number;
  /** Whether what happens is printed line by line. */
  readonly isTold: boolean;
}

/** Stories whose end is printed whole; of further ones that end badly only the line that replays them. */
const printedMax = 10;

/** How often it is said how far it is. */
const progressEveryMs = 30_000;

/** A story that takes so long in real time does not end: some thousand times what one takes. */
const storyMsMax = 15 * 60_000;

/** So many stories are told in one worker's heap before it gets a new one. */
const storiesPerWorker = 200;

/** Tells stories of clusters, each in a worker's own heap, and prints how they ended. Returns how many ended badly. */
export async function tellClusterStories(options: ClusterStoriesOptions): Promise<number> {
  const { first, count, hosts, minutes, jobs, isTold } = options;
  const seeds = Array.from(
    { length: count },
    (_, index) => index === 0 ? first : String(Number(first) + index),
  );
  const told = new Map<string, ClusterTold>();
  let failed = 0;
  const start = performance.now();
  const progress = setInterval(() => {
    const seconds = Math.round((performance.now() - start) / 1_000);
    console.error(`${told.size} of ${count} stories after ${seconds} s, ${failed} ended badly`);
  }, progressEveryMs);
  await inWorkers(
    seeds.map((seed) => ({ seed, hosts, minutes, isTold })),
    Math.max(1, Math.min(jobs, count)),
    ({ seed }, how) => {
      told.set(seed, how);
      if ("failure" in how) {
        const text = how.failure;
        console.error(failed++ < printedMax ? text : text.slice(text.lastIndexOf("\n") + 1));
      } else if (isTold) console.log(how.report.lines.join("\n"));
    },
  );
  clearInterval(progress);
  console.log(summary(options, seeds.map((seed) => told.get(seed)!), performance.now() - start));
  console.log(`${count - failed} passed, ${failed} failed, 0 skipped`);
  return failed;
}

function summary(
  { first, count, hosts, minutes }: ClusterStoriesOptions,
  told: readonly ClusterTold[],
  tookMs: number,
): string {
  const well = told.flatMap((each) => "report" in each ? [each] : []);
  const sum = (of: (report: ClusterReport) => number) =>
    well.reduce((total, { report }) => total + of(report), 0);
  const settled = well.map(({ report }) => report.settledMs / 1_000);
  const [median, worst] = settled.length === 0
    ? ["-", "-"]
    : [0.5, 1].map((share) => String(Math.round(quantile(settled, share))));
  const trace = createHash("sha256").update(well.map((each) => each.trace).join()).digest("hex");
  return `${count} stories of ${hosts} hosts and ${minutes} minutes from seed ${first}, ` +
    `${count - well.length} ended badly: ` +
    `${sum((report) => report.acknowledged)} changes acknowledged, ` +
    `all as asked after ${median} s (median), ${worst} s (worst); ` +
    `${(sum((report) => report.virtualMs) / 3_600_000).toFixed(1)} virtual hours in ` +
    `${(tookMs / 1_000).toFixed(0)} s; trace ${trace.slice(0, 16)}`;
}

/** Hands tasks to workers, one at a time to each. A story that ends its worker ended badly; the next one gets a new worker. */
async function inWorkers(
  tasks: readonly ClusterTask[],
  jobs: number,
  onTold: (task: ClusterTask, told: ClusterTold) => void,
): Promise<void> {
  let next = 0;
  const teller = async () => {
    while (next < tasks.length) {
      const url = new URL("./cluster_worker.ts", import.meta.url);
      const worker = new Worker(url, { type: "module" });
      try {
        for (let told = 0; told < storiesPerWorker && next < tasks.length; told++) {
          const task = tasks[next++];
          const how = await ask(worker, task);
          onTold(task, how);
          if ("failure" in how) break;
        }
      } finally {
        worker.terminate();
      }
    }
  };
  await Promise.all(Array.from({ length: jobs }, teller));
}

/** Lets a worker tell one story. */
function ask(worker: Worker, task: ClusterTask): Promise<ClusterTold> {
  const { seed, hosts, minutes } = task;
  const again = `replay: deno task sim --seed ${seed} --hosts ${hosts} --minutes ${minutes}`;
  return new Promise((resolve) => {
    const failed = (why: string) => end({ failure: `seed ${seed}: ${why}\n${again}` });
    const late = setTimeout(
      () => failed(`it does not end: ${storyMsMax / 60_000} minutes of real time`),
      storyMsMax,
    );
    const end = (told: ClusterTold) => {
      clearTimeout(late);
      resolve(told);
    };
    worker.onmessage = ({ data }) => end(data);
    worker.onerror = (event) => {
      event.preventDefault();
      failed(`it ended its worker: ${event.message}`);
    };
    worker.postMessage(task);
  });
}
