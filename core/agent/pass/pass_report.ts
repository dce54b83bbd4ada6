import { type JsonObject, type Problem, problem, toProblem } from "../../base/mod.ts";
import type { HostPlan } from "../../plan/mod.ts";
import type { ItemResponse } from "../../plugin/mod.ts";
import type { ObservedSpec } from "../../store/mod.ts";
import { type AgentContext, timeText } from "../agent_context.ts";
import { runCheck } from "./health.ts";
import type { ItemWatch } from "./item_watch.ts";
import type { BuiltItem } from "../items/items.ts";
import { type Finding, observe, type PhaseChange } from "./observations.ts";
import type { PassMemory, PassResult, PassSubject } from "./pass.ts";
import { claimsOn, freeOldClaims } from "../deploy/old_claims.ts";
import type { Look } from "./readiness.ts";
import { type ServiceState, settlementOf } from "../service_state.ts";
import { finishTombstones } from "./tombstones.ts";
import type { Turns } from "./turns.ts";

/** How long what has no health check may be degraded while an update waits for it. */
const ailingDefaultMs = 60_000;

/** What a pass has found out. */
export interface PassFacts {
  readonly generation: number;
  readonly items: readonly BuiltItem[];
  /** The last plan that was made: what is still in it was not done. */
  readonly plan: HostPlan | undefined;
  /** What plugins last answered, by item. */
  readonly answers: ReadonlyMap<string, ItemResponse>;
  readonly looks: ReadonlyMap<string, Look>;
  readonly attributes: ReadonlyMap<string, JsonObject>;
  readonly problems: ReadonlyMap<string, Problem>;
  /** Items that wait for others, and for what. */
  readonly waiting: ReadonlyMap<string, string>;
  /** Items that were left as they are, and why. */
  readonly held: ReadonlyMap<string, string>;
  /** Items that serve on as an older generation wants them, and why. */
  readonly outdated: ReadonlyMap<string, string>;
}

/** Writes down what a pass has found out, acknowledges what is gone, and says what happened. */
export class PassReport {
  readonly #context: AgentContext;
  readonly #subject: PassSubject;
  readonly #facts: PassFacts;
  readonly #watch: ItemWatch;
  readonly #memory: PassMemory;
  readonly #signal: AbortSignal;
  readonly #turns: Turns;
  readonly #isNoted: boolean;

  constructor(
    context: AgentContext,
    subject: PassSubject,
    facts: PassFacts,
    parts: {
      readonly watch: ItemWatch;
      readonly memory: PassMemory;
      readonly signal: AbortSignal;
      readonly turns: Turns;
      /** Whether something was written already while the pass waited: then what it found is written in any case. */
      readonly isNoted: boolean;
    },
  ) {
    this.#context = context;
    this.#subject = subject;
    this.#facts = facts;
    this.#watch = parts.watch;
    this.#memory = parts.memory;
    this.#signal = parts.signal;
    this.#turns = parts.turns;
    this.#isNoted = parts.isNoted;
  }

