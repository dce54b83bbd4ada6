import {
  formatDurationMs,
  formatServiceRef,
  type Problem,
  ProblemError,
  type ServiceRef,
  toProblem,
} from "../../base/mod.ts";
import type { Random } from "../../ports/mod.ts";
import type { AgentContext } from "../agent_context.ts";
import type { Deployer } from "../deploy/deployer.ts";
import type { Isolation } from "../hosts/isolation.ts";
import type { Hint } from "../members/membership.ts";
import { ServiceWorker } from "./service_worker.ts";

/** How many services are gone over at the same time. */
const parallelMax = 4;

/** Every service is looked at again after so long in any case, earlier or later by chance. */
const resyncMinMs = 30_000;
const resyncMaxMs = 60_000;

/** At most so many services a second are looked at for the resync's sake: many services make it slower, not busier. */
const resyncServicesPerSecond = 0.4;

/** A look for a newer generation is cheap; every so many of them the host itself is looked at too. */
const resyncsPerPass = 10;

const backoffMinMs = 1_000;
const backoffMaxMs = 60_000;

interface Entry {
  readonly ref: ServiceRef;
  readonly worker: ServiceWorker;
  /** Set while a pass runs; aborted when a newer generation makes it pointless. */
  running?: AbortController;
  isWanted: boolean;
  failures: number;
  /** The generation that the last pass was about. */
  generation: number;
  cancelTimer?: () => void;
  cancelChecks?: () => void;
  resyncs: number;
}

/**
 * Drives the passes over all services of this host: by what happens (a new generation, a changed unit), by what was asked
 * for (a retry, a held restart), and slowly in any case. Nothing happens while nothing happens.
 */
export class Loop {
  readonly #context: AgentContext;
  readonly #deployer: Pick<Deployer, "isUnderway" | "rollBack">;
  readonly #isolation: Isolation;
  readonly #random: Random;
  readonly #entries = new Map<string, Entry>();
  readonly #queue: Entry[] = [];
  readonly #idle: (() => void)[] = [];
  #signal = AbortSignal.abort();
  #busy = 0;
  /** What has moved away is being stopped; nothing else is begun meanwhile. */
  #isBeginning = false;
  #begun: Promise<void> = Promise.resolve();

  constructor(
    context: AgentContext,
    deployer: Pick<Deployer, "isUnderway" | "rollBack">,
    isolation: Isolation,
    random: Random,
  ) {
    this.#context = context;
    this.#deployer = deployer;
    this.#isolation = isolation;
    this.#random = random;
  }

