/**
 * Measures the rows of `scripts/bench/*.ts` and prints a table: medians, the floor beside them, and where each target stands.
 *
 *     deno task bench [--json] [--short] [FILTER…]
 *
 * Each FILTER is a part of a row's name; rows that take minutes each are measured only where a filter asks for them, and
 * say how. `--short` is for a quick look: few samples, and smaller cases where a row has any. A missed target is printed,
 * not punished: the exit code is 1 only where a row could not be measured, which does not keep the others from it. SIGINT
 * and SIGTERM end it with 130, once what was started is ended, and what was measured until then is printed.
 */
import { BenchRun, loadModules, readWishes } from "./bench_run.ts";

if (import.meta.main) {
  const modules = await loadModules(); // before errors are rows' own: one of these is nobody's
  const run = new BenchRun(readWishes(Deno.args));
  run.watch();
  for (const module of modules) await run.measure(module);
  await run.end();
}
