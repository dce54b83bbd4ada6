import { type JsonObject, sameJson } from "../../base/mod.ts";
import { type Clout, cloutToJson } from "../../clout/mod.ts";
import type { Instance } from "../../plan/mod.ts";
import type { ServiceSpec } from "../../store/mod.ts";
import type { Draft } from "./draft.ts";

/** Whether two wishes ask for the same, whoever asked when. */
export function isSameRequest(before: ServiceSpec | undefined, now: ServiceSpec): boolean {
  if (before === undefined || before.deleting) return false;
  const { asked: _before, ...one } = before;
  const { asked: _now, ...other } = now;
  return sameJson(one, other);
}

/** Whether a draft is what the state says already. */
export function isNothingNew({ state, service, clout, ...draft }: Draft): boolean {
  const { graph, asked } = state;
  if (graph === undefined || asked === undefined || clout === undefined) return false;
  const spec = {
    template: draft.template,
    inputs: draft.inputs,
    plugins: draft.realisers.pins,
    ...draft.beside,
    asked: asked.spec.asked,
  };
  return isSameRequest(asked.spec, spec) &&
    graph.spec.serviceGeneration === asked.generation &&
    service.changes.every(({ change }) => change === "unchanged") &&
    isSamePlacement(wanted(service.instances), wanted(state.instances)) &&
    sameJson(graphText(clout), graphText(graph.spec.clout));
}

/** Whether instances are as they were. That the host of one is back is no change: it is where it is wanted. */
export function isSamePlacement(now: readonly Instance[], before: readonly Instance[]): boolean {
  const stranded = new Set(now.filter((each) => each.stranded).map(({ id }) => id));
  const known = before.map(({ stranded: was, ...each }) =>
    was && stranded.has(each.id) ? { ...each, stranded: was } : each
  );
  return sameJson(now, known);
}

/** Where in the template a part comes from is no part of what is wanted. */
function graphText(clout: Clout): JsonObject {
  return cloutToJson(clout, { withoutSources: true });
}

function wanted(instances: readonly Instance[]): readonly Instance[] {
  return instances.filter((each) => each.want !== "absent");
}
