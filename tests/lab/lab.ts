/**
 * Boots real systemd hosts with nothing of ours in them and plays the scenarios of `tests/lab/scenarios/` on them.
 *
 *     deno task lab [--keep] [--verbose] [FILTER…]     plays scenarios whose name has a FILTER in it
 *     deno task lab --cold [FILTER…]                   the same, with a root file system made for this run
 *     deno task lab --boot N                           boots N hosts and leaves them
 *     deno task lab --enter RUN/HOST [COMMAND…]        a shell, or a command, in a host that was left
 *     deno task lab --bench [FILTER…]                  measures rows of `deno task bench` on a host with systemd, and on three
 *     deno task lab --prepare                          makes the hosts' root file system, and no host
 *     deno task lab --remove [RUN…]                    takes away what was left
 *
 * A FILTER has to name a scenario. Scenarios whose hosts have packages besides the usual ones (`packages:`) are played only where a FILTER names them.
 *
 * As root. It ends with one line: `N passed, N failed, N skipped`. `KHUTULUN_LAB_CACHE` names where the hosts' root
 * file system is kept (`/var/cache/khutulun-lab`), on a disk.
 */
import { nearest } from "../../core/base/mod.ts";
import { readArguments, refuse } from "../../scripts/read_arguments.ts";
import { formatTable } from "../../scripts/table.ts";
import { benchInLab } from "./bench.ts";
import { bootHosts, Host } from "./host.ts";
import {
  closeLaboratory,
  keepLaboratory,
  labCache as cache,
  type Laboratory,
  openLaboratory,
  prefixOf,
  removeKept,
} from "./laboratory.ts";
import { whyNoLab } from "./machine.ts";
import { ensureRoot, makeRoot, pruneRoots } from "./root.ts";
import {
  loadScenarios,
  packagesKey,
  playInLanes,
  type Result,
  type Scenario,
  scenarioNames,
} from "./scenarios.ts";
import { stage, stageAgain } from "./stage.ts";

/** How many hosts `--boot` makes at most: those that know each other by name. */
const hostsMax = 3;

/** As many scenarios as this are played at a time, each on hosts of its own: much of a scenario is waiting. */
const lanesMax = 3;

const task = "deno task lab";
const forms: readonly (readonly [form: string, about: string])[] = [
  ["--boot [N]", "boots N hosts (1) and leaves them"],
  ["--enter RUN/HOST [COMMAND…]", "a shell, or a command, in a host that was left"],
  ["--bench [FILTER…]", 'measures rows of "deno task bench" on a host with systemd, and on three'],
  ["--prepare", "makes the hosts' root file system, and no host"],
  ["--remove [RUN…]", "takes away what was left"],
];

const [form, ...others] = Deno.args;
if (form === "--enter") await enter(others);
else if (form === "--remove") await remove(others);
else if (form === "--prepare") await prepareRoot(others);
else if (form === "--bench") await benchInLab(others);
else if (form === "--boot") await boot(others);
else await playAll(Deno.args);

async function playAll(args: readonly string[]): Promise<void> {
  const { values: { keep, verbose, cold }, words: filters } = readArguments({
    task,
    about:
      "Boots real systemd hosts, as root, and plays the scenarios of tests/lab/scenarios/ on them.",
    options: {
      keep: { about: "leaves the hosts as they are in the end, and says how to enter them" },
      verbose: { about: "prints each line as it is typed" },
      cold: { about: "makes the hosts' root file system for this run" },
    },
    words: { name: "FILTER", about: "a part of a scenario's name" },
    forms,
  }, args);
  for (const filter of filters) refuseUnknown(filter);
  const scenarios = await loadScenarios(filters);
  const reason = await whyNoLab();
  if (reason) {
    for (const { name, mode } of scenarios) console.log(`skipped: ${name} (${mode}): ${reason}`);
    finish(scenarios.map((scenario) => ({ scenario, outcome: "skipped", seconds: 0 })), []);
    return;
  }
  const laboratories = await openAll(Math.min(lanesMax, scenarios.length));
  const results: Result[] = [];
  const isInterrupted = onSignals(() => Promise.all(laboratories.map(closeLaboratory)));
  try {
    const roots = await prepare(laboratories, scenarios, cold);
    const options = { roots, keep, say: verbose ? sayVerbose : undefined };
    results.push(
      ...await timed(
        "scenarios",
        () => playInLanes(scenarios, laboratories, options, sayResult),
      ),
    );
  } finally {
    if (!isInterrupted()) await leave(laboratories, results, keep);
  }
}

