import { type JsonObject, type Problem, problem, ProblemError, toProblem } from "../../base/mod.ts";
import type { HostPlan, Instance, Step } from "../../plan/mod.ts";
import type { ItemResponse } from "../../plugin/mod.ts";
import type { ObservedSpec } from "../../store/mod.ts";
import { type AgentContext, timeText } from "../agent_context.ts";
import { carryOut } from "./carry_out.ts";
import type { ExecutionResult, StepOutcome } from "./execute.ts";
import { FencedInstances } from "./fenced_instances.ts";
import { type CheckResult, readHealthChecks } from "./health.ts";
import type { Answers } from "./host_planner.ts";
import type { BuiltItem, Scene } from "../items/items.ts";
import { ItemWatch } from "./item_watch.ts";
import { type PassFacts, PassReport, wasReady } from "./pass_report.ts";
import type { OldClaim } from "../deploy/old_claims.ts";
import type { Look } from "./readiness.ts";
import type { RestartBackoff, RestartPace } from "./restart_backoff.ts";
import { restartPace } from "./restart_pace.ts";
import type { ServiceState } from "../service_state.ts";
import { WaitingNotes } from "./waiting_notes.ts";
import { Turns } from "./turns.ts";

/** How a pass ended. */
export interface PassResult {
  /** The generation that it was about; 0 where there is no graph. */
  readonly generation: number;
  /** What failed: to be tried again, later and later. */
  readonly problems: readonly Problem[];
  /** When to go over it again in any case: a held restart, or a plugin that asked for it. */
  readonly againMs?: number;
  /** How often the health checks are to be run meanwhile. */
  readonly checkEveryMs?: number;
  /** The service has been removed from the state. */
  readonly isGone?: boolean;
}

/** What passes over one service share. */
export interface PassMemory {
  /** Takes up again what was asked before an update that failed; returns the problem that tells of it, where that was done. */
  readonly rollBack: (
    generation: number,
    failed: { readonly item: string; readonly problem: Problem },
  ) => Promise<Problem | undefined>;
  readonly backoff: RestartBackoff;
  /** Since when (monotonic) each instance has been seen ready in its newest form, by `<generation> <id>`. */
  readonly doneSince: Map<string, number>;
  /** Since when (monotonic) each instance is degraded in its newest form, by `<generation> <id>`. */
  readonly ailingSince: Map<string, number>;
  /** Whether a deploy of the service is under way on this host. */
  readonly isDeploying: () => boolean;
  /** What the service had claimed on this host when all was as wanted last. */
  claims: readonly OldClaim[];
  /** Names of whatever is made of the items, to tell whose a changed unit is. */
  names: ReadonlySet<string>;
  /** Other hosts whose observations may change what is done here. */
  neighbours: ReadonlySet<string>;
  /** The health checks of what is ready. */
  checks: () => readonly {
    readonly wasOk: boolean;
    readonly run: (signal: AbortSignal) => Promise<CheckResult>;
  }[];
}

/** What a pass is about. */
export interface PassSubject {
  readonly state: ServiceState;
  /** What this host wrote last. */
  readonly before: ObservedSpec | undefined;
  /** The service as it is in the state; a pass adds what it finds out. */
  readonly scene: Scene;
}

/** How soon it is looked again whether an instance's turn to change has come. */
const turnEveryMs = 500;

/** How soon it is looked again whether what must not run twice is gone from elsewhere. */
const exclusiveEveryMs = 1_000;

/** How often steps are planned anew within a pass: for values that earlier steps made known. */
const roundsMax = 8;

/** One pass over one service: looks, plans, executes, waits, reports. It acts on what is placed on this host alone. */
export class Pass {
  readonly #context: AgentContext;
  readonly #memory: PassMemory;
  readonly #subject: PassSubject;
  readonly #signal: AbortSignal;
  readonly #generation: number;
  readonly #watch: ItemWatch;
  readonly #attributes: Map<string, JsonObject>;
  readonly #looks = new Map<string, Look>();
  /** Items that are left as they are for the rest of the pass, and why. */
  readonly #held = new Map<string, string>();
  /** What keeps items from being as they should, by item. */
  readonly #problems = new Map<string, Problem>();
  /** Items that wait for others, and for what. */
  readonly #waiting = new Map<string, string>();
  readonly #restarting = new Set<string>();
  /** Items that this pass has started. */
  readonly #begun = new Set<string>();
  /** Items that failed and are not started again by themselves, and why. */
  readonly #givenUp = new Map<string, string>();
  /** Items that were found to differ from what they were left as. */
  readonly #repaired = new Set<string>();
  /** Items that serve on as an older generation wants them, and why: their turn in the update has not come. */
  readonly #outdated = new Map<string, string>();
  readonly #turns: Turns;
  readonly #fenced: FencedInstances;
  readonly #answers = new Map<string, ItemResponse>();
  readonly #notes: WaitingNotes;
  #items: readonly BuiltItem[] = [];
  #plan: HostPlan | undefined;
  #againMs: number | undefined;

