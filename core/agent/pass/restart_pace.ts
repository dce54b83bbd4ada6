import { parseDurationMs } from "../../base/mod.ts";
import type { Clout } from "../../clout/mod.ts";
import { type Instance, readRunningRules } from "../../plan/mod.ts";
import type { Item } from "../../plugin/mod.ts";
import type { RestartPace } from "./restart_backoff.ts";

/**
 * Returns how an instance is to be started again, as its node and its policies say.
 *
 * @param isManaged Whether a service manager starts again what ends, waits between its restarts and counts them.
 */
export function restartPace(
  clout: Clout,
  instance: Instance | undefined,
  item: Item | undefined,
  isManaged: boolean,
): RestartPace {
  const name = instance && clout.vertexes.get(instance.vertex)?.name;
  const rule = readRunningRules(clout).restart.get(name ?? "");
  const delay = item?.properties.restart_delay;
  const delayMs = typeof delay === "string" ? parseDurationMs(delay) : undefined;
  return {
    ...(delayMs !== undefined && !isManaged && { delayMs }),
    ...(rule?.limit !== undefined && {
      limit: {
        policy: rule.policy,
        starts: rule.limit,
        withinMs: rule.withinMs,
        isCounted: isManaged,
      },
    }),
  };
}
