import {
  didYouMean,
  fail,
  formatServiceRef,
  hasErrors,
  type JsonObject,
  type Problem,
  ProblemError,
  sameJson,
  type ServiceRef,
} from "../../base/mod.ts";
import { followsOf, isRefusal, planService, type ServicePlan } from "../../plan/mod.ts";
import type { ServiceSpec, StateDocument } from "../../store/mod.ts";
import { type AgentContext, timeText } from "../agent_context.ts";
import { besideIn, type Draft, Drafter, type Redraft, removals } from "./draft.ts";
import { earlierSpec, withPartsOf } from "./history.ts";
import { takeInventory } from "./inventory.ts";
import { refuseStale, viewOf } from "./plan_view.ts";
import { previousOf, rolledBackProblem } from "./rolled_back.ts";
import { isNothingNew, isSamePlacement, isSameRequest } from "./same_request.ts";
import { readServiceState, requireService, type ServiceState } from "../service_state.ts";
import { freeClaims, takeClaims } from "./take_claims.ts";
import type {
  DeployAnswer,
  DeployRequest,
  PlanView,
  RollbackOptions,
  SavedPlan,
} from "../use_cases.ts";

/** How often a decision is made again because somebody else wrote meanwhile. */
const attemptsMax = 5;

/** What tells that somebody else did: also that the service was removed as a whole between two of our writes. */
const redone: ReadonlySet<string | undefined> = new Set([
  "STATE_CONFLICT",
  "STATE_MISSING",
  "AGENT_CLAIM_HELD",
]);

/**
 * From a request to a new generation of the desired graph: compile, place, claim, plan, write.
 *
 * Nothing is written before all of it is worked out. Then come the package, `service.<gen>`, the claims and, last of all,
 * `clout.<gen>`: only that one makes any host act. Whoever is cut short in between has changed nothing that runs,
 * and the next deploy takes up what is there.
 */
export class Deployer {
  readonly #context: AgentContext;
  readonly #drafter: Drafter;
  /** Services with a deploy under way here: their claims may be ahead of their graphs. */
  readonly #underway = new Map<string, number>();

  constructor(context: AgentContext) {
    this.#context = context;
    this.#drafter = new Drafter(context);
  }

  isUnderway(ref: ServiceRef): boolean {
    return this.#underway.has(formatServiceRef(ref));
  }

