import { compareStrings, type Problem, problem } from "../base/mod.ts";
import { type Clout, hasType } from "../clout/mod.ts";

/** Edges of this type, or of one derived from it, order start and stop. */
export const dependencyType = "org.khutulun:1.0::Dependency";

export interface Ordered {
  /** Every key that is in no circle and needs none that is; what a key needs comes before it. */
  readonly order: readonly string[];
  /** One circle, each needing the next and the last the first, where there is any. */
  readonly cycle?: readonly string[];
}

/**
 * Orders keys so that each comes after what it needs; of several ways the one nearest to the order given.
 *
 * Needs that are no keys are left out of account.
 */
export function topologicalOrder(
  keys: readonly string[],
  needsOf: (key: string) => Iterable<string>,
): Ordered {
  const position = new Map(keys.map((key, index) => [key, index]));
  const waiting = new Int32Array(keys.length);
  const dependents: number[][] = keys.map(() => []);
  keys.forEach((key, index) => {
    for (const need of new Set(needsOf(key))) {
      const at = position.get(need);
      if (at === undefined) continue;
      dependents[at].push(index);
      waiting[index]++;
    }
  });
  const ready = new IndexHeap();
  waiting.forEach((count, index) => count === 0 && ready.push(index));
  const order: string[] = [];
  for (let index = ready.pop(); index !== undefined; index = ready.pop()) {
    order.push(keys[index]);
    for (const each of dependents[index]) if (--waiting[each] === 0) ready.push(each);
  }
  if (order.length === keys.length) return { order };
  return { order, cycle: findCycle(keys, needsOf, new Set(order)) };
}

/** Returns the problem of nodes that wait for each other in a circle; nothing where there is none. */
export function dependencyProblem(clout: Clout): Problem | undefined {
  const needsOf = (id: string) =>
    (clout.vertexes.get(id)?.edges ?? []).filter((edge) => hasType(edge, dependencyType))
      .map(({ target }) => target);
  const { cycle } = topologicalOrder([...clout.vertexes.keys()], needsOf);
  if (!cycle) return undefined;
  const position = clout.vertexes.get(cycle[0])?.source;
  return problem("PLAN_DEPENDENCY_CYCLE", {
    what: `Cannot order nodes ${[...cycle].sort(compareStrings).map((id) => `"${id}"`).join(", ")}`,
    ...(position && { where: { position } }),
    why: `Each waits for the next to be ready: ${circle(cycle)}`,
    fix: "Remove one of these requirements, or derive its relationship from no Dependency",
  });
}

/** Returns a circle as text: `a → b → a`. */
export function circle(cycle: readonly string[]): string {
  return [...cycle, cycle[0]].join(" → ");
}

/** Follows needs among the keys that are left until one comes again. */
function findCycle(
  keys: readonly string[],
  needsOf: (key: string) => Iterable<string>,
  done: ReadonlySet<string>,
): string[] {
  const left = new Set(keys.filter((key) => !done.has(key)));
  const path: string[] = [];
  let key: string | undefined = keys.find((each) => left.has(each));
  while (key !== undefined && !path.includes(key)) {
    path.push(key);
    key = [...needsOf(key)].find((need) => left.has(need));
  }
  return path.slice(path.indexOf(key!));
}

/** The smallest index first. */
class IndexHeap {
  readonly #items: number[] = [];

  push(item: number): void {
    const items = this.#items;
    let at = items.push(item) - 1;
    while (at > 0) {
      const parent = (at - 1) >> 1;
      if (items[parent] <= items[at]) return;
      [items[parent], items[at]] = [items[at], items[parent]];
      at = parent;
    }
  }

  pop(): number | undefined {
    const items = this.#items;
    const top = items[0];
    const last = items.pop();
    if (items.length === 0 || last === undefined) return top;
    items[0] = last;
    for (let at = 0;;) {
      let least = at;
      for (const child of [2 * at + 1, 2 * at + 2]) {
        if (child < items.length && items[child] < items[least]) least = child;
      }
      if (least === at) return top;
      [items[least], items[at]] = [items[at], items[least]];
      at = least;
    }
  }
}
