import { fail } from "../../base/mod.ts";
import {
  durationMs,
  type Instance,
  isExclusive,
  type Step,
  stoppedByPolicy,
  whyNotExclusive,
} from "../../plan/mod.ts";
import type { AgentContext } from "../agent_context.ts";
import { instancesOf, isRemoved, type ServiceState } from "../service_state.ts";

/**
 * The instances of a service that must not run here while this host may be cut off: they go by the host's fence.
 *
 * A machine can stand still for minutes and not know it. So whoever starts an exclusive instance has its heartbeat acknowledged and
 * then looks at the graph, and whoever takes one over looks at the other's heartbeat once the graph is written: one of them sees
 * the other (as in Dekker's algorithm, with documents for flags).
 */
export class FencedInstances {
  readonly #context: AgentContext;
  readonly #state: ServiceState;

  constructor(context: AgentContext, state: ServiceState) {
    this.#context = context;
    this.#state = state;
  }

  /**
   * Returns what may not run here now, and why: it may still run elsewhere, or the fence is closed. What runs here already stays
   * as it is.
   */
  async barred(): Promise<ReadonlyMap<string, string>> {
    const barred = new Map<string, string>();
    for (const each of this.#state.instances) {
      if (each.host !== this.#context.host || each.want !== "running") continue;
      const why = await this.#whyBarred(each);
      if (why !== undefined) barred.set(each.id, why);
    }
    return barred;
  }

  /** Before an instance is started: the fence has to know whether it is one of its own, and nobody may have taken it over. */
  async pass(step: Step): Promise<void> {
    if (step.gate !== "start") return;
    const { fence, host } = this.#context;
    const { ref, instances } = this.#state;
    const instance = instances.find((each) => each.id === step.item && each.host === host);
    const fenced = instance && this.#whyFenced(instance);
    if (fenced === undefined) return await fence.forget(ref, step.item);
    await fence.admit(ref, step, fenced);
    if (isExclusive(this.#state.graph!.spec.clout, instance!)) await this.#confirm(step, instance!);
  }

  /** Fails where the instance is not this host's any more. */
  async #confirm(step: Step, { id, epoch }: Instance): Promise<void> {
    const { heart, host, store } = this.#context;
    await heart.beat();
    const isOurs = instancesOf(await store.graph(this.#state.ref).newest()).some((each) =>
      each.id === id && each.host === host && each.epoch === epoch && each.want === "running"
    );
    if (isOurs) return;
    fail("AGENT_FENCED", {
      what: `Cannot ${step.why}`,
      where: { host: this.#context.options.hostName, subject: id },
      why: "It is exclusive, and is not this host's any more: the graph has changed meanwhile",
      fix: "Nothing: the agent goes on by the new graph",
    });
  }

  async #whyBarred(instance: Instance): Promise<string | undefined> {
    const fenced = this.#whyFenced(instance);
    if (fenced === undefined) return undefined;
    const { fence, membership } = this.#context;
    if (!fence.isOpen) {
      return `${fenced}, and the heartbeat of its host was not acknowledged lately`;
    }
    const state = this.#state;
    const { clout } = state.graph!.spec;
    if (!isExclusive(clout, instance)) return undefined;
    const before = state.instances.filter(({ id, host, want }) =>
      id === instance.id && host !== instance.host && want === "absent"
    );
    await Promise.all(before.map((each) => membership.look(each.host)));
    return whyNotExclusive(instance, state.instances, {
      isRemoved: (other) => isRemoved(state, other),
      stillMs: (other) => membership.stillMs(other),
      stopMs: durationMs(clout.vertexes.get(instance.vertex)?.properties.get("stop_timeout")),
    });
  }

  /** Returns why an instance is stopped while its host is isolated; nothing where it is not. */
  #whyFenced(instance: Instance): string | undefined {
    const { clout } = this.#state.graph!.spec;
    if (isExclusive(clout, instance)) return "it is exclusive";
    const policy = stoppedByPolicy(clout, instance);
    return policy && `policy "${policy}" stops it while its host is isolated`;
  }
}
