/**
 * Boots real systemd hosts with nothing of ours in them and plays the scenarios of `tests/lab/scenarios/` on them.
 *
 *     deno task lab [--keep] [--verbose] [FILTER…]     plays scenarios whose name has a FILTER in it
 *     deno task lab --boot N                           boots N hosts and leaves them
 *     deno task lab --enter RUN/HOST [COMMAND…]        a shell, or a command, in a host that was left
 *     deno task lab --bench [FILTER…]                  measures rows of `deno task bench` on a host with systemd
 *     deno task lab --prepare                          makes the hosts' root file system, and no host
 *     deno task lab --remove                           takes away what was left
 *
 * As root. It ends with one line: `N passed, N failed, N skipped`. `KHUTULUN_LAB_CACHE` names where the hosts' root
 * file system is kept (`/var/cache/khutulun-lab`), on a disk.
 */
import { formatTable } from "../../scripts/table.ts";
import { Host } from "./host.ts";
import {
  closeLaboratory,
  keepLaboratory,
  type Laboratory,
  openLaboratory,
  prefixOf,
  removeKept,
} from "./laboratory.ts";
import { whyNoLab } from "./machine.ts";
import { play } from "./play.ts";
import { ensureRoot, pruneRoots } from "./root.ts";
import { stage, stageCheckout } from "./stage.ts";
import { type Mode, parseTranscript, type Transcript } from "./transcript.ts";

const cache = Deno.env.get("KHUTULUN_LAB_CACHE") ?? "/var/cache/khutulun-lab";

interface Scenario {
  readonly name: string;
  readonly mode: Mode;
  readonly transcript: Transcript;
}

interface Result {
  readonly scenario: Scenario;
  readonly outcome: "passed" | "failed" | "skipped";
  readonly seconds: number;
  readonly detail?: string;
}

const args = Deno.args;
const filters = args.filter((arg) => !arg.startsWith("--"));
if (args[0] === "--enter") await enter(args[1], args.slice(2));
else if (args[0] === "--remove") await remove();
else if (args[0] === "--prepare") await prepare();
else if (args[0] === "--bench") await bench();
else if (args[0] === "--boot") await boot(Number(args[1] ?? 1));
else await playAll();

async function playAll(): Promise<void> {
  const scenarios = await loadScenarios(filters);
  const reason = await whyNoLab();
  if (reason) {
    for (const { name, mode } of scenarios) console.log(`skipped: ${name} (${mode}): ${reason}`);
    finish(scenarios.map((scenario) => ({ scenario, outcome: "skipped", seconds: 0 })), []);
    return;
  }
  const laboratory = await open();
  console.log(`lab ${laboratory.number}: ${scenarios.length} scenarios`);
  const results: Result[] = [];
  const isInterrupted = onSignals(() => closeLaboratory(laboratory));
  try {
    await stage(laboratory.shared, new Set(scenarios.flatMap((each) => each.transcript.needs)));
    for (const scenario of scenarios) results.push(await playScenario(laboratory, scenario));
  } finally {
    if (!isInterrupted()) await leave(laboratory, results);
  }
}

async function leave(laboratory: Laboratory, results: readonly Result[]): Promise<void> {
  if (!args.includes("--keep")) return finish(results, await closeLaboratory(laboratory));
  await keepLaboratory(laboratory);
  sayHowToEnter(laboratory);
  finish(results, []);
}

async function open(): Promise<Laboratory> {
  return await openLaboratory(cache, await makeRoot());
}

async function makeRoot(): Promise<string> {
  const root = await ensureRoot(cache, (line) => console.log(line));
  await pruneRoots(cache, root);
  return root;
}

async function prepare(): Promise<void> {
  const reason = await whyNoLab();
  console.log(reason ? `No hosts can be booted here: ${reason}` : await makeRoot());
}

