import { type Problem, problem } from "../../base/mod.ts";
import type { CommandResult, Processes } from "../../ports/mod.ts";
import { unitName } from "./install_steps.ts";

/** Which agent's unit is looked at. */
export interface UnitWatchOptions {
  readonly processes: Pick<Processes, "run">;
  readonly host: string;
  readonly mode: "system" | "user";
  /** What `systemctl` needs besides the usual environment. */
  readonly environment: Readonly<Record<string, string>>;
}

/** How the unit is, as `systemctl show` tells it. */
interface UnitCondition {
  readonly active: string;
  readonly result: string;
  /** How often systemd has started it again by itself. */
  readonly restarts: number;
  /** The last main process: how it ended, and which it was. */
  readonly exitCode: number;
  readonly exitStatus: number;
  readonly pid: number;
}

/**
 * An agent that has ended this often since it was started does not come up by itself. Its unit never counts as failed, for
 * systemd is told to start it again however often it ends.
 */
const endsMax = 3;

const linesShown = 10;
const commandMsMax = 10_000;

/**
 * Returns a function that looks at the agent's unit, right after it was started, and returns the problem as soon as it is
 * evident that it does not come up: with the last words of the agent. It returns nothing while it may yet.
 *
 * The unit goes on as it was: systemd tries again.
 */
export function watchAgentUnit(options: UnitWatchOptions): () => Promise<Problem | undefined> {
  let first: UnitCondition | undefined;
  let ended: UnitCondition | undefined;
  return async () => {
    const now = await readCondition(options);
    if (now === undefined) return undefined;
    first ??= now;
    const isOver = now.active === "failed" || now.active === "inactive";
    // While the next one runs, nothing is told of how the last one ended.
    if (now.exitCode !== 0 || isOver) ended = now;
    const ends = now.restarts - first.restarts;
    if (ended === undefined || !isOver && ends < endsMax) return undefined;
    const words = await lastWords(options, ended.pid);
    return problem("AGENT_UNIT_FAILED", {
      what: "The agent was started, and does not come up",
      where: { host: options.host, subject: unitName },
      why: howItEnded(ended, isOver ? 1 : ends) + (words && `, and said:\n${words}`),
      fix: `Mend that; ${
        isOver
          ? `then start it: ${systemctl(options, ["restart", unitName]).join(" ")}`
          : "systemd goes on starting it"
      }. All it said: ${journalctl(options).join(" ")}. Or take it away: khutulun uninstall`,
    });
  };
}

async function readCondition(options: UnitWatchOptions): Promise<UnitCondition | undefined> {
  const properties = "ActiveState,Result,NRestarts,ExecMainCode,ExecMainStatus,ExecMainPID";
  const argv = systemctl(options, ["show", `--property=${properties}`, unitName]);
  const { exit, stdout } = await run(options, argv);
  if (exit !== 0) return undefined; // whoever waits has a deadline of its own
  const values = new Map(
    stdout.trim().split("\n").map((line) => {
      const [name, ...value] = line.split("=");
      return [name, value.join("=")];
    }),
  );
  const number = (name: string) => Number(values.get(name)) || 0;
  return {
    active: values.get("ActiveState") ?? "",
    result: values.get("Result") ?? "",
    restarts: number("NRestarts"),
    exitCode: number("ExecMainCode"),
    exitStatus: number("ExecMainStatus"),
    pid: number("ExecMainPID"),
  };
}

/** `ExecMainCode` is that of waitid(2): 1 for an exit, 2 and 3 for a signal. */
function howItEnded({ result, exitCode, exitStatus }: UnitCondition, ends: number): string {
  const times = ends > 1 ? `${ends} times, the last time ` : "";
  if (exitCode === 1) return `It ended ${times}with exit code ${exitStatus}`;
  if (exitCode > 1) return `It ended ${times}by signal ${exitStatus}`;
  return `Its unit has stopped (${result || "no result"})`;
}

/**
 * Returns the end of what the last main process said. It is asked for by its pid: of a line whose process had ended before
 * it was taken in, the journal does not know the unit.
 */
async function lastWords(options: UnitWatchOptions, pid: number): Promise<string> {
  if (pid === 0) return "";
  const argv = ["journalctl", "--boot", "--output=cat", "--quiet", "--no-pager"];
  const { exit, stdout } = await run(options, [...argv, `--lines=${linesShown}`, `_PID=${pid}`]);
  return exit === 0 ? stdout.trimEnd() : "";
}

async function run(options: UnitWatchOptions, argv: readonly string[]): Promise<CommandResult> {
  const { processes, environment: env } = options;
  return await processes.run({ argv, env, timeoutMs: commandMsMax });
}

function systemctl({ mode }: UnitWatchOptions, words: readonly string[]): string[] {
  return ["systemctl", ...(mode === "user" ? ["--user"] : []), ...words];
}

function journalctl({ mode }: UnitWatchOptions): string[] {
  return ["journalctl", ...(mode === "user" ? ["--user"] : []), "-u", unitName];
}
