import { formatServiceRef, type Problem, problem, type ServiceRef } from "../../base/mod.ts";
import { readUpdateRules } from "../../plan/mod.ts";
import { type AgentContext, timeText } from "../agent_context.ts";
import { rolledBackProblem } from "../deploy/rolled_back.ts";
import { waitingForHosts } from "../items/waiting.ts";
import {
  haveActed,
  phaseOf,
  readServiceState,
  type ServiceState,
  settlementOf,
} from "../service_state.ts";
import type { Progress } from "../use_cases.ts";
import { newsElsewhere, seenElsewhere } from "./news_elsewhere.ts";

/** How often the state is read for what other hosts did; this host's own doing is told at once. */
const readEveryMs = 2_000;

/**
 * Yields how a generation of a service goes, until it is settled or has failed. A newer generation takes its place: who
 * waits for one that was replaced waits for what replaced it.
 */
export async function* follow(
  context: AgentContext,
  ref: ServiceRef,
  generation: number,
  signal: AbortSignal,
): AsyncIterable<Progress> {
  const ended = new AbortController();
  const stop = AbortSignal.any([signal, ended.signal]);
  const own = context.bus.stream<Progress | "look">((each) => {
    const isNews = each.kind === "graph" || each.kind === "observed";
    if (isNews && isSame(each.ref, ref)) return "look";
    const isOurs = each.kind === "progress" && isSame(each.ref, ref) &&
      each.generation >= generation;
    return isOurs ? each.progress : undefined;
  }, stop);
  const ticks = tick(context, stop);
  let seen: ReadonlyMap<string, string> | undefined;
  try {
    let next = own.next();
    let beat = ticks.next();
    for (;;) {
      const state = await readServiceState(context.store, ref, context.membership);
      const at = timeText(context.clock.nowMs());
      const { done, total } = settlementOf(state);
      for (const news of seen ? newsElsewhere(seen, state, context.host) : []) {
        yield { at, kind: "phase", ...news, done, total };
      }
      seen = seenElsewhere(state, context.host);
      const end = endOf(context, state, generation);
      if (end) return yield end;
      for (;;) {
        const first = await Promise.race([next, beat]);
        if (first.done) return;
        if (first.value === "tick") {
          beat = ticks.next();
          break;
        }
        next = own.next();
        if (first.value === "look") break;
        yield first.value;
        if (first.value.kind === "settled" || first.value.kind === "failed") return;
      }
    }
  } finally {
    ended.abort();
  }
}

async function* tick(context: AgentContext, signal: AbortSignal): AsyncIterableIterator<"tick"> {
  while (!signal.aborted) {
    await context.clock.sleep(readEveryMs, signal).catch(() => {});
    if (!signal.aborted) yield "tick";
  }
}

/** Returns the end of the story where the state already tells it. */
function endOf(
  context: AgentContext,
  state: ServiceState,
  generation: number,
): Progress | undefined {
  const at = timeText(context.clock.nowMs());
  if (state.graph === undefined) {
    return { at, kind: "settled", message: "Everything is gone", done: 0, total: 0 };
  }
  const { rolledBack } = state.asked?.spec ?? {};
  if (rolledBack !== undefined && rolledBack.from >= generation) {
    const found = rolledBackProblem(state.ref, rolledBack);
    const { done, total } = settlementOf(state);
    return { at, kind: "failed", message: found.what, problem: found, done, total };
  }
  const failed = failedElsewhere(state, generation, context.host);
  if (failed !== undefined) {
    const { done, total } = settlementOf(state);
    return { at, kind: "failed", message: failed.what, problem: failed, done, total };
  }
  if (!haveActed(state, generation)) return undefined;
  const { phase, done, total } = settlementOf(state);
  if (phase === "ready") {
    return { at, kind: "settled", message: "Everything is ready", done, total };
  }
  const waiting = waitingForHosts(state);
  if (waiting.length === 0) return undefined;
  const message = `Everything is ready but what waits for a host that does not live: ${
    waiting.join(", ")
  }`;
  return { at, kind: "settled", message, done, total };
}

/**
 * Returns what failed on another host in this generation or a newer one. Where the service may still become again what it was,
 * nothing is said of it yet: that is the end which is told then. What
 * fails here is told by who saw it fail.
 */
function failedElsewhere(
  state: ServiceState,
  generation: number,
  self: string,
): Problem | undefined {
  const rules = readUpdateRules(state.graph!.spec.clout, state.asked?.spec.update);
  for (const instance of state.instances) {
    const { id, host, want, vertex } = instance;
    const observed = state.observed.get(host);
    if (want === "absent" || host === self || (observed?.acted ?? 0) < generation) continue;
    if (phaseOf(state, instance) !== "failed") continue;
    const rule = rules.get(state.graph!.spec.clout.vertexes.get(vertex)?.name ?? "");
    if (state.graph!.spec.previous !== undefined && rule?.rollback) continue;
    return problem("AGENT_INSTANCE_FAILED", {
      what: `Instance "${id}" has failed on host "${host}"`,
      where: { host, subject: id },
      why: observed!.items.find((each) => each.id === id)?.why,
      fix: `Mend what is said above, and deploy the template if that is what changed; ` +
        `"khutulun why ${formatServiceRef(state.ref)}/${id}" tells more`,
    });
  }
  return undefined;
}

function isSame(a: ServiceRef, b: ServiceRef): boolean {
  return a.namespace === b.namespace && a.service === b.service;
}
