import {
  formatServiceRef,
  type Problem,
  ProblemError,
  type ServiceRef,
  toProblem,
} from "../../base/mod.ts";
import { failoverDuty, type Instance, isRefusal } from "../../plan/mod.ts";
import type { AgentContext } from "../agent_context.ts";
import type { Deployer } from "../deploy/deployer.ts";
import type { MemberFacts } from "../members/membership.ts";
import type { Isolation } from "./isolation.ts";
import { instancesOf } from "../service_state.ts";

/** What found no other host is tried again so often, and whenever a host comes or goes. */
const retryEveryMs = 30_000;

/** With dead hosts about, the state is looked at so often for services that were placed on them meanwhile. */
const lookEveryMs = 10_000;

/** What this host remembers between two looks. */
interface Memory {
  /** Since when (monotonic) each host has been dead, or gone, to us. */
  readonly goneSince: Map<string, number>;
  /** By service: until when it is left alone, and what was said of it. */
  readonly stranded: Map<string, { readonly untilMs: number; readonly why: string }>;
}

/**
 * Places what dead hosts ran on others: at once where this host is the first in the service's order, after a while where
 * those before it did not.
 */
export async function keepFailingOver(
  context: AgentContext,
  deployer: Pick<Deployer, "takeOver" | "isUnderway">,
  isolation: Pick<Isolation, "problem" | "consider">,
  signal: AbortSignal,
): Promise<void> {
  const memory: Memory = { goneSince: new Map(), stranded: new Map() };
  while (!signal.aborted) {
    const changed = changes(context, signal);
    let waitMs: number | undefined = lookEveryMs;
    if (!isolation.problem) {
      try {
        waitMs = await lookOnce(context, deployer, memory, signal);
      } catch (error) {
        if (error instanceof ProblemError) isolation.consider(error.problem);
        const { what, why } = toProblem(error, "place anew what a dead host ran");
        context.logger.log("warning", what, { why });
      }
    }
    if (await changed.within(waitMs)) memory.stranded.clear();
  }
}

/** Goes over all services once. Returns after how long to look again; nothing where no host is gone. */
async function lookOnce(
  context: AgentContext,
  deployer: Pick<Deployer, "takeOver" | "isUnderway">,
  memory: Memory,
  signal: AbortSignal,
): Promise<number | undefined> {
  const { clock, membership, store } = context;
  noteGone(memory, membership.away(), clock.monotonicMs());
  if (memory.goneSince.size === 0) return undefined;
  const members = membership.list();
  let waitMs = lookEveryMs;
  const refs = await store.services();
  const names = new Set(refs.map(formatServiceRef));
  for (const name of memory.stranded.keys()) if (!names.has(name)) memory.stranded.delete(name);
  for (const ref of refs) {
    if (signal.aborted) break;
    try {
      const leftMs = await lookAt(context, deployer, memory, { ref, members });
      if (leftMs !== undefined) waitMs = Math.min(waitMs, leftMs);
    } catch (error) {
      // One service that cannot be read or placed keeps no other where its host is dead.
      const found = toProblem(error, `place service "${formatServiceRef(ref)}" anew`);
      if (found.code === "STATE_UNREACHABLE") throw error;
      await leave(context, memory, ref, found);
    }
  }
  return waitMs;
}

/** Does what is this host's to do about one service. Returns after how long there is more to do, where it is too soon now. */
async function lookAt(
  context: AgentContext,
  deployer: Pick<Deployer, "takeOver" | "isUnderway">,
  memory: Memory,
  { ref, members }: { readonly ref: ServiceRef; readonly members: readonly MemberFacts[] },
): Promise<number | undefined> {
  const graph = await context.store.graph(ref).latest();
  const nowMs = context.clock.monotonicMs();
  const duty = failoverDuty({
    ref,
    instances: instancesOf(graph),
    hosts: members,
    self: context.host,
    goneMs: new Map([...memory.goneSince].map(([id, sinceMs]) => [id, nowMs - sinceMs])),
  });
  if (duty === undefined || deployer.isUnderway(ref)) return undefined;
  const heldMs = (memory.stranded.get(formatServiceRef(ref))?.untilMs ?? nowMs) - nowMs;
  const leftMs = Math.max(duty.waitMs, heldMs);
  if (leftMs > 0) return leftMs;
  await takeOver(context, deployer, memory, { ref, lost: duty.lost });
}

function noteGone({ goneSince }: Memory, away: readonly string[], nowMs: number): void {
  const ids = new Set(away);
  for (const id of goneSince.keys()) if (!ids.has(id)) goneSince.delete(id);
  for (const id of ids) if (!goneSince.has(id)) goneSince.set(id, nowMs);
}

async function takeOver(
  context: AgentContext,
  deployer: Pick<Deployer, "takeOver">,
  memory: Memory,
  { ref, lost }: { readonly ref: ServiceRef; readonly lost: readonly Instance[] },
): Promise<void> {
  const name = formatServiceRef(ref);
  const hosts = [...new Set(lost.map((each) => each.host))];
  try {
    const { changed, problems } = await deployer.takeOver(ref, hosts);
    const refused = problems.filter(isRefusal);
    const found = refused[0] ?? problems.find(({ severity }) => severity === "error");
    if (changed && found === undefined) memory.stranded.delete(name);
    else await leave(context, memory, ref, found);
  } catch (error) {
    // Of a service that is being removed there is nothing to place.
    const code = error instanceof ProblemError ? error.problem.code : undefined;
    if (code !== "AGENT_SERVICE_UNKNOWN") throw error;
  }
}

/** Leaves a service alone for a while, and says once why. */
async function leave(
  context: AgentContext,
  { stranded }: Memory,
  ref: ServiceRef,
  found: Problem | undefined,
): Promise<void> {
  const name = formatServiceRef(ref);
  const why = found ? [found.what, found.why].filter(Boolean).join(": ") : "";
  const before = stranded.get(name);
  stranded.set(name, { untilMs: context.clock.monotonicMs() + retryEveryMs, why });
  if (found === undefined || before?.why === why) return;
  context.logger.log("warning", found.what, { ...ref, why: found.why });
  const item = found.where?.subject;
  await context.recorder.record({ ref, item, type: "stranded", message: why });
}

/** Notes changes of liveness from now on. */
function changes({ membership, clock }: AgentContext, signal: AbortSignal): {
  /** Resolves after a while, or as soon as a host comes or goes. Returns whether one did. */
  within(durationMs: number | undefined): Promise<boolean>;
} {
  let isChanged = false;
  let wake = () => {};
  const stop = membership.onChange(() => {
    isChanged = true;
    wake();
  });
  return {
    async within(durationMs) {
      const early = new AbortController();
      const both = AbortSignal.any([signal, early.signal]);
      if (!isChanged && !signal.aborted) {
        const woken = new Promise<void>((resolve) => {
          wake = resolve;
          both.addEventListener("abort", () => resolve(), { once: true });
        });
        const slept = durationMs === undefined
          ? woken
          : clock.sleep(durationMs, both).catch(() => {});
        await Promise.race([woken, slept]);
      }
      stop();
      early.abort();
      return isChanged;
    },
  };
}
