import { type JsonObject, type Problem, problem } from "../../base/mod.ts";
import type { Scene } from "../items/items.ts";
import type { ServiceState } from "../service_state.ts";
import { evaluateAll } from "../items/values.ts";
import { wire } from "../items/wiring.ts";

/** Returns a service's outputs as far as they are known; those that never will be are problems. */
export function evaluateOutputs(
  scene: Scene,
  state: ServiceState,
): { readonly outputs: JsonObject; readonly problems: readonly Problem[] } {
  const { clout, instances, attributes } = scene;
  const wiring = wire(clout, instances);
  const place = { clout, wiring, instances, attributes, artifactPath: () => undefined };
  const known = evaluateAll(clout.service.outputs, (value) => scene.evaluate(value, place));
  const problems = [...known.problems].map(([name, why]) =>
    problem("AGENT_VALUE_WRONG", {
      severity: "warning",
      what: `Cannot evaluate output "${name}"`,
      where: { subject: state.ref.service },
      why,
      fix: "Correct the template, then deploy again",
    })
  );
  return { outputs: known.json, problems };
}
