import { type JsonObject, sameJson } from "../../base/mod.ts";
import type { Phase } from "../../plugin/mod.ts";
import type { ObservedItem, ObservedSpec } from "../../store/mod.ts";
import type { BuiltItem } from "../items/items.ts";

/** What a pass has found out about one item. */
export interface Finding {
  readonly phase: Phase;
  readonly why?: string;
  readonly attributes: JsonObject;
  /** Why it still is as an older generation wanted it. */
  readonly outdated?: string;
}

/** An item whose phase has changed, or that was begun anew and is in the same phase as before. */
export interface PhaseChange {
  readonly item: string;
  readonly from?: string;
  readonly to: string;
  readonly why?: string;
}

/**
 * Returns what the host writes of a service, and what has changed since it last did.
 *
 * `removed` keeps what was acknowledged for as long as the graph still has the tombstone.
 */
export function observe(
  before: ObservedSpec | undefined,
  now: {
    readonly acted: number;
    readonly items: readonly BuiltItem[];
    readonly findings: ReadonlyMap<string, Finding>;
    readonly removed: readonly { readonly id: string; readonly epoch: number }[];
    readonly at: string;
  },
): {
  readonly spec: ObservedSpec;
  readonly changed: boolean;
  readonly phases: readonly PhaseChange[];
} {
  const old = new Map(before?.items.map((each) => [each.id, each]));
  const phases: PhaseChange[] = [];
  const items: ObservedItem[] = [];
  for (const { item } of now.items) {
    const found = now.findings.get(item.id);
    const previous = old.get(item.id);
    if (found === undefined) {
      if (previous) items.push(previous);
      continue;
    }
    if (item.want === "absent" && found.phase === "absent") continue;
    const isSame = previous?.phase === found.phase && previous.epoch === item.epoch &&
      !isAnotherProcess(previous.attributes, found.attributes);
    if (!isSame) {
      phases.push({ item: item.id, from: previous?.phase, to: found.phase, why: found.why });
    }
    items.push({
      id: item.id,
      phase: found.phase,
      ...(found.why !== undefined && found.phase !== "ready" && { why: found.why }),
      since: isSame ? previous.since : now.at,
      attributes: found.attributes,
      epoch: item.epoch,
      revision: found.outdated === undefined ? item.revision : previous?.revision ?? item.revision,
      ...(found.outdated !== undefined && { outdated: found.outdated }),
    });
  }
  const spec: ObservedSpec = { acted: now.acted, items, removed: now.removed };
  return { spec, changed: !sameJson(before, spec), phases };
}

/** Whether a process has taken the place of the one that was seen before. */
function isAnotherProcess(before: JsonObject, now: JsonObject): boolean {
  return before.pid !== undefined && now.pid !== undefined && !sameJson(before.pid, now.pid);
}
