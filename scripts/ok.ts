/**
 * Formats, lints, checks types and arrows, and runs the quick tests; the first that finds something wrong is the last.
 *
 *     deno task ok
 */
import { readArguments } from "./read_arguments.ts";

const checks = [
  ["fmt", "--check"],
  ["lint"],
  ["task", "check"],
  ["task", "arrows"],
  ["task", "test", "--quick"],
];

readArguments({
  task: "deno task ok",
  about:
    "Checks format, lint, types and arrows, and runs the quick tests: all that is done before a commit.",
});
for (const args of checks) {
  const cwd = new URL("..", import.meta.url).pathname;
  const { code } = await new Deno.Command(Deno.execPath(), { args, cwd }).spawn().status;
  if (code !== 0) Deno.exit(code);
}
