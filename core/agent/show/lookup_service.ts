import type { SeenInstance } from "../../plugin/mod.ts";
import type { AgentContext } from "../agent_context.ts";
import { currentScene } from "../items/current_scene.ts";
import { seeInstances } from "../items/items.ts";
import type { HostServices } from "../plugins/mod.ts";
import { readServiceStates } from "../service_state.ts";

/** Returns the host function `lookup` for other services: they are seen as the state has them now. */
export function lookupService(context: () => AgentContext): NonNullable<HostServices["lookup"]> {
  return async ({ namespace, service, but }) => {
    const { membership, store, planner } = context();
    const refs = service === "*"
      ? (await store.services()).filter((each) =>
        each.namespace === namespace && each.service !== but
      )
      : [{ namespace, service }];
    const found: SeenInstance[] = [];
    for (const state of await readServiceStates(store, refs, membership)) {
      if (state.graph === undefined) continue;
      const scene = await currentScene(context(), state);
      for (const each of seeInstances(scene, planner.host)) found.push(each);
    }
    return found;
  };
}