  async write(): Promise<Pick<PassResult, "problems" | "checkEveryMs" | "isGone" | "againMs">> {
    const { store, host, clock, bus, membership } = this.#context;
    const { state, before } = this.#subject;
    const findings = await this.#findings();
    const gone = await finishTombstones(this.#context, state, {
      items: this.#facts.items,
      answers: this.#facts.answers,
      steps: this.#facts.plan?.steps ?? [],
      failed: this.#facts.problems,
      held: this.#facts.held,
    });
    const unkept = await this.#keepLedger();
    const at = timeText(clock.nowMs());
    const acted = this.#facts.generation;
    const items = this.#facts.items;
    const found = observe(before, { acted, items, findings, removed: gone.removed, at });
    const concernsUs = items.length > 0 || before !== undefined || gone.removed.length > 0;
    if ((found.changed || this.#isNoted) && concernsUs) {
      await store.observed(state.ref, host).write(found.spec);
      membership.hint({ ref: state.ref, generation: acted, observer: host });
    }
    await this.#letGoOfClaims(findings);
    let { done } = settlementOf(this.#subject.state);
    for (const change of found.phases) {
      done += Number(change.to === "ready") - Number(change.from === "ready");
      await this.#tellChange(change, done);
    }
    await this.#tellOthersRestarts(found.spec);
    const isGone = await gone.finish(found.spec);
    const ailing = this.#ailing(findings);
    const takenBack = await this.#takeBack(ailing);
    const failed = [...this.#facts.problems.values(), ...(unkept ? [unkept] : [])];
    const problems = takenBack ? [takenBack] : [...new Set(failed)];
    const after = { ...state, observed: new Map([...state.observed, [host, found.spec]]) };
    this.#conclude(after, problems, isGone, at);
    if (isGone) {
      bus.publish({ kind: "graph", ref: state.ref });
      membership.hint({ ref: state.ref, generation: acted + 1 });
    }
    this.#remember(findings);
    return {
      problems,
      checkEveryMs: this.#checkEveryMs(),
      isGone,
      ...(ailing?.waitMs !== undefined && { againMs: ailing.waitMs }),
    };
  }

  /**
   * Notes in the ledger what was found of what is wanted. Where that cannot be written, as on a full disk, others are told all
   * the same how the service is: of the problem that is returned the pass is tried again.
   */
  async #keepLedger(): Promise<Problem | undefined> {
    const { items, looks, problems } = this.#facts;
    const owned = items.flatMap(({ item: { id: item, want } }) => {
      const resources = looks.get(item)?.owned;
      return want !== "absent" && resources && !problems.has(item) ? [{ item, resources }] : [];
    });
    try {
      await this.#context.own.ledger.set(this.#subject.state.ref, owned);
    } catch (error) {
      return toProblem(error, "keep the ledger");
    }
  }

  /**
   * Finds what was ready in its new form and no longer is, while others wait for their turn: where that lasts as long as it may
   * take to start, it counts as failed, for the update would never end.
   */
  #ailing(findings: ReadonlyMap<string, Finding>): Ailing | undefined {
    const { generation } = this.#facts;
    const { ailingSince } = this.#memory;
    const nowMs = this.#context.clock.monotonicMs();
    let soonest: Ailing | undefined;
    for (const [id, { phase, why }] of findings) {
      const key = `${generation} ${id}`;
      const isAiling = phase === "degraded" && this.#turns.hasOthersWaiting(id);
      if (!isAiling) {
        ailingSince.delete(key);
        continue;
      }
      const since = ailingSince.get(key) ?? nowMs;
      ailingSince.set(key, since);
      const waitMs = since + (this.#watch.checkOf(id)?.startMs ?? ailingDefaultMs) - nowMs;
      if (waitMs <= 0) return { item: id, why };
      if (waitMs < (soonest?.waitMs ?? Infinity)) soonest = { item: id, why, waitMs };
    }
    return soonest;
  }

  /** Frees what is no longer claimed, once all here is as wanted: until then something may use it. */
  async #letGoOfClaims(findings: ReadonlyMap<string, Finding>): Promise<void> {
    const { state } = this.#subject;
    const { items, problems, outdated, held } = this.#facts;
    const isAsWanted = problems.size + outdated.size + held.size === 0 &&
      items.every(({ item: { id, want } }) => {
        const phase = findings.get(id)?.phase;
        return want === "absent" || phase === "ready" || phase === "stopped";
      });
    if (!isAsWanted || this.#signal.aborted) return;
    const memory = this.#memory;
    const isDone = await freeOldClaims(this.#context, state, memory.claims, memory.isDeploying);
    if (isDone) memory.claims = claimsOn(state.instances, this.#context.host);
  }

  /** Takes the update back where an instance that it changes has failed, and its rule says so. */
  async #takeBack(ailing: Ailing | undefined): Promise<Problem | undefined> {
    const { generation, problems } = this.#facts;
    const { state, before } = this.#subject;
    if (state.graph?.spec.previous === undefined || this.#signal.aborted) return undefined;
    if (ailing && ailing.waitMs === undefined && this.#turns.ruleOf(ailing.item)?.rollback) {
      const { item, why } = ailing;
      const found = problem("AGENT_NOT_READY", {
        what: `Instance "${item}" was ready after the update and does not stay so`,
        where: { host: this.#context.options.hostName, subject: item },
        why,
      });
      return await this.#memory.rollBack(generation, { item, problem: found });
    }
    for (const [item, problem] of problems) {
      const isOld = wasReady(before, generation, item);
      if (isOld || !this.#turns.ruleOf(item)?.rollback) continue;
      return await this.#memory.rollBack(generation, { item, problem });
    }
    return undefined;
  }

  async #findings(): Promise<Map<string, Finding>> {
    const findings = new Map<string, Finding>();
    await Promise.all(this.#facts.items.map(async ({ item }) => {
      findings.set(item.id, await this.#finding(item.id, item.want === "absent"));
    }));
    return findings;
  }

  async #finding(id: string, isGoing: boolean): Promise<Finding> {
    const attributes = this.#facts.attributes.get(id) ?? {};
    const found = this.#facts.problems.get(id);
    if (found) {
      return {
        phase: "failed",
        why: found.why ? `${found.what}: ${found.why}` : found.what,
        attributes,
      };
    }
    if (isGoing) return { phase: this.#facts.answers.get(id)?.phase ?? "absent", attributes };
    const look = this.#facts.looks.get(id);
    const waits = this.#facts.waiting.get(id) ?? this.#facts.held.get(id);
    if (look === undefined) return { phase: "pending", why: waits, attributes };
    if (look.phase !== "ready") {
      // That it has not been started is evident; what it waits for is not.
      const why = look.phase === "pending" ? waits ?? look.why : look.why ?? waits;
      return { phase: look.phase, why, attributes };
    }
    const verdict = await this.#watch.verdict(id, this.#signal);
    const outdated = this.#facts.outdated.get(id);
    if (verdict === undefined || verdict.ok) {
      return { phase: "ready", attributes, ...(outdated !== undefined && { outdated }) };
    }
    const before = this.#subject.before?.items.find((each) => each.id === id)?.phase;
    const wasReady = before === "ready" || before === "degraded";
    const why = `its health check says: ${verdict.detail}`;
    return { phase: wasReady ? "degraded" : "starting", why, attributes };
  }

  /** Tells of what somebody else, as a service manager does, has started again. */
  async #tellOthersRestarts(now: ObservedSpec): Promise<void> {
    for (const { id, attributes } of now.items) {
      const before = this.#subject.before?.items.find((each) => each.id === id)?.attributes.pid;
      const isOurs = this.#watch.touched().includes(id) ||
        !wasReady(this.#subject.before, this.#facts.generation, id);
      if (isOurs || !before || !attributes.pid || before === attributes.pid) continue;
      await this.#record("restarted", id, `${id} had ended by itself and runs again`);
    }
  }

  async #tellChange({ item, to, why, from }: PhaseChange, done: number): Promise<void> {
    if (to === "pending" && from === undefined) return;
    // What somebody else has started again is told as that.
    if (from === to && !this.#watch.touched().includes(item)) return;
    const built = this.#facts.items.find((each) => each.item.id === item)?.item;
    if (built?.kind === "edge") return;
    const isProblem = to === "failed" && why !== undefined; // names the item itself
    const again = from === to ? ", begun anew" : "";
    const message = isProblem ? why : `${item} is ${to}${again}${why ? `: ${why}` : ""}`;
    await this.#record(to, item, message);
    const { total } = settlementOf(this.#subject.state);
    this.#context.bus.publish({
      kind: "progress",
      ref: this.#subject.state.ref,
      generation: this.#facts.generation,
      progress: {
        at: timeText(this.#context.clock.nowMs()),
        kind: "phase",
        item,
        message: `${item} is ${to}${again}`,
        ...(this.#facts.problems.has(item) && { problem: this.#facts.problems.get(item) }),
        done,
        total,
      },
    });
  }

  #conclude(state: ServiceState, problems: readonly Problem[], isGone: boolean, at: string): void {
    const { phase, done, total } = settlementOf(state);
    const isSettled = isGone || phase === "ready";
    if (!isSettled && problems.length === 0) return;
    this.#context.bus.publish({
      kind: "progress",
      ref: state.ref,
      generation: this.#facts.generation,
      progress: {
        at,
        kind: isSettled ? "settled" : "failed",
        message: isGone
          ? "Everything is gone"
          : isSettled
          ? "Everything is ready"
          : problems[0].what,
        ...(!isSettled && { problem: problems[0] }),
        done,
        total,
      },
    });
  }

  #remember(findings: ReadonlyMap<string, Finding>): void {
    this.#forgetOthers();
    const nowMs = this.#context.clock.monotonicMs();
    for (const [id, { phase }] of findings) {
      if (phase === "ready") this.#memory.backoff.ready(id, nowMs);
    }
    this.#memory.names = new Set(this.#facts.items.map(({ item }) => item.name));
    this.#memory.neighbours = neighboursOf(this.#subject.state, this.#context.host);
    const checked = this.#facts.items.flatMap(({ item }) => {
      const check = this.#watch.checkOf(item.id);
      const phase = findings.get(item.id)?.phase;
      if (
        check === undefined || (phase !== "ready" && phase !== "degraded" && phase !== "starting")
      ) {
        return [];
      }
      const run = (signal: AbortSignal) => runCheck(check, item, this.#context, signal);
      return [{ wasOk: phase === "ready", run }];
    });
    this.#memory.checks = () => checked;
  }

  /** Forgets what was noted of items that the service no longer has, and of earlier generations. */
  #forgetOthers(): void {
    const { backoff, doneSince, ailingSince } = this.#memory;
    backoff.keepOnly(new Set(this.#facts.items.map(({ item }) => item.id)));
    for (const since of [doneSince, ailingSince]) {
      for (const key of since.keys()) {
        if (!key.startsWith(`${this.#facts.generation} `)) since.delete(key);
      }
    }
  }

  #checkEveryMs(): number | undefined {
    const intervals = this.#facts.items.flatMap(({ item }) =>
      this.#watch.checkOf(item.id)?.intervalMs ?? []
    );
    return intervals.length > 0 ? Math.min(...intervals) : undefined;
  }

  #record(type: string, item: string, message: string, data?: JsonObject): Promise<void> {
    const { ref } = this.#subject.state;
    return this.#context.recorder.record({ ref, item, type, message, data });
  }
}

/** What an update has left degraded. */
interface Ailing {
  readonly item: string;
  readonly why?: string;
  /** How long it may still be so. */
  readonly waitMs?: number;
}

/** Whether an item was as wanted in this very generation, so that whatever is started now had ended by itself. */
export function wasReady(
  before: ObservedSpec | undefined,
  generation: number,
  id: string,
): boolean {
  const { phase, outdated } = before?.items.find((each) => each.id === id) ?? {};
  return before?.acted === generation && outdated === undefined &&
    (phase === "ready" || phase === "degraded");
}

/** Returns the other hosts whose observations may change what is done here. */
function neighboursOf({ instances, graph, asked }: ServiceState, host: string): Set<string> {
  const hosts = new Set(instances.map((each) => each.host));
  hosts.delete(host);
  if (graph === undefined || asked?.spec.deleting) return hosts;
  if (instances.every((each) => each.host !== host)) return new Set();
  return hosts;
}
