import {
  fail,
  formatServiceRef,
  hasErrors,
  type JsonObject,
  ProblemError,
  sameJson,
  type ServiceRef,
} from "../base/mod.ts";
import { type Clout, cloutToJson } from "../clout/mod.ts";
import {
  type Claim,
  type Instance,
  planDigest,
  planService,
  type ServicePlan,
} from "../plan/mod.ts";
import type { ServiceSpec } from "../store/mod.ts";
import { type AgentContext, timeText } from "./agent_context.ts";
import { type Draft, Drafter, removals } from "./draft.ts";
import { takeInventory } from "./inventory.ts";
import { readServiceState, requireService } from "./service_state.ts";
import type { DeployAnswer, DeployRequest, PlanView, SavedPlan } from "./use_cases.ts";

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

  async #deleteOnce(ref: ServiceRef, forget: readonly string[]): Promise<DeployAnswer> {
    const { store } = this.#context;
    const state = await requireService(store, ref);
    const generation = state.graph?.generation ?? 0;
    if (state.graph === undefined || state.asked === undefined) {
      await store.removeService(ref);
      return { generation, changed: true, problems: [] };
    }
    const service = planService({
      ref,
      baseGeneration: generation,
      before: { clout: state.graph.spec.clout, instances: state.instances },
      hosts: await takeInventory(this.#context, []),
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
    );
    const written = await store.graph(ref).write({
      serviceGeneration: asked.generation,
      clout: state.graph.spec.clout,
      instances: service.instances as unknown as JsonObject[],
    }, generation);
    await this.#announce(ref, written.generation, "deleting", service);
    const plan = viewOf({ ref }, { service, hosts, problems });
    return { generation: written.generation, changed: true, plan, problems };
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
      asked: this.#stamp(),
    };
    const asked = isSameRequest(state.asked?.spec, spec)
      ? state.asked!
      : await store.asked(state.ref).write(spec, state.asked?.generation ?? 0);
    const taken = await this.#claim(state.ref, service.instances);
    try {
      const written = await store.graph(state.ref).write({
        serviceGeneration: asked.generation,
        clout: draft.clout!,
        instances: service.instances as unknown as JsonObject[],
      }, service.baseGeneration);
      return written.generation;
    } catch (error) {
      await this.#free(state.ref, taken);
      throw error;
    }
  }

  /** Takes every claim of the plan, or none. Returns those that were new. */
  async #claim(ref: ServiceRef, instances: readonly Instance[]): Promise<TakenClaim[]> {
    const { store, clock } = this.#context;
    const taken: TakenClaim[] = [];
    for (const instance of instances) {
      if (instance.want === "absent") continue;
      for (const claim of instance.claims) {
        const holder = { ...ref, instance: instance.id, epoch: instance.epoch };
        const at = timeText(clock.nowMs());
        const claims = store.claims(instance.host);
        const result = await claims.take(claim.kind, claim.key, { ...holder, at });
        if (result.taken) {
          taken.push({ instance, claim });
          continue;
        }
        await this.#free(ref, taken);
        fail("AGENT_CLAIM_HELD", {
          what: `Cannot reserve ${claim.kind} ${claim.key} for "${instance.id}"`,
          where: { host: instance.host, subject: instance.id },
          why: `"${result.by.instance}" of service "${formatServiceRef(result.by)}" holds it`,
          fix: "Deploy again: another one is chosen where any will do",
        });
      }
    }
    return taken;
  }

  /** Frees claims that the current graph does not have. */
  async #free(ref: ServiceRef, taken: readonly TakenClaim[]): Promise<void> {
    const { store } = this.#context;
    const current = await readServiceState(store, ref);
    const kept = new Set(
      current.instances.flatMap((each) =>
        each.claims.map(({ kind, key }) => `${each.host} ${kind}/${key}`)
      ),
    );
    for (const { instance, claim: { kind, key } } of taken) {
      if (kept.has(`${instance.host} ${kind}/${key}`)) continue;
      const holder = { ...ref, instance: instance.id, epoch: instance.epoch };
      await store.claims(instance.host).free(kind, key, holder);
    }
  }

  async #announce(
    ref: ServiceRef,
    generation: number,
    type: string,
    service: ServicePlan,
  ): Promise<void> {
    const { bus, recorder } = this.#context;
    bus.publish({ kind: "graph", ref });
    const changed = service.changes.filter(({ change }) => change !== "unchanged").length;
    const message = `Generation ${generation} of "${formatServiceRef(ref)}" is ${type}: ` +
      `${changed} of ${service.changes.length} instances change`;
    await recorder.record({ ref, type, message, data: { generation } });
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

interface TakenClaim {
  readonly instance: Instance;
  readonly claim: Claim;
}

function isSameRequest(before: ServiceSpec | undefined, now: ServiceSpec): boolean {
  if (before === undefined || before.deleting) return false;
  const { asked: _before, ...one } = before;
  const { asked: _now, ...other } = now;
  return sameJson(one, other);
}

/** Whether a draft is what the state says already. */
function isNothingNew({ state, service, clout, ...draft }: Draft): boolean {
  const { graph, asked } = state;
  if (graph === undefined || asked === undefined || clout === undefined) return false;
  const spec = {
    template: draft.template,
    inputs: draft.inputs,
    plugins: draft.realisers.pins,
    asked: asked.spec.asked,
  };
  return isSameRequest(asked.spec, spec) &&
    graph.spec.serviceGeneration === asked.generation &&
    service.changes.every(({ change }) => change === "unchanged") &&
    sameJson(wanted(service.instances), wanted(state.instances)) &&
    sameJson(graphText(clout), graphText(graph.spec.clout));
}

/** Where in the template a part comes from is no part of what is wanted. */
function graphText(clout: Clout): JsonObject {
  return cloutToJson(clout, { withoutSources: true });
}

function wanted(instances: readonly Instance[]): readonly Instance[] {
  return instances.filter((each) => each.want !== "absent");
}

function viewOf(
  request: DeployRequest,
  { service, hosts, problems }: Pick<Draft, "service" | "hosts" | "problems">,
): PlanView {
  const { ref } = request;
  const digest = planDigest({ service, hosts });
  const saved = { ref, baseGeneration: service.baseGeneration, request, digest };
  return { service, hosts, problems, saved };
}

function refuseStale(saved: SavedPlan, now: PlanView): void {
  if (saved.digest === now.saved.digest) return;
  const isMoved = saved.baseGeneration !== now.saved.baseGeneration;
  fail("AGENT_STALE_PLAN", {
    what: `Cannot carry out the saved plan of service "${formatServiceRef(saved.ref)}"`,
    why: isMoved
      ? `It was made from generation ${saved.baseGeneration}, and the service is at ${now.saved.baseGeneration}`
      : "Its instances, claims or steps are not what the same request gives now",
    fix: "Make the plan again, look at it, and deploy that one",
  });
}
