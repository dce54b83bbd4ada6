import {
  fail,
  formatServiceRef,
  type Json,
  type JsonObject,
  ProblemError,
  sameJson,
  type ServiceRef,
} from "../../base/mod.ts";
import type { ServiceSpec, Store } from "../../store/mod.ts";
import { requireService, type ServiceState } from "../service_state.ts";
import type { GenerationView } from "../use_cases.ts";

/** What a generation was made of and may be gone: the template's files, a plugin. */
const goneCodes: ReadonlySet<string> = new Set(["STATE_PACKAGE_MISSING", "AGENT_PACKAGE_UNKNOWN"]);

/** How much of a digest is shown in a sentence. */
const digestShown = 12;

/** Returns what was asked for a service as far back as it is kept, oldest first. */
export async function readHistory(store: Store, ref: ServiceRef): Promise<GenerationView[]> {
  const state = await requireService(store, ref);
  const current = currentGeneration(state);
  const views: GenerationView[] = [];
  let before: ServiceSpec | undefined;
  for (const generation of await generationsOf(store, ref)) {
    const spec = (await store.asked(ref).at(generation))?.spec;
    if (spec === undefined) continue; // pruned since it was listed
    views.push({
      generation,
      ...spec.asked,
      template: { name: spec.template.name, digest: spec.template.digest },
      inputs: spec.inputs,
      changes: before === undefined ? [] : changesOf(before, spec),
      isCurrent: generation === current,
      ...(spec.deleting && { deleting: true }),
    });
    before = spec;
  }
  return views;
}

/**
 * Returns what was asked in an earlier generation, to be asked again: in `to`, or in the newest that is another than what is
 * asked now. Its plugins are those of then.
 */
export async function earlierSpec(
  store: Store,
  state: ServiceState,
  to: number | undefined,
): Promise<{ readonly generation: number; readonly spec: ServiceSpec }> {
  const service = formatServiceRef(state.ref);
  const generations = await generationsOf(store, state.ref);
  const current = currentGeneration(state);
  const now = (await store.asked(state.ref).at(current))?.spec ?? state.asked!.spec;
  const candidates = to === undefined
    ? generations.filter((each) => each < current).reverse()
    : generations.filter((each) => each === to);
  for (const generation of candidates) {
    const found = (await store.asked(state.ref).at(generation))?.spec;
    if (found === undefined || found.deleting) continue;
    const { rolledBack: _, ...spec } = found;
    if (to !== undefined || changesOf(now, spec).length > 0) return { generation, spec };
  }
  fail("AGENT_GENERATION_UNKNOWN", {
    what: to === undefined
      ? `Cannot roll service "${service}" back: nothing else was asked before`
      : `Cannot roll service "${service}" back to request ${to}`,
    why: to === undefined
      ? undefined
      : "There is none that could be deployed: it never was, is a " +
        "deletion, or was pruned (kept are the newest 20, and what is younger than an hour)",
    fix: `See what there is: khutulun service history ${service}`,
  });
}

/** Does the work of a rollback, and says so where what the generation was made of is gone. */
export async function withPartsOf<T>(
  ref: ServiceRef,
  generation: number,
  work: () => Promise<T>,
): Promise<T> {
  try {
    return await work();
  } catch (error) {
    if (!(error instanceof ProblemError) || !goneCodes.has(error.problem.code)) throw error;
    const service = formatServiceRef(ref);
    fail("AGENT_GENERATION_INCOMPLETE", {
      what: `Cannot roll service "${service}" back to request ${generation}`,
      why: "A package that it was made of was removed since",
      fix: `Register the package again as it was, or choose another request: ` +
        `khutulun service history ${service}`,
      cause: error.problem,
    });
  }
}

/** The generation of what was asked that the graph was made from. */
function currentGeneration({ graph, asked }: ServiceState): number {
  return graph?.spec.serviceGeneration ?? asked?.generation ?? 0;
}

async function generationsOf(store: Store, ref: ServiceRef): Promise<number[]> {
  return [...await store.asked(ref).history()].sort((a, b) => a - b);
}

/** Returns in words what is different about a later request. */
function changesOf(before: ServiceSpec, after: ServiceSpec): string[] {
  const changes: string[] = [];
  if (before.template.name !== after.template.name) {
    changes.push(`template ${before.template.name} → ${after.template.name}`);
  } else if (before.template.digest !== after.template.digest) {
    changes.push(`template ${short(before.template.digest)} → ${short(after.template.digest)}`);
  }
  changes.push(...differences("input", before.inputs, after.inputs, (it) => JSON.stringify(it)));
  changes.push(...differences("scale", before.scale ?? {}, after.scale ?? {}, String));
  changes.push(...differences("plugin", before.plugins, after.plugins, (it) => short(String(it))));
  if (!before.deleting && after.deleting) changes.push("deleted");
  if (!before.rolledBack && after.rolledBack) changes.push("a failed update was taken back");
  if (!sameJson((before.update ?? null) as Json, (after.update ?? null) as Json)) {
    changes.push("how it is updated");
  }
  return changes;
}

function differences(
  kind: string,
  before: JsonObject,
  after: JsonObject,
  show: (value: Json) => string,
): string[] {
  const names = [...new Set([...Object.keys(before), ...Object.keys(after)])].sort();
  return names.filter((name) => !sameJson(before[name] ?? null, after[name] ?? null)).map(
    (name) => {
      if (before[name] === undefined) return `${kind} ${name}: ${show(after[name])}`;
      if (after[name] === undefined) return `${kind} ${name}: no longer`;
      return `${kind} ${name}: ${show(before[name])} → ${show(after[name])}`;
    },
  );
}

function short(digest: string): string {
  const at = digest.indexOf(":") + 1;
  return digest.slice(at, at + digestShown);
}
