/**
 * Measures the rows of `scripts/bench/*.ts` and prints a table: medians, the floor beside them, and where each target stands.
 *
 *     deno task bench [--json] [--short] [FILTER…]
 *
 * Each FILTER is a part of a row's name, and has to name one; rows that take minutes each are measured only where a filter asks for them, and
 * say how. `--short` is for a quick look: few samples, and smaller cases where a row has any. A missed target is printed,
 * not punished: the exit code is 1 only where a row could not be measured, which does not keep the others from it. SIGINT
 * and SIGTERM end it with 130, once what was started is ended, and what was measured until then is printed.
 */
import { BenchRun, readWishes } from "./bench_run.ts";

const about =
  `Measures, and prints a table: medians, the floor beside them, and where each target stands. It takes
minutes without a FILTER, and rows that take minutes each are measured only where one asks for them.`;

if (import.meta.main) {
  // What cannot be loaded shows before errors are rows' own: that one is nobody's.
  const { wishes, modules } = await readWishes({ task: "deno task bench", about });
  const run = new BenchRun(wishes);
  run.watch();
  for (const module of modules) await run.measure(module);
  await run.end();
}