  async plan(request: DeployRequest): Promise<PlanView> {
    return viewOf(request, await this.#drafter.draft(request));
  }

  /** Plans as if nothing of the service were on the host yet; what it has claimed stays its own. */
  async planFresh(request: DeployRequest): Promise<PlanView> {
    const drafter = new Drafter(this.#context, { isFresh: true });
    return viewOf(request, await drafter.draft(request));
  }

  deploy(request: DeployRequest & { readonly plan?: SavedPlan }): Promise<DeployAnswer> {
    const { plan: saved, ...asked } = request;
    return this.#holding(
      request.ref,
      () => this.#redoing(() => this.#deployOnce(saved ? saved.request : asked, saved)),
    );
  }

  /** Starts instances anew: each gets another revision, and its host sees to it. */
  restart(ref: ServiceRef, instances: readonly string[]): Promise<DeployAnswer> {
    return this.#changing(ref, "to be restarted", (state) => {
      const ids = state.instances.filter(({ want }) => want === "running").map(({ id }) => id);
      const unknown = instances.find((each) => !ids.includes(each));
      if (unknown !== undefined) refuseUnknown(ref, unknown, ids);
      const asked = instances.length > 0 ? instances : processesOf(state);
      return { restart: new Set(asked) };
    }, { type: "changed" });
  }

  /**
   * Places a service anew as it is asked for: what fits where it is stays, and so does what fits nowhere. Where the service is
   * being deleted, the hosts in `forget` are waited for no longer.
   */
  async replan(ref: ServiceRef, forget: readonly string[] = []): Promise<DeployAnswer> {
    const state = await this.#newest(ref);
    if (state.asked?.spec.deleting) return await this.delete(ref, { forget });
    return await this.#changing(ref, "placed anew", () => ({ forget }), { type: "changed" });
  }

  /** Places anew what hosts ran that are gone. What finds no other host waits where it was; the rest moves. */
  async takeOver(ref: ServiceRef, hosts: readonly string[]): Promise<DeployAnswer> {
    const { host: self, membership } = this.#context;
    const { asked } = await this.#newest(ref);
    // A deletion that was cut short before its graph was written: nobody else would go on with it.
    if (asked?.spec.deleting) return await this.delete(ref, {});
    const gone = hosts.map((each) =>
      `host "${each}" ${membership.liveness(each) === "left" ? "has left" : "is dead"}`
    );
    const done = `placed anew by host "${self}", for ${gone.join(", ")}`;
    return await this.#changing(ref, done, (state) => {
      // Another host may have done it since.
      const isLost = state.instances.some((each) =>
        each.want !== "absent" && state.away.has(each.host)
      );
      return isLost ? {} : undefined;
    }, { type: "failed-over" });
  }

  /**
   * Takes up again what was asked before an update that failed. Nothing happens where `generation` is not the newest, or there
   * is nothing to go back to. Returns the problem that tells of it, where it was done.
   */
  async rollBack(
    ref: ServiceRef,
    generation: number,
    failed: { readonly item: string; readonly problem: Problem },
  ): Promise<Problem | undefined> {
    const { store } = this.#context;
    const why = failed.problem.why
      ? `${failed.problem.what}: ${failed.problem.why}`
      : failed.problem.what;
    const rolledBack = { from: generation, item: failed.item, why };
    const { changed } = await this.#changing(ref, "what it was before", async (state) => {
      const previous = state.graph?.spec.previous;
      const isNewest = state.graph?.generation === generation;
      if (previous === undefined || !isNewest || state.asked?.spec.deleting) return undefined;
      const before = await store.asked(ref).at(previous);
      if (before === undefined) return undefined;
      return { spec: { ...before.spec, rolledBack } };
    }, { type: "changed" });
    if (!changed) return undefined;
    const { problem: cause, item } = failed;
    await this.#context.recorder.record({
      ref,
      item,
      type: "rolled-back",
      message: `The update of "${formatServiceRef(ref)}" is taken back: ${cause.what}`,
      data: { generation },
    });
    return rolledBackProblem(ref, rolledBack, cause);
  }

  /** Asks again what was asked in an earlier generation; see `UseCases.rollback`. */
  async rollBackTo(
    ref: ServiceRef,
    { to, dryRun = false }: RollbackOptions,
  ): Promise<DeployAnswer> {
    const { store } = this.#context;
    const { generation } = await earlierSpec(store, await requireService(store, ref), to);
    const change = async (state: ServiceState) => ({
      spec: (await earlierSpec(store, state, generation)).spec,
    });
    return await withPartsOf(
      ref,
      generation,
      () =>
        this.#changing(ref, `as request ${generation} asked`, change, {
          dryRun,
          type: "changed",
        }),
    );
  }

  /** Returns why instances of a service find no place but the one that they have, as things are now; nothing is changed. */
  async refusals(ref: ServiceRef): Promise<readonly Problem[]> {
    const state = await readServiceState(this.#context.store, ref, this.#context.membership);
    if (!state.graph || !state.asked || state.asked.spec.deleting) return [];
    const { problems } = await this.#drafter.redraft(state);
    return problems.filter(isRefusal);
  }

  delete(ref: ServiceRef, options: { readonly forget?: readonly string[] }): Promise<DeployAnswer> {
    return this.#holding(
      ref,
      () => this.#redoing(() => this.#deleteOnce(ref, options.forget ?? [])),
    );
  }

  async #deployOnce(request: DeployRequest, saved?: SavedPlan): Promise<DeployAnswer> {
    const draft = await this.#drafter.draft(request);
    const plan = viewOf(request, draft);
    const generation = draft.state.graph?.generation ?? 0;
    if (hasErrors(plan.problems)) {
      return { generation, changed: false, plan, problems: plan.problems };
    }
    if (saved) refuseStale(saved, plan);
    if (isNothingNew(draft)) return { generation, changed: false, plan, problems: plan.problems };
    const written = await this.#write(draft);
    await this.#announce(request.ref, written, "deployed", draft.service);
    return { generation: written, changed: true, plan, problems: plan.problems };
  }

  /** Writes a generation in which something is different, though template and inputs stay. */
  #changing(
    ref: ServiceRef,
    done: string,
    change: (state: ServiceState) => Redraft | undefined | Promise<Redraft | undefined>,
    { dryRun = false, type = done }: { readonly dryRun?: boolean; readonly type?: string } = {},
  ): Promise<DeployAnswer> {
    const once = async (): Promise<DeployAnswer> => {
      const state = await this.#newest(ref);
      const generation = state.graph?.generation ?? 0;
      if (state.graph === undefined || state.asked === undefined || state.asked.spec.deleting) {
        fail("AGENT_SERVICE_UNKNOWN", {
          what: `Cannot change service "${formatServiceRef(ref)}"`,
          why: state.graph ? "It is being deleted" : "Its deploy was cut short before anything ran",
          fix: "Deploy it again",
        });
      }
      const wanted = await change(state);
      if (wanted === undefined) return { generation, changed: false, problems: [] };
      const draft = await this.#drafter.redraft(state, wanted);
      const plan = viewOf({ ref }, draft);
      const { problems } = plan;
      if (hasErrors(problems)) return { generation, changed: false, plan, problems };
      const isSame = isSamePlacement(draft.service.instances, state.instances) &&
        sameJson(draft.beside, besideIn(state.asked.spec)) &&
        (wanted.spec === undefined || isSameRequest(state.asked.spec, wanted.spec));
      if (isSame || dryRun) return { generation, changed: false, plan, problems };
      const written = await this.#write(draft);
      await this.#announce(ref, written, done, draft.service, type);
      return { generation: written, changed: true, plan, problems };
    };
    return this.#holding(ref, () => this.#redoing(once));
  }

  async #deleteOnce(ref: ServiceRef, forget: readonly string[]): Promise<DeployAnswer> {
    const { store } = this.#context;
    const state = await this.#newest(ref);
    const generation = state.graph?.generation ?? 0;
    if (state.graph === undefined || state.asked === undefined) {
      await store.removeService(ref, state.graph);
      return { generation, changed: true, problems: [] };
    }
    const service = planService({
      ref,
      baseGeneration: generation,
      before: { clout: state.graph.spec.clout, instances: state.instances },
      hosts: await takeInventory(this.#context),
      realise: () => undefined,
      removed: removals(state),
      forget,
    });
    if (state.asked.spec.deleting && sameJson(service.instances, state.instances)) {
      return { generation, changed: false, problems: [] };
    }
    const hosts = await this.#drafter.removalPlans(state, service.instances);
    const problems = [...service.problems, ...hosts.flatMap((each) => each.problems)];
    const asked = await store.asked(ref).write(
      { ...state.asked.spec, deleting: true, asked: this.#stamp() },
      state.asked.generation,
      { read: state.asked },
    );
    const written = await store.graph(ref).write(
      {
        serviceGeneration: asked.generation,
        clout: state.graph.spec.clout,
        instances: service.instances as unknown as JsonObject[],
      },
      generation,
      { read: state.graph },
    );
    await this.#announce(ref, written.generation, "deleting", service);
    const plan = viewOf({ ref }, { service, hosts, problems });
    return { generation: written.generation, changed: true, plan, problems };
  }

  /** Returns a service as it is, for a change to be decided on. */
  #newest(ref: ServiceRef): Promise<ServiceState> {
    return requireService(this.#context.store, ref, this.#context.membership, "newest");
  }

  /** Writes a draft. Claims that were taken for it are freed again where the graph cannot be written. */
  async #write(draft: Draft): Promise<number> {
    const { store } = this.#context;
    const { state, service } = draft;
    if (draft.upload) {
      const { namespace, kind, name, entry } = draft.template;
      await store.packages.put({ namespace, kind, name }, draft.upload, { entry });
    }
    const spec: ServiceSpec = {
      template: draft.template,
      inputs: draft.inputs,
      plugins: draft.realisers.pins,
      ...draft.beside,
      asked: this.#stamp(),
    };
    const asked = isSameRequest(state.asked?.spec, spec)
      ? state.asked!
      : await store.asked(state.ref).write(spec, state.asked?.generation ?? 0, {
        read: state.asked,
      });
    const taken = await takeClaims(this.#context, state.ref, {
      instances: service.instances,
      before: state.instances,
    });
    try {
      const written = await store.graph(state.ref).write(
        {
          serviceGeneration: asked.generation,
          clout: draft.clout!,
          instances: service.instances as unknown as JsonObject[],
          ...(!draft.beside.rolledBack && previousOf(state, asked.generation)),
        },
        service.baseGeneration,
        { isPart: true, read: state.graph },
      );
      if (service.baseGeneration === 0) await this.#checkStillAsked(state.ref, asked);
      return written.generation;
    } catch (error) {
      await freeClaims(this.#context, state.ref, taken);
      throw error;
    }
  }

  /**
   * Looks whether a first graph is still of the wish that it was made from. A service without a graph may be deleted and
   * begun anew in between, and then the graph is one that nobody asked for.
   */
  async #checkStillAsked(ref: ServiceRef, asked: StateDocument<ServiceSpec>): Promise<void> {
    const now = await this.#context.store.asked(ref).at(asked.generation);
    if (sameJson(now?.writer, asked.writer) && sameJson(now?.spec, asked.spec)) return;
    fail("STATE_CONFLICT", {
      what: `Cannot deploy service "${formatServiceRef(ref)}": it was deleted meanwhile`,
      fix: "Deploy it again",
    });
  }

  async #announce(
    ref: ServiceRef,
    generation: number,
    done: string,
    service: ServicePlan,
    type = done,
  ): Promise<void> {
    const { bus, membership, recorder } = this.#context;
    bus.publish({ kind: "graph", ref });
    membership.hint({ ref, generation });
    const changed = service.changes.filter(({ change }) => change !== "unchanged").length;
    const message = `Generation ${generation} of "${formatServiceRef(ref)}" is ${done}: ` +
      `${changed} of ${service.changes.length} instances change`;
    await recorder.record({ ref, type, message, data: { generation } });
    for (const { id, change, host, reasons } of service.changes) {
      if (change !== "move") continue;
      const why = reasons.length > 0 ? `: ${reasons[0]}` : "";
      await recorder.record({
        ref,
        item: id,
        type: "moved",
        message: `${id} moves to host "${host}"${why}`,
        data: { generation },
      });
    }
  }

  #stamp(): ServiceSpec["asked"] {
    return { at: timeText(this.#context.clock.nowMs()), by: this.#context.options.hostName };
  }

  async #holding<T>(ref: ServiceRef, work: () => Promise<T>): Promise<T> {
    const key = formatServiceRef(ref);
    this.#underway.set(key, (this.#underway.get(key) ?? 0) + 1);
    try {
      return await work();
    } finally {
      const left = this.#underway.get(key)! - 1;
      if (left === 0) this.#underway.delete(key);
      else this.#underway.set(key, left);
    }
  }

  /** Makes a decision again when somebody else has written meanwhile. */
  async #redoing(decide: () => Promise<DeployAnswer>): Promise<DeployAnswer> {
    for (let attempt = 1;; attempt++) {
      try {
        return await decide();
      } catch (error) {
        const code = error instanceof ProblemError ? error.problem.code : undefined;
        if (!redone.has(code) || attempt >= attemptsMax) throw error;
      }
    }
  }
}

/** Returns the instances that run something: those with an activity of their own. */
function processesOf({ graph, instances }: ServiceState): string[] {
  return instances.filter(({ want, vertex }) => {
    const found = graph?.spec.clout.vertexes.get(vertex);
    return want === "running" && found !== undefined && followsOf(found) === undefined;
  }).map(({ id }) => id);
}

function refuseUnknown(ref: ServiceRef, instance: string, ids: readonly string[]): never {
  fail("AGENT_INSTANCE_UNKNOWN", {
    what: `Service "${formatServiceRef(ref)}" has no instance "${instance}"`,
    fix: didYouMean(instance, ids) ?? `It has: ${ids.join(", ")}`,
  });
}
