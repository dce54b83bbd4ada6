/**
 * Changes templates and archives at random and looks that the processor neither crashes nor hangs.
 *
 *     deno task fuzz [--runs N] [--seed S] [--run REPLAYED]
 *
 * A failure prints the seed and the run that replay it.
 */
import { fuzz } from "../tests/tosca/fuzz.ts";
import { readArguments } from "./read_arguments.ts";

const { values } = readArguments({
  task: "deno task fuzz",
  about:
    "Changes templates and archives at random and looks that the processor neither crashes nor hangs.",
  options: {
    runs: {
      value: "N",
      about: "makes so many runs (10000)",
      whole: [1, 1_000_000_000],
      notBeside: ["run"],
    },
    seed: { value: "S", about: "what chance is drawn from (1)", whole: [0, 1_000_000_000] },
    run: { value: "R", about: "replays this run alone", whole: [0, 1_000_000_000] },
  },
});
try {
  const { runs, slowestMs } = await fuzz({
    runs: values.runs ?? 10_000,
    seed: values.seed ?? 1,
    ...(values.run !== undefined && { only: values.run }),
  });
  const memoryMiB = Math.round(Deno.memoryUsage().rss / 1024 / 1024);
  console.log(
    `${runs} runs, no crash; slowest ${Math.round(slowestMs)} ms, ${memoryMiB} MiB at the end`,
  );
} catch (error) {
  console.error(error);
  Deno.exit(1);
}