function refuseUnknown(filter: string): void {
  const names = scenarioNames();
  if (names.some((name) => name.includes(filter))) return;
  const near = nearest(filter, names);
  const hint = near ? `did you mean "${near}"?` : `there is ${names.join(", ")}`;
  refuse({ task }, `no scenario has "${filter}" in its name (${hint})`);
}

/** Opens a run of the lab for each lane. */
async function openAll(count: number): Promise<Laboratory[]> {
  const laboratories: Laboratory[] = [];
  for (let lane = 0; lane < count; lane++) {
    const laboratory = await openLaboratory(cache);
    laboratories.push(laboratory);
    console.log(`lab ${laboratory.number}: in "${laboratory.folder}"`);
  }
  return laboratories;
}

/** Makes what the hosts need, where it is not there yet; returns their root file systems. */
async function prepare(
  laboratories: readonly Laboratory[],
  scenarios: readonly Scenario[],
  cold = false,
): Promise<ReadonlyMap<string, string>> {
  const [first, ...others] = laboratories;
  const needs = new Set(scenarios.flatMap((each) => each.transcript.needs));
  const [roots] = await Promise.all([
    timed("root file system", () => makeRoots(first, scenarios, cold)),
    timed("executables", () => stage(first.shared, needs)),
  ]);
  for (const other of others) await stageAgain(first.shared, other.shared);
  return roots;
}

async function makeRoots(
  { folder }: Laboratory,
  scenarios: readonly Scenario[],
  cold: boolean,
): Promise<ReadonlyMap<string, string>> {
  const roots = new Map<string, string>();
  for (const { transcript } of scenarios) {
    const key = packagesKey(transcript);
    if (roots.has(key)) continue;
    if (!cold) roots.set(key, await rootWith(transcript.packages));
    else {
      roots.set(key, `${folder}/root-${roots.size}`);
      await makeRoot(`${folder}/root-${roots.size - 1}`, transcript.packages);
    }
  }
  return roots;
}

async function rootWith(packages: readonly string[]): Promise<string> {
  const root = await ensureRoot(cache, (line) => console.log(line), packages);
  await pruneRoots(cache);
  return root;
}

async function prepareRoot(args: readonly string[]): Promise<void> {
  readArguments({
    task: `${task} --prepare`,
    about: "Makes the root file system of the hosts, where it is not there yet, and no host.",
  }, args);
  const reason = await whyNoLab();
  console.log(reason ? `No hosts can be booted here: ${reason}` : await rootWith([]));
}

async function leave(
  laboratories: readonly Laboratory[],
  results: readonly Result[],
  keep: boolean,
): Promise<void> {
  if (!keep) {
    return finish(results, (await Promise.all(laboratories.map(closeLaboratory))).flat());
  }
  for (const laboratory of laboratories) {
    await keepLaboratory(laboratory);
    sayHowToEnter(laboratory);
  }
  finish(results, []);
}

function sayVerbose(line: string): void {
  console.log(line.replace(/^/gm, "    "));
}

function sayResult({ scenario: { name, mode }, outcome, seconds, detail }: Result): void {
  console.log(`${name} (${mode}): ${outcome} in ${seconds.toFixed(1)} s`);
  if (detail) console.log(detail.replace(/^/gm, "    "));
}

/** Says how long something took, and how busy the machine was in the end. */
async function timed<T>(what: string, act: () => Promise<T>): Promise<T> {
  const start = performance.now();
  const result = await act();
  const seconds = ((performance.now() - start) / 1000).toFixed(1);
  console.log(`${what}: ${seconds} s, load ${Deno.loadavg()[0].toFixed(1)}`);
  return result;
}

