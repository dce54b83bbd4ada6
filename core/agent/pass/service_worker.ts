import type { ServiceRef } from "../../base/mod.ts";
import type { AgentContext } from "../agent_context.ts";
import { currentScene } from "../items/current_scene.ts";
import type { Deployer } from "../deploy/deployer.ts";
import { Leftovers } from "./leftovers.ts";
import { Pass, type PassMemory, type PassResult } from "./pass.ts";
import { RestartBackoff } from "./restart_backoff.ts";
import { isRemoved, readServiceState } from "../service_state.ts";

/**
 * Keeps one service on this host as its graph wants it, pass by pass. Passes never overlap; what has to be remembered
 * between them is here, and all of it can be lost: after a restart of the agent the state and the ledger say enough.
 */
export class ServiceWorker {
  readonly #context: AgentContext;
  readonly #ref: ServiceRef;
  readonly #memory: PassMemory;
  readonly #leftovers: Leftovers;

  constructor(
    context: AgentContext,
    ref: ServiceRef,
    deployer: Pick<Deployer, "isUnderway" | "rollBack">,
  ) {
    this.#context = context;
    this.#ref = ref;
    this.#leftovers = new Leftovers(context, ref);
    this.#memory = {
      rollBack: (generation, failed) => deployer.rollBack(ref, generation, failed),
      isDeploying: () => deployer.isUnderway(ref),
      claims: [],
      backoff: new RestartBackoff(),
      doneSince: new Map(),
      ailingSince: new Map(),
      names: new Set(),
      neighbours: new Set(),
      checks: () => [],
    };
  }

  /** Whether a unit is one of this service's, as far as the last pass knew. */
  owns(unit: string): boolean {
    return this.#memory.names.has(unit);
  }

  /** Whether what another host observes of the service may change what is done here. */
  concerns(host: string): boolean {
    return this.#memory.neighbours.has(host);
  }

  /** Goes over the service once. Nothing new is begun after the signal. */
  async pass(signal: AbortSignal): Promise<PassResult> {
    const { membership, store } = this.#context;
    const state = await readServiceState(store, this.#ref, membership);
    if (state.graph === undefined) {
      if (state.asked !== undefined) return { generation: 0, problems: [] };
      const left = await this.#leftovers.remove(state, () => [], signal);
      return {
        generation: 0,
        ...left,
        isGone: left.againMs === undefined && left.problems.length === 0,
      };
    }
    const scene = await currentScene(this.#context, state);
    const { problems } = await this.#leftovers.remove(
      state,
      () => this.#context.planner.items(scene),
      signal,
    );
    const before = state.observed.get(this.#context.host);
    const pass = new Pass(this.#context, this.#memory, { state, before, scene }, signal);
    const result = await pass.run();
    if (!result.isGone && !signal.aborted) {
      await this.#leftovers.keep(result.generation, scene.realisers.pins, pass.items);
    }
    return problems.length > 0
      ? { ...result, problems: [...result.problems, ...problems] }
      : result;
  }

  /** Stops what moved away from this host while it was away, if anything did. */
  async stopMoved(signal: AbortSignal): Promise<void> {
    const { host, membership, own, store } = this.#context;
    const ledger = await own.ledger.of(this.#ref);
    if (![...ledger.values()].some((owned) => owned.length > 0)) return;
    const state = await readServiceState(store, this.#ref, membership);
    const moved = state.instances.filter((each) =>
      each.host === host && each.want === "absent" && !isRemoved(state, each) &&
      state.instances.some((other) => other.id === each.id && other.epoch > each.epoch)
    );
    if (state.graph === undefined || moved.length === 0) return;
    const scene = await currentScene(this.#context, state);
    const subject = { state, before: state.observed.get(host), scene };
    await new Pass(this.#context, this.#memory, subject, signal).stopMoved(moved);
  }

  /** Runs the health checks of what was ready. Returns whether any of them says something new. */
  async checkHealth(signal: AbortSignal): Promise<boolean> {
    const news = await Promise.all(
      this.#memory.checks().map(async ({ wasOk, run }) => {
        return (await run(signal)).ok !== wasOk;
      }),
    );
    return news.includes(true);
  }
}
