/**
 * Takes away what a run of the lab left when it was killed: waits for the run's lock, which goes with its owner.
 *
 *     deno run -A tests/lab/watchdog.ts RUNS NUMBER
 */
import { isKept, prefixOf } from "./laboratory.ts";
import { reap, remains } from "./reap.ts";

const attemptsMax = 10;
const [runs, number] = Deno.args;
using lock = await Deno.open(`${runs}/${number}.lock`, { write: true });
await lock.lock(true);
const [folder, prefix] = [`${runs}/${number}`, prefixOf(Number(number))];
// More than once: a command that the owner had started may still have been under way.
for (let attempt = 0; attempt < attemptsMax && !await isKept(folder); attempt++) {
  await reap(folder, prefix);
  await new Promise((resolve) => setTimeout(resolve, 500));
  if ((await remains(folder, prefix)).length === 0) break;
}
