import assert from "node:assert/strict";

const root = new URL("../..", import.meta.url).pathname;
const tasks = JSON.parse(await Deno.readTextFile(`${root}deno.json`)).tasks as Record<
  string,
  string
>;
/** Tasks that run a script of ours, each with the script. */
const scripts = Object.entries(tasks).flatMap(([name, command]) => {
  const [, script] = command.match(/^deno run -A (\S+\.ts)$/) ?? [];
  return script === undefined ? [] : [{ name, script }];
});

Deno.test("every task with a script of ours says with --help what it takes", async () => {
  assert.deepEqual(
    Object.keys(tasks).filter((task) => !scripts.some(({ name }) => name === task)),
    [
      "check",
    ],
  );
  for (const { name, script } of scripts) {
    const { code, stdout, stderr } = await runScript(script, "--help");
    assert.match(stdout, new RegExp(`^Usage: deno task ${name}( |\n)`), name);
    assert.match(stdout, /--help +prints this/, name);
    assert.deepEqual({ code, stderr }, { code: 0, stderr: "" }, name);
  }
});

Deno.test("every task with a script of ours refuses an option that it does not know, before any work", async () => {
  for (const { name, script } of scripts) {
    assert.deepEqual(await runScript(script, "--hlep"), {
      code: 2,
      stdout: "",
      stderr: `deno task ${name}: there is no option "--hlep" (did you mean "--help"?); ` +
        `see deno task ${name} --help\n`,
    });
  }
});

Deno.test("tasks refuse what is no option and names nothing", async () => {
  const cases: readonly (readonly [script: string, args: string[], why: RegExp])[] = [
    [
      "scripts/bench.ts",
      ["store:", "strore"],
      /: no row has "strore" in its name \(there is .*store/,
    ],
    ["scripts/compile.ts", ["sparc"], /: there is no machine "sparc", but x86_64 and aarch64/],
    ["scripts/demo.ts", ["keep"], /: it does not know what "keep" is for/],
    ["scripts/run_tests.ts", ["core/nowhere"], /: there is no file or folder "core\/nowhere"/],
    ["scripts/sim.ts", ["--minutes", "10"], /: option "--minutes" goes with "--hosts" only/],
    ["tests/lab/lab.ts", ["cluster_lots"], /: no scenario .* "cluster_lots" .*mean "cluster_loss"/],
    ["tests/lab/lab.ts", ["--boot", "12"], /lab --boot: 1 to 3 hosts can be booted, not "12"/],
    ["tests/lab/lab.ts", ["--enter", "h1"], /lab --enter: which host\? RUN\/HOST/],
    ["tests/lab/lab.ts", ["--remove", "all"], /lab --remove: a run has a number, not "all"/],
    ["tests/lab/lab.ts", ["--bench", "strore"], /lab --bench: no row has "strore"/],
  ];
  for (const [script, args, why] of cases) {
    const { code, stdout, stderr } = await runScript(script, ...args);
    assert.match(stderr, why);
    assert.equal(stderr.trimEnd().split("\n").length, 1, stderr);
    assert.deepEqual({ code, stdout }, { code: 2, stdout: "" }, stderr);
  }
});

async function runScript(script: string, ...args: readonly string[]) {
  const { code, stdout, stderr } = await new Deno.Command(Deno.execPath(), {
    args: ["run", "-A", "--quiet", script, ...args],
    cwd: root,
    env: { NO_COLOR: "1" },
    stdin: "null",
  }).output();
  const text = (bytes: Uint8Array) => new TextDecoder().decode(bytes);
  return { code, stdout: text(stdout), stderr: text(stderr) };
}
