/**
 * Changes templates and archives at random and looks that the processor neither crashes nor hangs.
 *
 *     deno task fuzz [--runs N] [--seed S] [--run REPLAYED]
 *
 * A failure prints the seed and the run that replay it.
 */
import { fuzz } from "../tests/tosca/fuzz.ts";

const only = option("--run");
try {
  const { runs, slowestMs } = await fuzz({
    runs: Number(option("--runs") ?? "10000"),
    seed: Number(option("--seed") ?? "1"),
    ...(only === undefined ? {} : { only: Number(only) }),
  });
  const memoryMiB = Math.round(Deno.memoryUsage().rss / 1024 / 1024);
  console.log(
    `${runs} runs, no crash; slowest ${Math.round(slowestMs)} ms, ${memoryMiB} MiB at the end`,
  );
} catch (error) {
  console.error(error);
  Deno.exit(1);
}

function option(name: string): string | undefined {
  const at = Deno.args.indexOf(name);
  return at < 0 ? undefined : Deno.args[at + 1];
}