  constructor(
    context: AgentContext,
    memory: PassMemory,
    subject: PassSubject,
    signal: AbortSignal,
  ) {
    this.#context = context;
    this.#memory = memory;
    this.#subject = subject;
    this.#signal = signal;
    const graph = subject.state.graph!;
    this.#generation = graph.generation;
    this.#attributes = new Map(subject.scene.attributes);
    const checks = readHealthChecks(graph.spec.clout);
    this.#fenced = new FencedInstances(context, subject.state);
    this.#turns = new Turns(context, subject.state, memory.doneSince);
    this.#watch = new ItemWatch(context, subject.state, subject.scene.realisers, checks);
    this.#notes = new WaitingNotes(context, subject);
    this.#watch.onWaiting = (id, why, waitedMs) => this.#noteWaiting(id, { why, waitedMs });
  }

  /** What this host has to do with, as the last look made it. */
  get items(): readonly BuiltItem[] {
    return this.#items;
  }

  async run(): Promise<PassResult> {
    await this.#lookAtWhatIsThere();
    await this.#provideSecrets();
    let isDone = false;
    for (let round = 0; round < roundsMax && !isDone; round++) isDone = await this.#round();
    const isNoted = await this.#notes.settle();
    if (this.#signal.aborted) return { generation: this.#generation, problems: [] };
    if (!isDone) this.#neverDone();
    await this.#lookAtTheRest();
    const written = await new PassReport(this.#context, this.#subject, this.#facts(), {
      watch: this.#watch,
      memory: this.#memory,
      signal: this.#signal,
      turns: this.#turns,
      isNoted,
    }).write();
    if (written.againMs !== undefined) this.#again(written.againMs);
    return { ...written, generation: this.#generation, againMs: this.#againMs };
  }

  /**
   * Stops these instances, which have moved to other hosts, and does nothing else: what a host begins with that was away. The
   * next pass acknowledges it. What serves on until its successor is ready stays.
   */
  async stopMoved(moved: readonly Instance[]): Promise<void> {
    const scene = await this.#scene();
    this.#update(scene);
    for (const { item } of this.#items) {
      const isMoved = item.want === "absent" &&
        moved.some(({ id }) => item.id === id || item.id.startsWith(`${id}.`));
      if (!isMoved) this.#held.set(item.id, "what has moved away is stopped first");
    }
    const { plan, items, answers } = await this.#planInTurn(scene);
    this.#update(scene, items);
    for (const [id, response] of answers.responses) this.#answers.set(id, response);
    if (plan.steps.length === 0 || this.#signal.aborted) return;
    await this.#strikeRemoved(plan, await this.#execute(plan));
  }

  /** Looks at the items that the host had before, and holds back those that ended by themselves. */
  async #lookAtWhatIsThere(): Promise<void> {
    this.#update(await this.#scene());
    const seen = new Set(this.#subject.before?.items.map((each) => each.id));
    const there = this.#items.filter(({ item }) =>
      item.want === "running" && (item.owned.length > 0 || seen.has(item.id))
    );
    await this.#lookAt(there.map(({ item }) => item.id));
    const isKnown = this.#subject.before?.acted === this.#generation;
    await Promise.all(there.map(async ({ item }) => {
      const look = this.#looks.get(item.id);
      if (!isKnown || look?.phase !== "failed" || !this.#holdBack(item.id)) return;
      this.#fail(item.id, await this.#watch.failed(item.id, look));
    }));
  }

  /** Puts the secrets of items where they read them; who cannot have them is left as it is. */
  async #provideSecrets(): Promise<void> {
    const items = this.#items.map(({ item }) => item).filter(({ kind }) => kind === "instance");
    for (const [id, found] of await this.#context.secrets.provide(items)) {
      this.#problems.set(id, found);
      this.#held.set(id, found.what);
    }
  }

  /** Leaves an item that ended by itself as it is for now. Returns false where it is time to start it again. */
  #holdBack(id: string): boolean {
    const nowMs = this.#context.clock.monotonicMs();
    const hold = this.#memory.backoff.failed(id, this.#generation, nowMs, this.#paceOf(id));
    if (hold === undefined) {
      this.#restarting.add(id);
      return false;
    }
    this.#held.set(id, hold.why);
    if (hold.waitMs === undefined) this.#givenUp.set(id, hold.why);
    else this.#again(hold.waitMs);
    return true;
  }

