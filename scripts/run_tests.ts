/**
 * Runs the tests and ends with one line: `N passed, N failed, N skipped`. Skipped tests are listed with their reasons.
 *
 *     deno task test [--quick] [PATH…]
 *
 * (It is not called `test.ts`: Deno takes that name for a test.) `--quick` leaves out `tests/` (real sockets, processes,
 * locks) where no PATH, a file or a folder, is given.
 */
import { resolve } from "node:path";
import { readArguments, refuse } from "./read_arguments.ts";

const root = new URL("..", import.meta.url).pathname;
const task = "deno task test";
const { values: { quick }, words: filters } = readArguments({
  task,
  about: "Runs the tests; those that are skipped are listed with their reasons.",
  options: {
    quick: { about: "leaves out tests/ (real sockets, processes, locks) where no PATH is given" },
  },
  words: { name: "PATH", about: "a file or a folder with tests" },
});
for (const path of filters) {
  const isThere = await Deno.stat(resolve(root, path)).then(() => true, () => false);
  if (!isThere) refuse({ task }, `there is no file or folder "${path}"`);
}
const where = filters.length > 0
  ? filters
  : quick
  ? ["core", "scripts"]
  : ["core", "scripts", "tests"];
const reasonsPath = await Deno.makeTempFile({ prefix: "khutulun-skips-" });
const junitPath = await Deno.makeTempFile({ prefix: "khutulun-junit-" });

const { code } = await new Deno.Command(Deno.execPath(), {
  args: ["test", "-A", "--parallel", "--permit-no-files", `--junit-path=${junitPath}`, ...where],
  cwd: root,
  env: { KHUTULUN_TEST_SKIPS: reasonsPath },
  stdin: "null",
}).spawn().status;

const counts = countResults(await Deno.readTextFile(junitPath));
const reasons = (await Deno.readTextFile(reasonsPath)).split("\n").filter(Boolean).sort();
await Promise.all([Deno.remove(reasonsPath), Deno.remove(junitPath)]);

for (const reason of reasons) console.log(`skipped: ${reason}`);
if (code !== 0 && counts.failed === 0) counts.failed = 1; // it did not even compile
console.log(`\n${counts.passed} passed, ${counts.failed} failed, ${counts.skipped} skipped`);
if (code === 0 && counts.passed + counts.skipped === 0) {
  console.error(`There is no test in ${where.join(", ")}`);
  Deno.exit(1);
}
Deno.exit(code);

/** Counts test cases in a JUnit report as Deno writes it: top-level tests, steps left out. */
function countResults(junit: string): { passed: number; failed: number; skipped: number } {
  const sum = { passed: 0, failed: 0, skipped: 0 };
  for (const [, attributes] of junit.matchAll(/<testsuite ([^>]*)>/g)) {
    const number = (name: string) =>
      Number(attributes.match(new RegExp(`\\b${name}="(\\d+)"`))?.[1] ?? 0);
    const [tests, failed, skipped] = [
      number("tests"),
      number("failures") + number("errors"),
      number("disabled"),
    ];
    sum.passed += tests - failed - skipped;
    sum.failed += failed;
    sum.skipped += skipped;
  }
  return sum;
}
