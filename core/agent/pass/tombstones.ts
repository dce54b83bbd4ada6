import type { Problem } from "../../base/mod.ts";
import type { Instance, Step } from "../../plan/mod.ts";
import type { ItemResponse } from "../../plugin/mod.ts";
import { isConflict, type ObservedSpec } from "../../store/mod.ts";
import type { AgentContext } from "../agent_context.ts";
import type { BuiltItem } from "../items/items.ts";
import { instancesOf, isRemoved, type ServiceState } from "../service_state.ts";

/** What the last round of a pass said of what is to go. */
export interface RemovalFacts {
  readonly items: readonly BuiltItem[];
  readonly answers: ReadonlyMap<string, ItemResponse>;
  /** Steps that were still to be done. */
  readonly steps: readonly Step[];
  readonly failed: ReadonlyMap<string, Problem>;
  /** What is left as it is for now, and why: steps that were skipped are not in `steps` any more. */
  readonly held: ReadonlyMap<string, string>;
}

/**
 * Finds out which of this host's tombstones are done: the plugin has nothing left to do for them and nothing that it owns.
 *
 * The ledger is emptied before the acknowledgement is written, and claims are freed after it: a crash in between
 * acknowledges again, and never frees what may still be held.
 */
export async function finishTombstones(
  context: AgentContext,
  state: ServiceState,
  facts: RemovalFacts,
): Promise<{
  readonly removed: readonly { readonly id: string; readonly epoch: number }[];
  /** Frees claims, and removes the service where it is to go and all of it has. Returns whether it is gone. */
  readonly finish: (written: ObservedSpec) => Promise<boolean>;
}> {
  const { host, own } = context;
  const mine = state.instances.filter((each) => each.host === host && each.want === "absent");
  const busy = new Set(facts.steps.map((step) => step.item));
  const gone: Instance[] = [];
  const cleared: string[] = [];
  for (const instance of mine) {
    const ids = facts.items.filter(({ item }) => isPartOf(item.id, instance.id)).map(({ item }) =>
      item.id
    );
    const isDone = ids.every((id) => {
      const answer = facts.answers.get(id);
      return answer !== undefined && !busy.has(id) && !facts.failed.has(id) &&
        !facts.held.has(id) &&
        (answer.owned ?? []).length === 0 && (answer.phase ?? "absent") === "absent";
    });
    if (!isDone) continue;
    cleared.push(...ids);
    gone.push(instance);
  }
  await own.ledger.set(state.ref, cleared.map((item) => ({ item, resources: [] })));
  for (const instance of gone) {
    await context.fence.forget(state.ref, instance.id);
    if (!isRemoved(state, instance)) {
      await context.recorder.record({
        ref: state.ref,
        item: instance.id,
        type: "removed",
        message: `${instance.id} is gone from host "${host}", with everything that was made for it`,
      });
    }
  }
  return {
    removed: gone.map(({ id, epoch }) => ({ id, epoch })),
    finish: (written) => finish(context, state, gone, written),
  };
}

/** Whether an item is an instance or one of its edges. */
function isPartOf(item: string, instance: string): boolean {
  return item === instance || item.startsWith(`${instance}.`);
}

async function finish(
  context: AgentContext,
  state: ServiceState,
  gone: readonly Instance[],
  written: ObservedSpec,
): Promise<boolean> {
  const { store, host, own, recorder } = context;
  const { ref } = state;
  const held = await heldAgain(context, state, gone);
  for (const { id, epoch, claims } of gone) {
    for (const { kind, key } of claims) {
      if (held.has(`${kind}/${key}`)) continue;
      await store.claims(host).free(kind, key, { ...ref, instance: id, epoch });
    }
  }
  if (!await isDeleting(context, state)) return false;
  const after = { ...state, observed: await observedNow(context, state, written) };
  const isGone = state.instances.every((each) => each.want === "absent" && isRemoved(after, each));
  if (!isGone) return false;
  try {
    await store.removeService(ref, state.graph);
  } catch (error) {
    // Somebody wants the service again, or another host was faster: the next pass sees.
    if (isConflict(error)) return false;
    throw error;
  }
  await own.placements(ref).remove();
  await recorder.record({ ref, type: "deleted", message: `Service "${ref.service}" is gone` });
  return true;
}

/**
 * Returns what the hosts have observed by now, ours being written: of two that acknowledge at the same moment one sees both, and
 * completes the deletion.
 */
async function observedNow(
  { store, host }: AgentContext,
  { ref, instances, observed }: ServiceState,
  written: ObservedSpec,
): Promise<Map<string, ObservedSpec>> {
  const now = new Map([...observed, [host, written]]);
  for (const other of new Set(instances.map((each) => each.host))) {
    const found = other === host ? undefined : await store.observed(ref, other).read();
    if (found) now.set(other, found);
  }
  return now;
}

/** Returns the claims on this host of what a graph wants that was written while these were being removed. */
async function heldAgain(
  { store, host }: AgentContext,
  { ref }: ServiceState,
  gone: readonly Instance[],
): Promise<Set<string>> {
  if (gone.every(({ claims }) => claims.length === 0)) return new Set();
  const wanted = instancesOf(await store.graph(ref).newest()).filter((each) =>
    each.host === host && each.want !== "absent"
  );
  return new Set(wanted.flatMap(({ claims }) => claims.map(({ kind, key }) => `${kind}/${key}`)));
}

/** Whether the graph is that of a deletion. A newer wish may have been written whose deploy then failed: no host acts on that. */
async function isDeleting(
  { store }: AgentContext,
  { ref, asked, graph }: ServiceState,
): Promise<boolean> {
  if (asked === undefined || graph === undefined) return false;
  const { serviceGeneration } = graph.spec;
  const wish = asked.generation === serviceGeneration
    ? asked
    : await store.asked(ref).at(serviceGeneration);
  return (wish ?? asked).spec.deleting ?? false;
}
