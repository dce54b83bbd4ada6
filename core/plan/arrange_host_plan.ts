import { type Problem, problem, sameJson } from "../base/mod.ts";
import { circle, topologicalOrder } from "./order.ts";
import type { HostPlan, Wait } from "./service_plan.ts";
import type { Step } from "./step.ts";

/**
 * Makes a host plan of the steps that plugins appended: equal keys become one step, and all are brought into an order in
 * which they can run.
 *
 * A step comes after what it needs, and a gated one after the steps of every item that it waits for: for `start` all that
 * are that item's alone (a `daemon-reload` for many belongs to none), for `stop` those that stop it (clearing away what it
 * leaves is nobody's concern but its own). Of several orders it is the one nearest to that in which the
 * steps came. Steps that wait for each other in a circle are left out with a problem, and so are those that need them.
 */
export function arrangeHostPlan(
  parts: Omit<HostPlan, "steps"> & { readonly steps: readonly Step[] },
): HostPlan {
  const { merged, shared, problems } = mergeSteps(parts.host, parts.steps);
  const byKey = new Map(merged.map((step) => [step.key, step]));
  const missing = merged.flatMap((step) => missingNeeds(parts.host, step, byKey));
  const before = gateNeeds(merged, parts.waits, shared);
  const { order, cycle } = topologicalOrder(
    [...byKey.keys()],
    (key) => [...byKey.get(key)!.needs, ...before.get(key) ?? []],
  );
  return {
    ...parts,
    steps: order.map((key) => byKey.get(key)!),
    waits: presentWaits(parts.waits, merged),
    problems: [
      ...parts.problems,
      ...problems,
      ...missing,
      ...(cycle ? [cycleProblem(parts.host, cycle, byKey)] : []),
    ],
  };
}

interface Merged {
  readonly merged: readonly Step[];
  /** Keys of steps that several items asked for. */
  readonly shared: ReadonlySet<string>;
  readonly problems: readonly Problem[];
}

/** Makes steps of equal keys one: at the place of the first, with the needs and owns of all. */
function mergeSteps(host: string, steps: readonly Step[]): Merged {
  const merged = new Map<string, Step>();
  const shared = new Set<string>();
  const problems: Problem[] = [];
  for (const step of steps) {
    const known = merged.get(step.key);
    if (known === undefined) {
      merged.set(step.key, step);
      continue;
    }
    if (!sameJson(known.do, step.do) || known.gate !== step.gate) {
      problems.push(conflictProblem(host, known, step));
      continue;
    }
    if (known.item !== step.item) shared.add(step.key);
    merged.set(step.key, {
      ...known,
      needs: union(known.needs, step.needs),
      owns: union(known.owns, step.owns),
      timeoutMs: Math.max(known.timeoutMs, step.timeoutMs),
    });
  }
  return { merged: [...merged.values()], shared, problems };
}

/** Returns, for each gated step, the keys of the steps of the items that it waits for. */
function gateNeeds(
  steps: readonly Step[],
  waits: readonly Wait[],
  shared: ReadonlySet<string>,
): ReadonlyMap<string, readonly string[]> {
  const starting = keysByItem(steps.filter(({ key }) => !shared.has(key)));
  const stopping = keysByItem(steps.filter(({ gate }) => gate === "stop"));
  const awaited = new Map<string, readonly string[]>();
  for (const wait of waits) {
    const at = `${wait.gate} ${wait.item}`;
    awaited.set(at, union(awaited.get(at) ?? [], wait.for));
  }
  const needs = new Map<string, readonly string[]>();
  for (const { key, gate, item } of steps) {
    const items = gate ? awaited.get(`${gate} ${item}`) ?? [] : [];
    const byItem = gate === "stop" ? stopping : starting;
    needs.set(key, items.flatMap((each) => each === item ? [] : byItem.get(each) ?? []));
  }
  return needs;
}

function keysByItem(steps: readonly Step[]): ReadonlyMap<string, readonly string[]> {
  const byItem = new Map<string, string[]>();
  for (const { item, key } of steps) {
    const keys = byItem.get(item);
    if (keys) keys.push(key);
    else byItem.set(item, [key]);
  }
  return byItem;
}

/** Only waits of items with a gated step say something. */
function presentWaits(waits: readonly Wait[], steps: readonly Step[]): Wait[] {
  const gated = new Set(steps.flatMap(({ gate, item }) => gate ? [`${gate} ${item}`] : []));
  return waits.filter(({ gate, item }) => gated.has(`${gate} ${item}`));
}

function missingNeeds(
  host: string,
  step: Step,
  byKey: ReadonlyMap<string, Step>,
): Problem[] {
  return step.needs.filter((need) => !byKey.has(need)).map((need) =>
    problem("PLAN_STEP_CONFLICT", {
      what: `Cannot order step "${step.key}" of "${step.item}"`,
      where: { host, subject: step.item },
      why: `It needs step "${need}", which is not there`,
      fix: "This is a defect of the plugin that made the step",
    })
  );
}

function conflictProblem(host: string, one: Step, other: Step): Problem {
  return problem("PLAN_STEP_CONFLICT", {
    what: `Cannot make step "${one.key}" of "${one.item}" and of "${other.item}" one`,
    where: { host, subject: other.item },
    why: "Steps of one key have to do the same, and these do not",
    fix: "This is a defect of the plugin that made the steps",
  });
}

function cycleProblem(
  host: string,
  cycle: readonly string[],
  byKey: ReadonlyMap<string, Step>,
): Problem {
  const items = [...new Set(cycle.map((key) => byKey.get(key)!.item))];
  return problem("PLAN_STEP_CYCLE", {
    what: `Cannot order the steps of ${items.map((item) => `"${item}"`).join(", ")}`,
    where: { host, ...(items.length === 1 && { subject: items[0] }) },
    why: `Each has to come after the next: ${circle(cycle)}`,
    fix: "Remove one of the requirements between these nodes",
  });
}

function union<T>(a: readonly T[], b: readonly T[]): readonly T[] {
  return [...new Set([...a, ...b])];
}
