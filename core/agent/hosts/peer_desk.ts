import { type Clout, jsonToClout } from "../../clout/mod.ts";
import type { HostPlan } from "../../plan/mod.ts";
import type { AgentContext } from "../agent_context.ts";
import type { Scene } from "../items/items.ts";
import type { HostPlanRequest, PeerUseCases } from "./peers.ts";
import { observedAttributes } from "../items/scenes.ts";
import { readServiceState } from "../service_state.ts";
import { substituteFile } from "../packages/substitutes.ts";
import type { TrustDesk } from "../trust/mod.ts";

/** Answers what agents of other hosts ask, and this one's own drafts: the same questions give the same plans. */
export class PeerDesk implements PeerUseCases {
  readonly #context: AgentContext;
  readonly #trust: TrustDesk;

  constructor(context: AgentContext, trust: TrustDesk) {
    this.#context = context;
    this.#trust = trust;
  }

  async hostPlan(request: HostPlanRequest): Promise<HostPlan> {
    return await planHere(this.#context, request, jsonToClout(request.clout));
  }

  ring(): Promise<string> {
    return this.#trust.ring();
  }

  offerRing(ring: string): Promise<string> {
    return this.#trust.ring(ring);
  }
}

/** Returns the steps that would make this host as the request wants it. */
export async function planHere(
  context: AgentContext,
  request: Omit<HostPlanRequest, "clout">,
  clout: Clout,
): Promise<HostPlan> {
  const planner = request.isFresh ? context.freshPlanner : context.planner;
  const scene = await sceneOf(context, request, clout);
  const { scene: foreseen } = await planner.foresee(scene);
  return (await planner.plan(foreseen, undefined, { keeps: true })).plan;
}

async function sceneOf(
  context: AgentContext,
  { ref, instances, plugins, template, artifacts, isFresh }: Omit<HostPlanRequest, "clout">,
  clout: Clout,
): Promise<Scene> {
  const { catalog, own, scenes, store } = context;
  return await scenes.make({
    ref,
    clout,
    instances,
    attributes: isFresh
      ? new Map()
      : observedAttributes(await readServiceState(store, ref, context.membership)),
    owned: isFresh ? new Map() : await own.ledger.of(ref),
    realisers: await catalog.pinned(ref.namespace, plugins),
    // Each host has the state where it was mounted.
    artifacts: new Map(
      Object.entries(artifacts).map(([file, digest]) => {
        const { ref, path } = substituteFile(file) ?? { ref: template, path: file };
        return [file, { path: store.packages.path(ref, path), digest }];
      }),
    ),
  });
}