function finish(results: readonly Result[], left: readonly string[]): void {
  const lines = results.map(({ scenario: { name, mode, transcript }, outcome, seconds }) => [
    name,
    mode,
    outcome,
    seconds.toFixed(1),
    transcript.title,
  ]);
  console.log(`\n${formatTable(["scenario", "mode", "result", "seconds", "what"], lines)}`);
  for (const line of left) console.log(`left behind: ${line}`);
  const count = (outcome: string) => results.filter((each) => each.outcome === outcome).length;
  const failed = count("failed") + (left.length > 0 ? 1 : 0);
  console.log(`\n${count("passed")} passed, ${failed} failed, ${count("skipped")} skipped`);
  Deno.exitCode = failed > 0 ? 1 : 0;
}

/** Runs `close` at the first Ctrl-C or TERM, then ends. A KILL is the watchdog's business. */
function onSignals(close: () => Promise<unknown>): () => boolean {
  let interrupted = false;
  for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"] as const) {
    Deno.addSignalListener(signal, async () => {
      if (interrupted) return;
      interrupted = true;
      console.error(`${signal}: taking the hosts away`);
      await close();
      Deno.exit(130);
    });
  }
  return () => interrupted;
}

async function boot(args: readonly string[]): Promise<void> {
  const usage = {
    task: `${task} --boot`,
    about: "Boots hosts, as root, and leaves them.",
    words: { name: "N", about: `how many (1), up to ${hostsMax}`, max: 1 },
  };
  const { words: [wanted = "1"] } = readArguments(usage, args);
  const count = Number(wanted);
  if (!(Number.isInteger(count) && count >= 1 && count <= hostsMax)) {
    refuse(usage, `1 to ${hostsMax} hosts can be booted, not "${wanted}"`);
  }
  const reason = await whyNoLab();
  if (reason) {
    console.error(`No hosts can be booted here: ${reason}`);
    Deno.exit(1);
  }
  const [laboratory] = await openAll(1);
  const root = (await prepare([laboratory], await loadScenarios([]))).get("")!;
  await bootHosts({ ...laboratory, root }, count);
  await keepLaboratory(laboratory);
  sayHowToEnter(laboratory);
}

function sayHowToEnter({ number, shared }: Laboratory): void {
  console.log(`\nThe hosts are left running. ${shared} is /mnt/lab in each.`);
  console.log(`  deno task lab --enter ${number}/h1`);
  console.log(`  deno task lab --enter ${number}/h1 systemctl status`);
  console.log(`  deno task lab --remove`);
}

/** What follows the host is the command's own, dashes and all. */
async function enter(args: readonly string[]): Promise<void> {
  const usage = {
    task: `${task} --enter`,
    about: "Enters a host that was left: with a shell, or with the COMMAND… that follows.",
    words: { name: "RUN/HOST", about: 'which: "0/h1"', max: 1 },
  };
  const argv = args.slice(1);
  const { words: [where] } = readArguments(usage, args.slice(0, 1));
  const [, number, host] = where?.match(/^(\d+)\/h([1-3])$/) ?? [];
  if (!host) refuse(usage, 'which host? RUN/HOST, as in "0/h1"');
  const folder = `${cache}/runs/${number}`;
  const laboratory = { number: Number(number), folder, prefix: prefixOf(Number(number)) };
  const command = await Host.existing(laboratory, Number(host))
    .enterCommand(argv.length > 0 ? argv : ["bash", "--login"]);
  const { code } = await new Deno.Command(command[0], { args: command.slice(1) }).spawn().status;
  Deno.exit(code);
}

async function remove(args: readonly string[]): Promise<void> {
  const usage = {
    task: `${task} --remove`,
    about: "Takes away what was left by runs of the lab that have ended.",
    words: { name: "RUN", about: "the number of a run; all where none is named" },
  };
  const { words: runs } = readArguments(usage, args);
  const wrong = runs.find((run) => !/^\d+$/.test(run));
  if (wrong !== undefined) refuse(usage, `a run has a number, not "${wrong}"`);
  const numbers = await removeKept(cache, runs.map(Number));
  console.log(numbers.length > 0 ? `Removed: ${numbers.join(", ")}` : "Nothing was left");
}
