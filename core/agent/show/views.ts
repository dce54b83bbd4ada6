import type { JsonObject } from "../../base/mod.ts";
import type { Instance } from "../../plan/mod.ts";
import {
  isRemoved,
  observedItem,
  phaseOf,
  type ServiceState,
  settlementOf,
} from "../service_state.ts";
import type { ConnectionView, InstanceView, ServiceView } from "../use_cases.ts";
import { wire } from "../items/wiring.ts";

/** Returns a service as one row. */
export function viewService(state: ServiceState): ServiceView {
  const { phase, done } = settlementOf(state);
  const asked = state.asked?.spec;
  return {
    ref: state.ref,
    template: asked ? asked.template.name : "",
    generation: state.graph?.generation ?? 0,
    phase,
    ready:
      state.instances.filter((each) => each.want !== "absent" && phaseOf(state, each) === "ready")
        .length,
    wanted: asked?.deleting
      ? done
      : state.instances.filter((each) => each.want !== "absent").length,
    changed: asked?.asked.at ?? "",
  };
}

/** Returns the instances of a service as rows, in id order; those that are gone are left out. */
export function viewInstances(
  state: ServiceState,
  owned: (host: string, item: string) => readonly string[],
): InstanceView[] {
  return state.instances.filter((each) => !isRemoved(state, each) || each.want !== "absent").map(
    (each) => viewInstance(state, each, owned(each.host, each.id)),
  );
}

function viewInstance(
  state: ServiceState,
  instance: Instance,
  owned: readonly string[],
): InstanceView {
  const seen = observedItem(state, instance.id);
  const vertex = state.graph?.spec.clout.vertexes.get(instance.vertex);
  return {
    ref: state.ref,
    id: instance.id,
    type: shortType(vertex?.types[0]),
    host: instance.host,
    want: instance.want,
    phase: shownPhase(state, instance),
    ...(seen?.why !== undefined && { why: seen.why }),
    ...(seen !== undefined && { since: seen.since }),
    plugin: instance.plugin,
    claims: instance.claims.map(({ kind, key }) => `${kind}/${key}`),
    owned,
    attributes: seen?.attributes ?? {},
  };
}

/** What is to go is not shown as ready, though its host has not removed it yet. */
function shownPhase(state: ServiceState, instance: Instance): string {
  const phase = phaseOf(state, instance);
  return instance.want === "absent" && phase !== "failed" ? "removing" : phase;
}

/** Returns the relationships of a service's instances as rows, in id order. */
export function viewConnections(state: ServiceState): ConnectionView[] {
  if (state.graph === undefined) return [];
  const { byId } = wire(state.graph.spec.clout, state.instances);
  return [...byId.values()].filter((link) => !isRemoved(state, link.source)).map((link) => {
    const seen = observedItem(state, link.id);
    return {
      ref: state.ref,
      id: link.id,
      type: shortType(link.edge.types[0]),
      source: link.source.id,
      target: link.target.id,
      phase: seen?.phase ?? phaseOf(state, link.target),
      attributes: seen?.attributes ?? ({} as JsonObject),
    };
  });
}

/** `org.khutulun:1.0::Process` is `Process` for people. */
export function shortType(type: string | undefined): string {
  return type?.split("::").at(-1) ?? "";
}
