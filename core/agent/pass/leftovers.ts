import { type JsonObject, type Problem, sameJson, type ServiceRef } from "../../base/mod.ts";
import { arrangeHostPlan } from "../../plan/mod.ts";
import type { Item } from "../../plugin/mod.ts";
import type { PlacementsSpec } from "../../store/mod.ts";
import type { AgentContext } from "../agent_context.ts";
import { carryOut } from "./carry_out.ts";
import { waitsOf } from "./host_planner.ts";
import type { BuiltItem } from "../items/items.ts";
import type { ServiceState } from "../service_state.ts";

/**
 * A service that the state does not have any more is believed to be gone after so long: a file server's listing may be stale for
 * a minute.
 */
const goneMsMin = 70_000;

/** How soon it is looked again meanwhile. */
const lookAgainMs = 10_000;

/** How often steps are planned anew until nothing is left. */
const roundsMax = 8;

/** What this host made of a service, as it is written down on its own disk. */
interface Made {
  readonly item: Item;
  readonly plugin: { readonly name: string; readonly digest: string };
  readonly needs: readonly string[];
}

/**
 * Takes away what a host made of a service and that is nobody's wish any more, though nobody told the host: it was given up
 * or forgotten while it was away, and the graph went on without it.
 *
 * The graph that would say how is not there, so that each pass writes down on the host's own disk what it was asked to make.
 */
export class Leftovers {
  readonly #context: AgentContext;
  readonly #ref: ServiceRef;
  #written: Pick<PlacementsSpec, "pins" | "items"> | undefined;
  #goneSinceMs: number | undefined;

  constructor(context: AgentContext, ref: ServiceRef) {
    this.#context = context;
    this.#ref = ref;
  }