  /** Runs until the signal is given and what was begun has ended. */
  async run(signal: AbortSignal): Promise<void> {
    this.#signal = signal;
    await this.#remember();
    const stopListening = this.#context.bus.listen((each) => {
      if (each.kind === "graph") this.#want(each.ref, true);
      if (each.kind === "unit") this.#unitChanged(each.unit);
    });
    const stopHints = this.#context.membership.onHint((hint) => void this.#takeHint(hint));
    const stopLifted = this.#isolation.onLifted(() => void this.#begin());
    signal.addEventListener("abort", () => this.#abortAll(), { once: true });
    await this.#begin();
    await this.#resync(signal);
    stopListening();
    stopLifted();
    stopHints();
    await this.#begun;
    for (const entry of this.#entries.values()) this.#clear(entry);
    await this.#drained();
  }

  /**
   * Takes up the work after the host was away: what has moved to others meanwhile is stopped on it before anything else is done,
   * for all services; then each is gone over.
   */
  #begin(): Promise<void> {
    if (!this.#isBeginning) this.#begun = this.#stopMovedFirst();
    return this.#begun;
  }

  async #stopMovedFirst(): Promise<void> {
    this.#isBeginning = true;
    try {
      await this.#find();
      // A pass that runs sees to its service itself.
      const left = [...this.#entries.values()].filter(({ running }) => !running);
      const stopper = async () => {
        for (let entry = left.shift(); entry && !this.#signal.aborted; entry = left.shift()) {
          const { ref, worker } = entry;
          await worker.stopMoved(this.#signal).catch((error) =>
            this.#note(error, `stop what has moved away of service "${formatServiceRef(ref)}"`)
          );
        }
      };
      await Promise.all(Array.from({ length: parallelMax }, stopper));
    } catch (error) {
      this.#note(error, "find the services");
    } finally {
      this.#isBeginning = false;
    }
    this.#wantAll();
    this.#next();
  }

  /** Goes over the service as soon as may be; with `isNewer`, what is under way is left off. */
  #want(ref: ServiceRef, isNewer = false): void {
    if (this.#signal.aborted) return;
    const entry = this.#entry(ref);
    if (isNewer) entry.failures = 0;
    if (entry.running) {
      entry.isWanted = true;
      if (isNewer) entry.running.abort();
      return;
    }
    entry.cancelTimer?.();
    if (!this.#queue.includes(entry)) this.#queue.push(entry);
    this.#next();
  }

  /** Looks at once where another host says that there is something new; the state alone is believed. */
  async #takeHint({ ref, generation, observer }: Hint): Promise<void> {
    if (this.#signal.aborted || this.#isolation.problem) return;
    const entry = this.#entries.get(formatServiceRef(ref));
    if (observer !== undefined) {
      this.#context.bus.publish({ kind: "observed", ref, host: observer });
      if (entry?.worker.concerns(observer)) this.#want(ref);
      return;
    }
    // Where a service is removed and begun anew its numbers come again: one that is known is looked at all the same.
    const isNewer = entry === undefined || generation > entry.generation;
    // A listing may be stale for a while on a network's file system: the very generation is asked for by name. Where that
    // cannot be read, the pass that follows says why, and is tried again.
    if (isNewer) await this.#context.store.graph(ref).at(generation).catch(() => {});
    this.#want(ref, isNewer);
    this.#context.bus.publish({ kind: "observed", ref, host: "" });
  }

  #wantAll(): void {
    for (const { ref } of this.#entries.values()) this.#want(ref);
  }

  #entry(ref: ServiceRef): Entry {
    const key = formatServiceRef(ref);
    let entry = this.#entries.get(key);
    if (entry === undefined) {
      const worker = new ServiceWorker(this.#context, ref, this.#deployer);
      entry = { ref, worker, isWanted: false, failures: 0, generation: 0, resyncs: 0 };
      this.#entries.set(key, entry);
    }
    return entry;
  }

  #unitChanged(unit: string | undefined): void {
    for (const entry of this.#entries.values()) {
      if (unit === undefined || entry.worker.owns(unit)) this.#want(entry.ref);
    }
  }

  #next(): void {
    while (this.#busy < parallelMax && this.#queue.length > 0) {
      if (this.#signal.aborted || this.#isolation.problem || this.#isBeginning) break;
      const entry = this.#queue.shift()!;
      this.#busy++;
      this.#pass(entry).finally(() => {
        this.#busy--;
        this.#next();
        if (this.#busy === 0) { for (const resolve of this.#idle.splice(0)) resolve(); }
      });
    }
  }

  async #pass(entry: Entry): Promise<void> {
    const controller = new AbortController();
    entry.running = controller;
    entry.isWanted = false;
    this.#clear(entry);
    try {
      const result = await entry.worker.pass(controller.signal);
      entry.generation = result.generation;
      entry.failures = result.problems.length > 0 ? entry.failures + 1 : 0;
      if (result.isGone) this.#entries.delete(formatServiceRef(entry.ref));
      else this.#later(entry, result.problems, result.againMs);
      const { checkEveryMs, isGone } = result;
      if (checkEveryMs !== undefined && !isGone) this.#checkLater(entry, checkEveryMs);
    } catch (error) {
      entry.failures++;
      this.#note(error, `go over service "${formatServiceRef(entry.ref)}"`);
      this.#later(entry, [toProblem(error, "go over a service")], undefined);
    } finally {
      entry.running = undefined;
      if (entry.isWanted) this.#want(entry.ref);
    }
  }

  #later(entry: Entry, problems: readonly Problem[], againMs: number | undefined): void {
    const backoffMs = Math.min(backoffMinMs * 2 ** (entry.failures - 1), backoffMaxMs);
    const jitter = 0.75 + this.#random.next() / 2;
    const delayMs = againMs ?? (problems.length > 0 ? backoffMs * jitter : undefined);
    if (delayMs === undefined) return;
    const again = formatDurationMs(delayMs);
    for (const { what } of problems) {
      this.#context.logger.log("warning", what, { ...entry.ref, again });
    }
    entry.cancelTimer = this.#after(delayMs, () => this.#want(entry.ref));
  }

  #checkLater(entry: Entry, everyMs: number): void {
    const cancel = this.#after(everyMs, async () => {
      const isNews = await entry.worker.checkHealth(this.#signal).catch(() => true);
      // A pass that began meanwhile sees to the checks itself, be it over by now or not.
      if (entry.cancelChecks !== cancel) return;
      if (isNews) this.#want(entry.ref);
      else this.#checkLater(entry, everyMs);
    });
    entry.cancelChecks = cancel;
  }

  #clear(entry: Entry): void {
    entry.cancelTimer?.();
    entry.cancelChecks?.();
    entry.cancelTimer = entry.cancelChecks = undefined;
  }

  /** Looks slowly for what nobody told us: services that others wrote, and what changed on the host by itself. */
  async #resync(signal: AbortSignal): Promise<void> {
    while (!signal.aborted) {
      const byCountMs = this.#entries.size * 1_000 / resyncServicesPerSecond;
      const spreadMs = resyncMinMs + this.#random.next() * (resyncMaxMs - resyncMinMs);
      await this.#context.clock.sleep(Math.max(spreadMs, byCountMs), signal).catch(() => {});
      if (signal.aborted || this.#isolation.problem) continue;
      try {
        await this.#find();
      } catch (error) {
        this.#note(error, "look for services");
      }
      for (const entry of [...this.#entries.values()]) {
        if (signal.aborted || this.#isolation.problem) break;
        await this.#look(entry).catch((error) => this.#note(error, "look for changes"));
      }
    }
  }

  async #look(entry: Entry): Promise<void> {
    if (entry.running) return;
    entry.resyncs++;
    // One listing, and nothing read: that a list may be old is what the next look is for.
    const generation = (await this.#context.store.graph(entry.ref).history()).at(-1) ?? 0;
    const isNewer = generation !== entry.generation;
    if (isNewer) this.#context.bus.publish({ kind: "observed", ref: entry.ref, host: "" });
    if (isNewer || entry.resyncs % resyncsPerPass === 0) this.#want(entry.ref, isNewer);
  }

  /** Takes up what the agent's life before wrote down: of a service that has gone since, nothing else may tell. */
  async #remember(): Promise<void> {
    try {
      for (const ref of await this.#context.own.tidyPlacements()) this.#entry(ref);
    } catch (error) {
      this.#note(error, "read what this host made before");
    }
  }

  async #find(): Promise<void> {
    for (const ref of await this.#context.store.services()) this.#entry(ref);
    // Of what the host made of a service that is no more, nobody else tells.
    for (const ref of await this.#context.own.ledger.services()) this.#entry(ref);
  }

  #note(error: unknown, doing: string): void {
    const found = toProblem(error, doing);
    this.#context.logger.log("warning", found.what, { why: found.why });
    if (error instanceof ProblemError) this.#isolation.consider(error.problem);
  }

  #abortAll(): void {
    for (const entry of this.#entries.values()) entry.running?.abort();
  }

  #drained(): Promise<void> {
    if (this.#busy === 0) return Promise.resolve();
    return new Promise((resolve) => this.#idle.push(resolve));
  }

  /** Calls back after a while, unless cancelled or the agent ends before. */
  #after(durationMs: number, callback: () => void): () => void {
    const cancelled = new AbortController();
    const signal = AbortSignal.any([cancelled.signal, this.#signal]);
    this.#context.clock.sleep(durationMs, signal).then(callback, () => {});
    return () => cancelled.abort();
  }
}
