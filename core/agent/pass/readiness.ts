import { formatDurationMs, type JsonObject, type Problem, problem } from "../../base/mod.ts";
import type { ResourceId } from "../../plan/mod.ts";
import type { Phase } from "../../plugin/mod.ts";
import type { Clock } from "../../ports/mod.ts";

/** How one item was found. */
export interface Look {
  readonly phase: Phase;
  readonly why?: string;
  readonly attributes: JsonObject;
  /** What its plugin says it has on the host; nothing where the plugin does not say. */
  readonly owned?: readonly ResourceId[];
  /** Whether something runs that could still end by itself: it has to last for a moment before it counts as ready. */
  readonly runs: boolean;
}

/** What waiting for items needs. */
export interface ReadinessOptions {
  readonly clock: Clock;
  readonly host: string;
  /** Looks at items now; an item that nobody knows of is left out. */
  readonly look: (items: readonly string[]) => Promise<ReadonlyMap<string, Look>>;
  /**
   * Runs the item's health check: nothing where it has none, else whether it passed and what it saw.
   */
  readonly check: (
    item: string,
    look: Look,
    signal: AbortSignal,
  ) => Promise<{ readonly ok: boolean; readonly detail: string } | undefined>;
  /** Milliseconds (monotonic) at which the last effect on the item ended; nothing where there was none. */
  readonly touchedAt: (item: string) => number | undefined;
  /** Returns the end of what the item wrote to its log, oldest line first. */
  readonly lastLines: (item: string) => Promise<readonly string[]>;
  /** Resolves early when something on this host may have changed. */
  readonly changed: (signal: AbortSignal) => Promise<void>;
  /** Is told, again and again, what is waited for once that takes longer than a moment. */
  readonly waiting?: (item: string, why: string, waitedMs: number) => void;
  /** How long an item is waited for. */
  readonly deadlineMs: (item: string) => number;
}

/** How long something without a health check has to last after its start. */
const settleMs = 300;
const pauseMinMs = 20;
const pauseMaxMs = 500;

/** A wait that is over sooner is not worth a word. */
const noticedAfterMs = 1_000;

/**
 * Waits until all items are ready (`start`) or stopped (`stop`). Returns the problem of the first that will not be:
 * it failed, or was not ready in time. Nothing is returned when all are, or once the signal is given.
 */
export async function waitFor(
  gate: "start" | "stop",
  items: readonly string[],
  options: ReadinessOptions,
  signal: AbortSignal,
): Promise<Problem | undefined> {
  const { clock } = options;
  const begin = clock.monotonicMs();
  let waiting = [...items];
  let pauseMs = pauseMinMs;
  while (!signal.aborted) {
    const verdicts = await judge(gate, waiting, options, signal);
    const failed = verdicts.find((each) => each.problem !== undefined);
    if (failed) return failed.problem;
    waiting = verdicts.filter((each) => !each.passed).map((each) => each.item);
    if (waiting.length === 0) return undefined;
    const waitedMs = clock.monotonicMs() - begin;
    const late = verdicts.find((each) => !each.passed && waitedMs >= options.deadlineMs(each.item));
    if (late) return lateProblem(gate, late, waitedMs, options);
    if (waitedMs >= noticedAfterMs) {
      for (const { item, passed, why } of verdicts) {
        if (!passed) options.waiting?.(item, why ?? "it is not ready", waitedMs);
      }
    }
    await pause(
      Math.min(pauseMs, ...verdicts.flatMap((each) => each.lastsInMs ?? [])),
      options,
      signal,
    );
    pauseMs = Math.min(pauseMs * 2, pauseMaxMs);
  }
  return undefined;
}

interface Verdict {
  readonly item: string;
  readonly passed: boolean;
  readonly why?: string;
  readonly problem?: Problem;
  /** After how long it will have lasted long enough, where it is only that. */
  readonly lastsInMs?: number;
}

async function judge(
  gate: "start" | "stop",
  items: readonly string[],
  options: ReadinessOptions,
  signal: AbortSignal,
): Promise<Verdict[]> {
  const looks = await options.look(items);
  return await Promise.all(items.map((item) => {
    const look = looks.get(item);
    if (gate === "stop") return judgeStopped(item, look);
    return look
      ? judgeStarted(item, look, options, signal)
      : { item, passed: false, why: "it has not been started yet" };
  }));
}

function judgeStopped(item: string, look: Look | undefined): Verdict {
  const passed = look === undefined || !look.runs || look.phase === "absent" ||
    look.phase === "stopped" || look.phase === "pending" || look.phase === "failed";
  return { item, passed, why: look?.why ?? "it still runs" };
}

async function judgeStarted(
  item: string,
  look: Look,
  options: ReadinessOptions,
  signal: AbortSignal,
): Promise<Verdict> {
  if (look.phase === "failed") {
    return { item, passed: false, problem: await failedProblem(item, look, options) };
  }
  if (look.phase !== "ready") {
    return { item, passed: false, why: look.why ?? `it is ${look.phase}` };
  }
  const checked = await options.check(item, look, signal);
  if (checked !== undefined) {
    return { item, passed: checked.ok, why: `its health check says: ${checked.detail}` };
  }
  const touchedAt = options.touchedAt(item);
  const lastsInMs = touchedAt === undefined || !look.runs
    ? 0
    : touchedAt + settleMs - options.clock.monotonicMs();
  if (lastsInMs <= 0) return { item, passed: true };
  return { item, passed: false, why: "it was started just now", lastsInMs };
}

async function pause(ms: number, options: ReadinessOptions, signal: AbortSignal): Promise<void> {
  const early = new AbortController();
  const both = AbortSignal.any([signal, early.signal]);
  try {
    await Promise.race([
      options.clock.sleep(ms, both).catch(() => {}),
      options.changed(both),
    ]);
  } finally {
    early.abort();
  }
}

/** Returns the problem of an item that failed, with the end of its log. */
export async function failedProblem(
  item: string,
  look: Pick<Look, "why" | "runs">,
  options: Pick<ReadinessOptions, "host" | "lastLines">,
): Promise<Problem> {
  const lines = await options.lastLines(item).catch(() => []);
  const said = lines.length > 0
    ? `${look.why ?? "It ended by itself"}. The end of its log:\n${
      lines.map((line) => `    ${line}`).join("\n")
    }`
    : `${look.why ?? "It ended by itself"}; it wrote nothing to its log`;
  return problem("AGENT_PROCESS_DIED", {
    what: `Instance "${item}" has failed`,
    where: { host: options.host, subject: item },
    why: said,
    fix: "Mend what its log says, and deploy the template if that is what changed",
  });
}

function lateProblem(
  gate: "start" | "stop",
  late: Verdict,
  waitedMs: number,
  options: ReadinessOptions,
): Problem {
  return problem("AGENT_NOT_READY", {
    what: `Instance "${late.item}" is not ${gate === "start" ? "ready" : "stopped"} after ${
      formatDurationMs(waitedMs)
    }`,
    where: { host: options.host, subject: late.item },
    why: late.why,
    fix: gate === "start"
      ? "Look at its log, and at its health check if it has one; the agent goes on trying"
      : "Look at what holds it; the agent goes on trying",
  });
}