  /** Writes down what this host makes of a generation, where that is news. */
  async keep(
    generation: number,
    pins: Readonly<Record<string, string>>,
    built: readonly BuiltItem[],
  ): Promise<void> {
    const items = built.map(({ item, plugin, needs }): Made => ({
      // What it owns is in the ledger, and what it has found out is not needed to take it away.
      item: { ...item, owned: [], attributes: {} },
      plugin: { name: plugin.manifest.name, digest: plugin.digest },
      needs,
    })) as unknown as JsonObject[];
    const made = { pins, items };
    if (sameJson(this.#written, made)) return;
    if (items.length === 0) {
      this.#written = made;
      return;
    }
    const document = this.#context.own.placements(this.#ref);
    const before = this.#written === undefined ? await document.read() : undefined;
    const isThere = before && sameJson({ pins: before.pins, items: before.items }, made);
    if (!isThere) await document.write({ generation, pins, items });
    this.#written = made;
  }

  /** Removes what no instance of the state's graph stands for. Returns what failed, and when to look again. */
  async remove(
    state: ServiceState,
    here: () => readonly BuiltItem[],
    signal: AbortSignal,
  ): Promise<{ readonly problems: readonly Problem[]; readonly againMs?: number }> {
    const left = await this.#find(state, here);
    if (left.length === 0) {
      this.#goneSinceMs = undefined;
      if (state.graph === undefined) await this.#context.own.placements(this.#ref).remove();
      return { problems: [] };
    }
    const made = await this.#context.own.placements(this.#ref).read();
    if (made === undefined) return { problems: [] };
    if (state.graph !== undefined) {
      // An older listing than the one that was acted on tells nothing.
      if (state.graph.generation <= made.generation) return { problems: [] };
    } else if (!await this.#isGoneForLong()) return { problems: [], againMs: lookAgainMs };
    return { problems: await this.#removeItems(left, made, signal) };
  }

  /** Returns the items that own something here, and that neither are of the graph nor belong to an instance of it. */
  async #find(state: ServiceState, here: () => readonly BuiltItem[]): Promise<string[]> {
    const { own, host } = this.#context;
    const instances = state.instances.filter((each) => each.host === host);
    const ledger = await own.ledger.of(this.#ref);
    const strange = [...ledger].filter(([id, owned]) =>
      owned.length > 0 && !instances.some((each) => id === each.id || id.startsWith(`${each.id}.`))
    ).map(([id]) => id);
    if (strange.length === 0) return [];
    // A relationship's far side is made here for an instance of another host.
    const known = new Set(here().map(({ item }) => item.id));
    return strange.filter((id) => !known.has(id));
  }

  /** Whether the state is the cluster's own and has not had the service for a while. */
  async #isGoneForLong(): Promise<boolean> {
    const { clock, cluster, store } = this.#context;
    const nowMs = clock.monotonicMs();
    this.#goneSinceMs ??= nowMs;
    if (nowMs - this.#goneSinceMs < goneMsMin) return false;
    return (await store.cluster()).id === cluster.id;
  }

  async #removeItems(
    left: readonly string[],
    { pins, items }: PlacementsSpec,
    signal: AbortSignal,
  ): Promise<Problem[]> {
    const { catalog, fence, host, logger, planner, recorder } = this.#context;
    const ref = this.#ref;
    const made = items as unknown as readonly Made[];
    logger.log("info", "Removes what it had made and nobody wants any more", {
      ...ref,
      items: left.join(", "),
    });
    const problems: Problem[] = [];
    const done = new Set<string>();
    for (let round = 0; round < roundsMax && !signal.aborted; round++) {
      const ledger = await this.#context.own.ledger.of(ref);
      const going: BuiltItem[] = [];
      for (const { item, plugin, needs } of made) {
        const owned = ledger.get(item.id) ?? [];
        if (!left.includes(item.id) || owned.length === 0) continue;
        going.push({
          item: { ...item, want: "absent", owned: owned as Item["owned"] },
          plugin: await catalog.find(ref.namespace, plugin.name, plugin.digest),
          needs,
          // Those on other hosts were told without this one.
          remoteUsers: [],
        });
      }
      if (going.length === 0) break;
      const answers = await planner.ask("remove", { pins }, going);
      const plan = arrangeHostPlan({
        host,
        ref,
        steps: answers.steps,
        waits: waitsOf(going),
        later: [],
        problems: [...new Set(answers.problems.values())],
      });
      const { outcomes, problems: failed } = await carryOut(this.#context, ref, plan, {
        // A step that stops something returns when it has stopped.
        gate: () => Promise.resolve(undefined),
        report: () => {},
      }, signal);
      for (const { item: { id, name, kind } } of going) {
        const steps = plan.steps.filter((step) => step.item === id);
        const isDone = steps.every(({ key }) => outcomes.get(key)?.kind === "done");
        const after = answers.responses.get(id)?.owned;
        if (!isDone || answers.problems.has(id)) continue;
        if (steps.length > 0 && after === undefined) continue;
        // Before the ledger lets go of it: a crash in between finds it again.
        if (kind === "instance" && (after ?? []).length === 0) {
          await this.#context.secrets.remove(name);
        }
        await this.#context.own.ledger.set(ref, [{ item: id, resources: after ?? [] }]);
        if ((after ?? []).length === 0) done.add(id);
      }
      problems.splice(0, Infinity, ...failed, ...plan.problems);
      if (problems.length > 0) break;
    }
    for (const id of done) await fence.forget(ref, id);
    await this.#freeClaims(done);
    if (done.size > 0) {
      const names = [...done].filter((id) => !id.includes(".")).join(", ") || [...done].join(", ");
      await recorder.record({
        type: "cleaned",
        message:
          `Host "${host}" has removed what it still had of service "${ref.service}": ${names}`,
      });
    }
    return problems;
  }

  async #freeClaims(instances: ReadonlySet<string>): Promise<void> {
    const claims = this.#context.store.claims(this.#context.host);
    const { namespace, service } = this.#ref;
    for (const { kind, key, holder } of instances.size > 0 ? await claims.list() : []) {
      const isOurs = holder.namespace === namespace && holder.service === service;
      if (isOurs && instances.has(holder.instance)) await claims.free(kind, key, holder);
    }
  }
}
