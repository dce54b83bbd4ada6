import type { Instance } from "../../plan/mod.ts";
import {
  haveActed,
  isAsWanted,
  isStranded,
  phaseOf,
  type ServiceState,
  whyOutdated,
} from "../service_state.ts";
import { placeOf, wire } from "./wiring.ts";

/**
 * Returns the instances that wait for a host which does not live, where nothing else keeps the service from being as it is
 * wanted: those that no other host takes, and what does not start without them. None where there is more to come.
 */
export function waitingForHosts(state: ServiceState): string[] {
  const { asked, graph, instances, away } = state;
  if (graph === undefined || asked?.spec.deleting || !haveActed(state, graph.generation)) return [];
  if (!instances.some((each) => isStranded(state, each))) return [];
  const { outgoing } = wire(graph.spec.clout, instances);
  const known = new Map<Instance, boolean>();
  const waits = (instance: Instance): boolean => {
    const before = known.get(instance);
    if (before !== undefined) return before;
    known.set(instance, false); // on the way: what needs itself waits for no host
    const isHeld = phaseOf(state, instance) === "pending" ||
      whyOutdated(state, instance) !== undefined;
    const needs = isHeld ? outgoing.get(placeOf(instance)) ?? [] : [];
    const found = isStranded(state, instance) || needs.some(({ target }) => waits(target));
    known.set(instance, found);
    return found;
  };
  const missing = instances.filter((each) =>
    !isAsWanted(state, each) && !(each.want === "absent" && away.has(each.host))
  );
  return missing.every((each) => each.want !== "absent" && waits(each))
    ? missing.map(({ id }) => id)
    : [];
}
