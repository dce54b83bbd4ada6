import { bootHosts, type Host } from "./host.ts";
import type { Laboratory } from "./laboratory.ts";
import { play } from "./play.ts";
import { type Mode, parseTranscript, type Transcript } from "./transcript.ts";

/** A transcript, to be played in one mode. */
export interface Scenario {
  readonly name: string;
  readonly mode: Mode;
  readonly transcript: Transcript;
}

/** How a scenario ended. `detail` says why it failed. */
export interface Result {
  readonly scenario: Scenario;
  readonly outcome: "passed" | "failed" | "skipped";
  readonly seconds: number;
  readonly detail?: string;
}

export interface PlayOptions {
  /** Root file systems, by the packages that their hosts have besides the usual ones. */
  readonly roots: ReadonlyMap<string, string>;
  /** Leaves the hosts as they are in the end. */
  readonly keep: boolean;
  /** Told each line as it is typed. */
  readonly say?: (line: string) => void;
}

const folder = new URL("./scenarios/", import.meta.url);

/** Names a set of packages. */
export function packagesKey({ packages }: Transcript): string {
  return packages.join(" ");
}

/** Returns the names of all scenarios, sorted. */
export function scenarioNames(): string[] {
  return [...Deno.readDirSync(folder)].map(({ name }) => name.replace(/\.txt$/, "")).sort();
}

/**
 * Reads the scenarios whose name has one of `wanted` in it, or all whose hosts are the usual ones; sorted by name, then by
 * mode.
 */
export async function loadScenarios(wanted: readonly string[]): Promise<Scenario[]> {
  const scenarios: Scenario[] = [];
  for (const name of scenarioNames()) {
    if (wanted.length > 0 && !wanted.some((each) => name.includes(each))) continue;
    const transcript = parseTranscript(await Deno.readTextFile(new URL(`${name}.txt`, folder)));
    if (wanted.length === 0 && transcript.packages.length > 0) continue;
    for (const mode of transcript.modes) scenarios.push({ name, mode, transcript });
  }
  return scenarios;
}

/**
 * Plays scenarios in as many lanes as there are laboratories, the longest first, and returns the results in the order of
 * the scenarios. `onResult` is told of each as it ends.
 */
export async function playInLanes(
  scenarios: readonly Scenario[],
  laboratories: readonly Laboratory[],
  options: PlayOptions,
  onResult: (result: Result) => void,
): Promise<Result[]> {
  const waiting = scenarios.toSorted((a, b) => b.transcript.takesMs - a.transcript.takesMs);
  const results = new Map<Scenario, Result>();
  await Promise.all(laboratories.map(async (laboratory) => {
    for (let next = waiting.shift(); next; next = waiting.shift()) {
      const result = await playScenario(laboratory, next, options);
      results.set(next, result);
      onResult(result);
    }
  }));
  return scenarios.flatMap((scenario) => results.get(scenario) ?? []);
}

async function playScenario(
  laboratory: Laboratory,
  scenario: Scenario,
  options: PlayOptions,
): Promise<Result> {
  const { mode, transcript } = scenario;
  const start = performance.now();
  const lines: string[] = [];
  const say = (line: string) => {
    lines.push(line);
    options.say?.(line);
  };
  const ground = { ...laboratory, root: options.roots.get(packagesKey(transcript))! };
  const hosts = new Map<string, Host>();
  let detail: string | undefined;
  try {
    await bootHosts(ground, transcript.hosts, hosts, transcript.disk);
    await play(transcript.entries, hosts, mode, say);
  } catch (error) {
    const last = await Promise.all([...hosts.values()].map(lastWords));
    detail = [...lines, error instanceof Error ? error.message : String(error), ...last].join("\n");
  }
  if (!options.keep) { for (const host of hosts.values()) await host.destroy(); }
  const seconds = (performance.now() - start) / 1000;
  return { scenario, outcome: detail ? "failed" : "passed", seconds, detail };
}

/** Returns the end of a host's journal, where the agents of root and alice say what they did. */
async function lastWords(host: Host): Promise<string> {
  const argv = ["journalctl", "--quiet", "--identifier=khutulun", "--lines=15", "--no-hostname"];
  const { stdout } = await host.exec(argv, 10_000).catch(() => ({ stdout: "(no answer)" }));
  return `--- end of the journal of ${host.name}\n${stdout.trimEnd()}`;
}
