import {
  durationMs,
  type Instance,
  isExclusive,
  type Step,
  stoppedByPolicy,
  whyNotExclusive,
} from "../../plan/mod.ts";
import type { AgentContext } from "../agent_context.ts";
import { isRemoved, type ServiceState } from "../service_state.ts";

/** The instances of a service that must not run here while this host may be cut off: they go by the host's fence. */
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
  barred(): ReadonlyMap<string, string> {
    const barred = new Map<string, string>();
    for (const each of this.#state.instances) {
      if (each.host !== this.#context.host || each.want !== "running") continue;
      const why = this.#whyBarred(each);
      if (why !== undefined) barred.set(each.id, why);
    }
    return barred;
  }

  /** Before an instance is started: the fence has to know whether it is one of its own. */
  async pass(step: Step): Promise<void> {
    if (step.gate !== "start") return;
    const { fence, host } = this.#context;
    const { ref, instances } = this.#state;
    const instance = instances.find((each) => each.id === step.item && each.host === host);
    const fenced = instance && this.#whyFenced(instance);
    if (fenced !== undefined) await fence.admit(ref, step, fenced);
    else await fence.forget(ref, step.item);
  }

  #whyBarred(instance: Instance): string | undefined {
    const fenced = this.#whyFenced(instance);
    if (fenced === undefined) return undefined;
    const { fence, membership } = this.#context;
    if (!fence.isOpen) {
      return `${fenced}, and the heartbeat of its host was not acknowledged lately`;
    }
    const state = this.#state;
    const { clout } = state.graph!.spec;
    if (!isExclusive(clout, instance)) return undefined;
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