async function playScenario(laboratory: Laboratory, scenario: Scenario): Promise<Result> {
  const { name, mode, transcript } = scenario;
  const start = performance.now();
  const lines: string[] = [];
  const say = (line: string) => {
    lines.push(line);
    if (args.includes("--verbose")) console.log(line.replace(/^/gm, "    "));
  };
  const hosts = new Map<string, Host>();
  let detail: string | undefined;
  try {
    for (let number = 1; number <= transcript.hosts; number++) {
      hosts.set(`h${number}`, await Host.create(laboratory, number, transcript.disk));
    }
    await Promise.all([...hosts.values()].map((host) => host.start()));
    await play(transcript.entries, hosts, mode, say);
  } catch (error) {
    const last = await Promise.all([...hosts.values()].map(lastWords));
    detail = [...lines, error instanceof Error ? error.message : String(error), ...last].join("\n");
  }
  if (!args.includes("--keep")) { for (const host of hosts.values()) await host.destroy(); }
  const seconds = (performance.now() - start) / 1000;
  console.log(`${name} (${mode}): ${detail ? "failed" : "passed"} in ${seconds.toFixed(1)} s`);
  if (detail) console.log(detail.replace(/^/gm, "    "));
  return { scenario, outcome: detail ? "failed" : "passed", seconds, detail };
}

/** Returns the end of a host's journal, where the agents of root and alice say what they did. */
async function lastWords(host: Host): Promise<string> {
  const argv = ["journalctl", "--quiet", "--identifier=khutulun", "--lines=15", "--no-hostname"];
  const { stdout } = await host.exec(argv, 10_000).catch(() => ({ stdout: "(no answer)" }));
  return `--- end of the journal of ${host.name}\n${stdout.trimEnd()}`;
}

async function loadScenarios(wanted: readonly string[]): Promise<Scenario[]> {
  const folder = new URL("./scenarios/", import.meta.url);
  const files = [...Deno.readDirSync(folder)].map((entry) => entry.name).sort();
  const scenarios: Scenario[] = [];
  for (const file of files) {
    const name = file.replace(/\.txt$/, "");
    if (wanted.length > 0 && !wanted.some((each) => name.includes(each))) continue;
    const transcript = parseTranscript(await Deno.readTextFile(new URL(file, folder)));
    for (const mode of transcript.modes) scenarios.push({ name, mode, transcript });
  }
  return scenarios;
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

async function boot(count: number): Promise<void> {
  const reason = await whyNoLab();
  if (reason) throw new Error(reason);
  const laboratory = await open();
  const names = (await loadScenarios([])).flatMap((each) => each.transcript.needs);
  await stage(laboratory.shared, new Set(names));
  for (let number = 1; number <= count; number++) {
    await (await Host.create(laboratory, number)).start();
  }
  await keepLaboratory(laboratory);
  sayHowToEnter(laboratory);
}

/** What is measured where no filter is given: what depends on who runs the units. */
const benchFilters = ["cli:", "deploy:", "idle agent"];

/** Measures on a host of the lab what a checkout measures, with the checkout's own program. */
async function bench(): Promise<void> {
  const reason = await whyNoLab();
  if (reason) throw new Error(reason);
  const laboratory = await open();
  onSignals(() => closeLaboratory(laboratory));
  try {
    const command = await stageCheckout(laboratory.shared);
    const host = await Host.create(laboratory, 1);
    await host.start();
    const wanted = filters.length > 0 ? filters : benchFilters;
    const flags = args.filter((arg) => arg === "--short" || arg === "--json");
    const argv = await host.enterCommand([...command, ...flags, ...wanted]);
    const { code } = await new Deno.Command(argv[0], { args: argv.slice(1), stdin: "null" })
      .spawn().status;
    Deno.exitCode = code;
  } finally {
    await closeLaboratory(laboratory);
  }
}

function sayHowToEnter({ number, shared }: Laboratory): void {
  console.log(`\nThe hosts are left running. ${shared} is /mnt/lab in each.`);
  console.log(`  deno task lab --enter ${number}/h1`);
  console.log(`  deno task lab --enter ${number}/h1 systemctl status`);
  console.log(`  deno task lab --remove`);
}

async function enter(where: string, argv: readonly string[]): Promise<void> {
  const [, number, host] = where?.match(/^(\d+)\/h([1-3])$/) ?? [];
  if (!host) throw new Error(`Which host? RUN/HOST, as in "0/h1"`);
  const folder = `${cache}/runs/${number}`;
  const laboratory = { number: Number(number), folder, prefix: prefixOf(Number(number)) };
  const command = await Host.existing(laboratory, Number(host))
    .enterCommand(argv.length > 0 ? argv : ["bash", "--login"]);
  const { code } = await new Deno.Command(command[0], { args: command.slice(1) }).spawn().status;
  Deno.exit(code);
}

async function remove(): Promise<void> {
  const numbers = await removeKept(cache);
  console.log(numbers.length > 0 ? `Removed: ${numbers.join(", ")}` : "Nothing was left");
}