  #paceOf(id: string): RestartPace {
    const { instances, graph } = this.#subject.state;
    const item = this.#items.find((each) => each.item.id === id)?.item;
    const instance = instances.find((each) => each.id === id);
    const isManaged = this.#context.options.systemd !== "none";
    return restartPace(graph!.spec.clout, instance, item, isManaged);
  }

  /** Notes why an item failed; where it is not started again, that too. */
  #fail(id: string, found: Problem): void {
    const givenUp = this.#givenUp.get(id);
    this.#problems.set(
      id,
      givenUp === undefined ? found : problem("AGENT_RESTART_LIMIT", {
        what: `Instance "${id}" has failed and is not started again: ${givenUp}`,
        where: found.where,
        why: found.why,
        fix:
          "Mend what its log says, then: khutulun service restart, or deploy a template that changed",
      }),
    );
  }

  /** Plans, and executes what is planned. Returns whether nothing is left to do. */
  async #round(): Promise<boolean> {
    const scene = await this.#scene();
    const { plan, items, answers } = await this.#planWithoutEnded(scene);
    this.#update(scene, items);
    this.#plan = plan;
    this.#note(plan, answers);
    if (plan.steps.length === 0 || this.#signal.aborted) return true;
    await this.#tellRepairs(plan);
    const result = await this.#execute(plan);
    await this.#settle(plan, result);
    return ![...result.outcomes.values()].some((each) => each.kind === "done");
  }

  /** Tells of items that were as wanted and no longer are: somebody has changed what was made of them. */
  async #tellRepairs(plan: HostPlan): Promise<void> {
    const { before } = this.#subject;
    if (before?.acted !== this.#generation) return;
    // What served on as an older generation wanted it is changed because its turn has come.
    const outdated = new Set(before.items.filter((each) => each.outdated).map(({ id }) => id));
    for (const { item, do: effect } of plan.steps) {
      const isNew = "write" in effect && !this.#repaired.has(item) && !outdated.has(item);
      if (!isNew || this.#looks.get(item)?.phase !== "ready") continue;
      this.#repaired.add(item);
      const steps = plan.steps.filter((each) => each.item === item).map(({ why }) => why);
      const message = `${item} is no longer as wanted, and is put right: ${steps.join(", ")}`;
      await this.#record("repaired", item, message);
    }
  }

  /**
   * Plans without what has ended by itself since it was looked at, or since this pass has started it: that it was seen late is no
   * reason to start it sooner, or more often, than is allowed.
   */
  async #planWithoutEnded(scene: Scene) {
    const planned = await this.#planInTurn(scene);
    const isKnown = this.#subject.before?.acted === this.#generation;
    const starts = planned.plan.steps.filter(({ gate }) => gate === "start");
    const again = planned.items.map(({ item }) => item).filter(({ id, want }) =>
      want === "running" && (isKnown || this.#begun.has(id)) &&
      starts.some(({ item }) => item === id)
    ).map(({ id }) => id);
    await this.#lookAt(again);
    const ended = again.filter((id) => this.#looks.get(id)?.phase === "failed");
    const held = ended.filter((id) => this.#holdBack(id));
    for (const id of held) this.#fail(id, await this.#watch.failed(id, this.#looks.get(id)!));
    return held.length > 0 ? await this.#planInTurn(scene) : planned;
  }

  /** Plans without what is not to be touched yet: copies whose turn has not come, and those that serve until they are replaced. */
  async #planInTurn(scene: Scene) {
    const { planner } = this.#context;
    const serving = this.#turns.stillNeeded();
    const barred = await this.#fenced.barred();
    const items = planner.items(scene);
    this.#hold(serving, items);
    this.#hold(barred, items);
    if (barred.size > 0) this.#again(exclusiveEveryMs);
    const planned = await planner.plan(scene, this.#held, { takes: true });
    const changing = new Set(
      planned.plan.steps.map(({ item }) => item).filter((id) => this.#serves(id)),
    );
    const waiting = this.#turns.notYet(changing, (id) => this.#serves(id));
    if (waiting.size === 0 && serving.size === 0) return planned;
    this.#again(turnEveryMs);
    if (waiting.size === 0) return planned;
    this.#hold(waiting, planned.items);
    for (const [id, why] of waiting) this.#outdated.set(id, why);
    return await planner.plan(scene, this.#held, { takes: true });
  }

  /** Leaves instances as they are, with their relationships. */
  #hold(instances: ReadonlyMap<string, string>, items: readonly BuiltItem[]): void {
    for (const [id, why] of instances) {
      for (const { item } of items) {
        if (item.id === id || item.id.startsWith(`${id}.`)) this.#held.set(item.id, why);
      }
    }
  }

  /** Whether an instance does its work now, and did when it was last written down. */
  #serves(id: string): boolean {
    const before = this.#subject.before?.items.find((each) => each.id === id)?.phase;
    return (before === "ready" || before === "degraded") && this.#looks.get(id)?.phase === "ready";
  }

  #note(plan: HostPlan, answers: Answers): void {
    for (const [id, each] of answers.problems) this.#problems.set(id, each);
    this.#waiting.clear();
    for (const { item, why } of plan.later) if (!this.#held.has(item)) this.#waiting.set(item, why);
    for (const [id, response] of answers.responses) {
      this.#answers.set(id, response);
      const { again } = response;
      if (typeof again === "object") this.#again(again.afterMs);
    }
    for (const { item, problem: why } of this.#items) {
      if (why === undefined) continue;
      const found = plan.problems.find((each) => each.where?.subject === item.id);
      if (found) this.#problems.set(item.id, found);
    }
  }

  #execute(plan: HostPlan): Promise<ExecutionResult> {
    let done = 0;
    return carryOut(this.#context, this.#subject.state.ref, plan, {
      before: (step) => this.#fenced.pass(step),
      after: (step) => {
        this.#watch.touch(step.item);
        if (step.gate === "start") this.#begun.add(step.item);
      },
      explain: (step, error) => this.#explain(step, error),
      gate: (gate, items, signal) => this.#watch.wait(gate, items, signal),
      report: (step, outcome) => {
        if (outcome.kind === "done") done++;
        this.#tell(step, outcome, done, plan.steps.length);
      },
    }, this.#signal);
  }

  /** A start that fails says little of why: what was started says more, in its state and at the end of its log. */
  async #explain(step: Step, error: unknown): Promise<unknown> {
    if (step.gate !== "start") return error;
    const look = (await this.#watch.look([step.item]).catch(() => undefined))?.get(step.item);
    if (look?.phase !== "failed") return error;
    const found = await this.#watch.failed(step.item, look);
    return new ProblemError({ ...found, cause: toProblem(error, step.why) });
  }

  #tell(
    step: Step,
    outcome: StepOutcome | { readonly kind: "begun" },
    done: number,
    total: number,
  ): void {
    if (outcome.kind === "begun") return;
    this.#context.bus.publish({
      kind: "progress",
      ref: this.#subject.state.ref,
      generation: this.#generation,
      progress: {
        at: timeText(this.#context.clock.nowMs()),
        kind: "step",
        item: step.item,
        message: outcome.kind === "done" ? step.why : outcome.problem.what,
        ...(outcome.kind !== "done" && { problem: outcome.problem }),
        done,
        total,
      },
    });
  }

  /** Notes what failed, and waits until what was started is ready or has failed too. */
  async #settle(plan: HostPlan, result: ExecutionResult): Promise<void> {
    for (const step of plan.steps) {
      const outcome = result.outcomes.get(step.key)!;
      if (outcome.kind === "failed") {
        this.#problems.set(step.item, outcome.problem);
        this.#held.set(step.item, outcome.problem.what);
      } else if (outcome.kind === "skipped" && !this.#held.has(step.item)) {
        const cause = outcome.problem.cause ?? outcome.problem;
        this.#waiting.set(step.item, cause.what);
        this.#held.set(step.item, cause.what);
      }
    }
    await this.#strikeRemoved(plan, result);
    const started = this.#items.filter(({ item }) =>
      item.want === "running" && this.#watch.touched().includes(item.id) &&
      !this.#held.has(item.id)
    );
    for (const { item } of started) {
      const hadEnded = !this.#repaired.has(item.id);
      if (hadEnded && wasReady(this.#subject.before, this.#generation, item.id)) {
        this.#restarting.add(item.id);
      }
    }
    await Promise.all(started.map(({ item }) => this.#awaitReady(item.id)));
    await this.#lookAt(started.map(({ item }) => item.id));
  }

  /** Strikes out of the ledger what the steps of a removal have removed: the plugin said what would be left. */
  async #strikeRemoved(plan: HostPlan, result: ExecutionResult): Promise<void> {
    const byItem = Map.groupBy(plan.steps, ({ item }) => item);
    const struck = this.#items.flatMap(({ item: { id: item, want } }) => {
      const steps = byItem.get(item) ?? [];
      const isDone = steps.every(({ key }) => result.outcomes.get(key)?.kind === "done");
      const resources = this.#answers.get(item)?.owned;
      return want === "absent" && isDone && steps.length > 0 && resources
        ? [{ item, resources }]
        : [];
    });
    await this.#context.own.ledger.set(this.#subject.state.ref, struck);
  }

  async #awaitReady(id: string): Promise<void> {
    const found = await this.#watch.wait("start", [id], this.#signal);
    if (this.#restarting.delete(id)) {
      const { backoff } = this.#memory;
      const count = backoff.restarted(id, this.#context.clock.monotonicMs());
      const message = `${id} had ended by itself and was started again`;
      await this.#record("restarted", id, message, { count });
    }
    if (found === undefined) return;
    this.#held.set(id, found.what);
    this.#holdBack(id);
    this.#fail(id, found);
    this.#restarting.delete(id);
  }

  async #lookAtTheRest(): Promise<void> {
    const rest = this.#items.filter(({ item }) =>
      item.want !== "absent" && !this.#looks.has(item.id)
    );
    await this.#lookAt(rest.map(({ item }) => item.id));
  }

  async #lookAt(ids: readonly string[]): Promise<void> {
    if (ids.length === 0) return;
    const looks = await this.#watch.look(ids);
    for (const id of ids) {
      const look = looks.get(id);
      if (look === undefined) continue;
      this.#looks.set(id, look);
      this.#attributes.set(id, { ...this.#attributes.get(id), ...look.attributes });
    }
  }

  #facts(): PassFacts {
    return {
      generation: this.#generation,
      items: this.#items,
      plan: this.#plan,
      answers: this.#answers,
      looks: this.#looks,
      attributes: this.#attributes,
      problems: this.#problems,
      waiting: this.#waiting,
      held: this.#held,
      outdated: this.#outdated,
    };
  }

  #neverDone(): void {
    const items = new Set(this.#plan?.steps.map((step) => step.item));
    for (const id of items) {
      this.#problems.set(
        id,
        problem("AGENT_NEVER_DONE", {
          what: `Instance "${id}" is not as wanted after ${roundsMax} rounds of steps`,
          where: { host: this.#context.options.hostName, subject: id },
          why: "Its plugin goes on asking for steps after all of them were carried out",
          fix: "Report it to the author of the plugin",
        }),
      );
    }
  }

  async #scene(): Promise<Scene> {
    const { own, planner } = this.#context;
    const owned = await own.ledger.of(this.#subject.state.ref);
    const scene = { ...this.#subject.scene, attributes: this.#attributes, owned };
    return (await planner.foresee(scene)).scene;
  }

  #update(scene: Scene, items = this.#context.planner.items(scene)): void {
    this.#items = items;
    for (const [id, attributes] of scene.attributes) this.#attributes.set(id, attributes);
    this.#watch.update(this.#items);
  }

  #noteWaiting(id: string, note: { readonly why: string; readonly waitedMs: number }): void {
    const found = this.#items.find(({ item }) => item.id === id)?.item;
    if (found?.kind !== "instance" || found.want !== "running") return;
    this.#notes.note(found, this.#attributes.get(id) ?? {}, note);
  }

  #again(afterMs: number): void {
    this.#againMs = Math.min(this.#againMs ?? Infinity, afterMs);
  }

  #record(type: string, item: string, message: string, data?: JsonObject): Promise<void> {
    const { ref } = this.#subject.state;
    return this.#context.recorder.record({ ref, item, type, message, data });
  }
}
