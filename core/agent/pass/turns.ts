import { type Instance, readUpdateRules, type UpdateRule, whyNotYet } from "../../plan/mod.ts";
import type { AgentContext } from "../agent_context.ts";
import { isStranded, phaseOf, type ServiceState, whyOutdated } from "../service_state.ts";

/** What a restart keeps to where the template has no rule: one of a node at a time. */
const restartRule: UpdateRule = { parallel: 1, pauseMs: 0, rollback: false, min: 0 };

/**
 * Whose turn it is, as one host sees it: which of its instances may change now, and which it has to keep for a while
 * though they are to go.
 *
 * Hosts do not speak to each other about it. Each reads what all have written, and all come to the same order.
 */
export class Turns {
  readonly #context: AgentContext;
  readonly #state: ServiceState;
  readonly #rules: ReadonlyMap<string, UpdateRule>;
  readonly #doneSince: Map<string, number>;

  constructor(context: AgentContext, state: ServiceState, doneSince: Map<string, number>) {
    this.#context = context;
    this.#state = state;
    this.#rules = readUpdateRules(state.graph!.spec.clout, state.asked?.spec.update);
    this.#doneSince = doneSince;
  }

  /** The rule for an instance's node; nothing where it may change at once. */
  ruleOf(id: string): UpdateRule | undefined {
    const instance = this.#here(id);
    if (instance === undefined) return undefined;
    return this.#rules.get(this.#nodeOf(instance)) ??
      (this.#isRestart(instance) ? restartRule : undefined);
  }

  /**
   * Returns which of these instances, which serve and are to change, have to wait, and why. Those that may go count as away
   * for those after them.
   */
  notYet(
    changing: ReadonlySet<string>,
    serves: (id: string) => boolean,
  ): ReadonlyMap<string, string> {
    const waiting = new Map<string, string>();
    for (const id of changing) {
      const rule = this.ruleOf(id);
      const self = this.#here(id);
      if (rule === undefined || self === undefined) continue;
      const peers = this.#state.instances.filter((each) =>
        each.want === "running" && this.#nodeOf(each) === this.#nodeOf(self) &&
        !isStranded(this.#state, each)
      ).map((each) => ({
        id: each.id,
        index: each.index,
        isReady: each.host === this.#context.host ? serves(each.id) : this.#isReady(each),
        isDone: this.#isDone(each, rule, changing),
      }));
      const why = whyNotYet(id, peers, rule);
      if (why !== undefined) waiting.set(id, why);
    }
    return waiting;
  }

  /** Whether other instances of the node still are, or may still be, as an older generation wants them. */
  hasOthersWaiting(id: string): boolean {
    const self = this.#here(id);
    if (self === undefined || this.ruleOf(id) === undefined) return false;
    const { generation } = this.#state.graph!;
    return this.#state.instances.some((each) =>
      each !== self && each.want === "running" && this.#nodeOf(each) === this.#nodeOf(self) &&
      !isStranded(this.#state, each) &&
      (whyOutdated(this.#state, each) !== undefined ||
        (this.#state.observed.get(each.host)?.acted ?? 0) < generation)
    );
  }

  /** Returns which instances are to go and serve on until the copies that take their places are ready, and why. */
  stillNeeded(): ReadonlyMap<string, string> {
    const needed = new Map<string, string>();
    for (const going of this.#state.instances) {
      if (going.host !== this.#context.host || going.want !== "absent" || !going.handsOver) {
        continue;
      }
      const next = this.#state.instances.find((each) =>
        each.id === going.id && each.want === "running" && each.epoch > going.epoch
      );
      if (next === undefined || next.host === going.host || this.#isReady(next)) continue;
      needed.set(going.id, `it serves until ${going.id} is ready on host "${next.host}"`);
    }
    return needed;
  }

  #here(id: string): Instance | undefined {
    return this.#state.instances.find((each) =>
      each.id === id && each.host === this.#context.host && each.want === "running"
    );
  }

  #nodeOf({ vertex }: Instance): string {
    return this.#state.graph!.spec.clout.vertexes.get(vertex)?.name ?? vertex;
  }

  #isRestart({ id, revision }: Instance): boolean {
    const seen = this.#state.observed.get(this.#context.host)?.items.find((each) => each.id === id);
    return seen !== undefined && seen.revision < revision;
  }

  #isReady(instance: Instance): boolean {
    const { membership, host } = this.#context;
    const isThere = instance.host === host || membership.liveness(instance.host) !== "dead";
    return isThere && phaseOf(this.#state, instance) === "ready";
  }

  /** Whether an instance is ready as the newest generation wants it, and has been for the rule's pause. */
  #isDone(instance: Instance, { pauseMs }: UpdateRule, changing: ReadonlySet<string>): boolean {
    const { generation } = this.#state.graph!;
    const isHere = instance.host === this.#context.host;
    const acted = this.#state.observed.get(instance.host)?.acted;
    const isDone = this.#isReady(instance) && !whyOutdated(this.#state, instance) &&
      (isHere ? !changing.has(instance.id) : acted === generation);
    if (!isDone) return false;
    if (pauseMs === 0) return true;
    const key = `${generation} ${instance.id}`;
    const nowMs = this.#context.clock.monotonicMs();
    const since = this.#doneSince.get(key) ?? nowMs;
    this.#doneSince.set(key, since);
    return nowMs - since >= pauseMs;
  }
}
