import type { ClusterReport } from "../../tests/support/cluster/cluster_story.ts";
import { quantile } from "../bench.ts";
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

/** Tells stories of clusters, each in a worker's own heap, and prints how they ended. Returns how many ended badly. */
export async function tellClusterStories(options: ClusterStoriesOptions): Promise<number> {
  const { first, count, hosts, minutes, jobs, isTold } = options;
  const seeds = Array.from(
    { length: count },
    (_, index) => index === 0 ? first : String(Number(first) + index),
  );
  const reports: Omit<ClusterReport, "lines">[] = [];
  let failed = 0;
  const start = performance.now();
  await inWorkers(
    seeds.map((seed) => ({ seed, hosts, minutes, isTold })),
    Math.max(1, Math.min(jobs, count)),
    (told) => {
      if ("failure" in told) {
        const text = told.failure;
        console.error(failed++ < printedMax ? text : text.slice(text.lastIndexOf("\n") + 1));
        return;
      }
      const { lines, ...report } = told.report;
      reports.push(report);
      if (isTold) console.log(lines.join("\n"));
    },
  );
  const seconds = (performance.now() - start) / 1_000;
  const hoursOf = (all: readonly number[]) =>
    (all.reduce((sum, each) => sum + each, 0) / 3_600_000).toFixed(1);
  const settled = reports.map((each) => each.settledMs / 1_000);
  const [median, worst] = settled.length === 0
    ? ["-", "-"]
    : [0.5, 1].map((share) => String(Math.round(quantile(settled, share))));
  console.log(
    `${count} stories of ${hosts} hosts and ${minutes} minutes from seed ${first}, ${failed} ended badly: ` +
      `${reports.reduce((sum, each) => sum + each.acknowledged, 0)} changes acknowledged, ` +
      `all as asked after ${median} s (median), ${worst} s (worst); ` +
      `${hoursOf(reports.map((each) => each.virtualMs))} virtual hours in ${seconds.toFixed(0)} s`,
  );
  return failed;
}

/** Hands tasks to workers, one at a time to each. */
async function inWorkers(
  tasks: readonly ClusterTask[],
  jobs: number,
  onTold: (told: ClusterTold) => void,
): Promise<void> {
  let next = 0;
  await Promise.all(Array.from({ length: jobs }, async () => {
    const worker = new Worker(new URL("./cluster_worker.ts", import.meta.url), { type: "module" });
    try {
      while (next < tasks.length) onTold(await ask(worker, tasks[next++]));
    } finally {
      worker.terminate();
    }
  }));
}

function ask(worker: Worker, task: ClusterTask): Promise<ClusterTold> {
  return new Promise((resolve, reject) => {
    worker.onmessage = ({ data }) => resolve(data);
    worker.onerror = (event) => {
      event.preventDefault();
      const { seed, hosts, minutes } = task;
      const again = `deno task sim --seed ${seed} --hosts ${hosts} --minutes ${minutes}`;
      reject(new Error(`seed ${seed} ended the worker: ${event.message}\nreplay: ${again}`));
    };
    worker.postMessage(task);
  });
}
