import { phaseOf, type ServiceState } from "../service_state.ts";
import type { Progress } from "../use_cases.ts";

/** What a host has written of an instance: a new phase, or the same one begun anew, is news. */
type Seen = ReadonlyMap<string, string>;

/** Returns what other hosts have seen of a service's instances, for `newsElsewhere` to compare with later. */
export function seenElsewhere(state: ServiceState, self: string): Seen {
  const seen = new Map<string, string>();
  for (const { id, host, epoch } of state.instances) {
    if (host === self) continue;
    const item = state.observed.get(host)?.items.find((each) => each.id === id);
    if (item !== undefined && item.epoch >= epoch) {
      seen.set(id, `${item.epoch} ${item.phase} ${item.since}`);
    }
  }
  return seen;
}

/** Returns what has become of instances on other hosts since `before`, in the order of the instances. */
export function newsElsewhere(
  before: Seen,
  state: ServiceState,
  self: string,
): Pick<Progress, "item" | "message">[] {
  const now = seenElsewhere(state, self);
  return state.instances.flatMap((instance) => {
    const { id, host, want } = instance;
    const news = now.get(id);
    const phase = phaseOf(state, instance);
    if (host === self || want === "absent" || news === undefined || phase === "pending") return [];
    return news === before.get(id)
      ? []
      : [{ item: id, message: `${id} is ${phase} on host "${host}"` }];
  });
}
