import { show } from "../functions/datum.ts";
import { leftOf } from "./candidates.ts";
import type { GraphCapability } from "./graph.ts";
import type { Instantiation } from "./instantiate.ts";

/** Fixed targets may have been given more than they have (check 89). */
export function checkAllocations(service: Instantiation): void {
  for (const node of service.allNodes()) {
    for (const capability of node.capabilities.values()) {
      const properties = new Set(
        capability.incoming.flatMap((each) => [...each.allocation.keys()]),
      );
      for (const property of properties) checkAllocation(service, capability, property);
    }
  }
}

function checkAllocation(
  service: Instantiation,
  capability: GraphCapability,
  property: string,
): void {
  const left = leftOf(capability, property);
  if (left >= -1e-9 * Math.max(1, Math.abs(left))) return;
  const total = capability.properties.get(property)?.value;
  const last = capability.incoming.filter((each) => each.allocation.has(property)).at(-1)!;
  const taken = capability.incoming.flatMap((each) => {
    const value = each.allocation.get(property)?.value;
    return value ? [`${show(value)} by ${each.source.id}`] : [];
  });
  service.model.report.error(
    "TOSCA_ALLOCATION_EXCEEDED",
    last.allocation.get(property)!.expression!.at,
    {
      what: `Cannot allocate "${property}" of ${capability.label}: it has too little`,
      why: `It has ${total ? show(total) : "nothing"}; allocated are ${taken.join(", ")}`,
      fix: `Raise "${property}" of the target, or allocate less`,
    },
  );
}
