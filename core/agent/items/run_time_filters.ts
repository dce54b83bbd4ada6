import { type Problem, problem } from "../../base/mod.ts";
import type { Scene } from "./items.ts";
import type { ServiceState } from "../service_state.ts";
import { wire } from "./wiring.ts";

/**
 * Looks at node filters that could not be decided before anything ran (TOSCA 2.0, section 8.6), with the attributes that
 * are known by now. A target that its filter does not admit is told; it stays: what runs is not moved by what it reports.
 */
export function checkFilters(scene: Scene, { ref }: ServiceState): readonly Problem[] {
  const { clout, instances, attributes } = scene;
  if (![...clout.vertexes.values()].some(({ edges }) => edges.some(({ filter }) => filter))) {
    return [];
  }
  const wiring = wire(clout, instances);
  const problems: Problem[] = [];
  for (const { edge, source, target } of wiring.byId.values()) {
    if (edge.filter === undefined || source.want === "absent") continue;
    const place = { clout, wiring, instances, instance: source, attributes };
    const found = scene.evaluate(edge.filter, { ...place, artifactPath: () => undefined });
    if ("waitsFor" in found || "value" in found && found.value === true) continue;
    problems.push(problem("AGENT_FILTER_NOT_TRUE", {
      severity: "warning",
      what: `The node filter of "${edge.name}" of ${source.id} does not admit ${target.id}`,
      where: { subject: ref.service },
      why: "problem" in found
        ? found.problem
        : "It was not known before it ran; by what the target says of itself it is not true",
      fix: "Name another target in the template, or change the filter, then deploy again",
    }));
  }
  return problems;
}
