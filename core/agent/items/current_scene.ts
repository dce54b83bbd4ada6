import type { AgentContext } from "../agent_context.ts";
import type { Scene } from "./items.ts";
import { observedAttributes } from "./scenes.ts";
import type { ServiceState } from "../service_state.ts";

/** Returns the scene of a service as it is in the state, pinned to the plugins that it was deployed with. */
export async function currentScene(context: AgentContext, state: ServiceState): Promise<Scene> {
  const { catalog, own, scenes, store } = context;
  const { ref, asked, graph, instances } = state;
  const wanted = graph!.spec.serviceGeneration;
  const then = asked?.generation === wanted ? asked : await store.asked(ref).at(wanted) ?? asked;
  return await scenes.make({
    ref,
    clout: graph!.spec.clout,
    instances,
    attributes: observedAttributes(state),
    owned: await own.ledger.of(ref),
    realisers: await catalog.pinned(ref.namespace, then?.spec.plugins ?? {}),
    artifacts: await scenes.withSubstitutes(
      then ? await scenes.artifactsOf(then.spec.template) : new Map(),
      graph!.spec.clout,
    ),
  });
}
