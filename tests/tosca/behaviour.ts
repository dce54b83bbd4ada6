import { Float } from "../../core/base/mod.ts";
import { type Clout, Scalar, type Value } from "../../core/clout/mod.ts";

/** Returns what a compiled graph shows of one key of an expected result, in the form in which it is expected. */
export function behaviourOf(clout: Clout, key: string, wanted: unknown): unknown {
  switch (key) {
    case "outputs":
      return plain(clout.service.outputs);
    case "nodes":
      return countNodes(clout);
    case "relationships":
      return sortLike(relationshipsOf(clout), wanted);
    case "invariants":
      return (wanted as string[]).filter((each) => holds(clout, each));
    case "substituted":
      return Object.fromEntries(substitutions(clout).map(([name, each]) => [name, each.template]));
    case "inner":
      return Object.fromEntries(
        substitutions(clout).map(([name, { service }]) => [name, {
          inputs: plain(service!.service.inputs),
          nodes: countNodes(service!),
          outputs: plain(service!.service.outputs),
        }]),
      );
    default:
      throw new Error(`the expected result has the key "${key}", which this test does not know`);
  }
}

function countNodes(clout: Clout): Record<string, number> {
  const counts: Record<string, number> = {};
  for (const { name } of clout.vertexes.values()) counts[name] = (counts[name] ?? 0) + 1;
  return counts;
}

function relationshipsOf(clout: Clout): string[][] {
  const nameOf = (id: string) => {
    const vertex = clout.vertexes.get(id)!;
    return `${vertex.name}#${vertex.index}`;
  };
  return [...clout.vertexes.values()].flatMap((vertex) =>
    vertex.edges.map((edge) => [nameOf(vertex.id), edge.name, nameOf(edge.target)])
  );
}

function sortLike(found: string[][], wanted: unknown): string[][] {
  const order = (wanted as string[][]).map((each) => each.join());
  return found.sort((a, b) => order.indexOf(a.join()) - order.indexOf(b.join()));
}

function holds(clout: Clout, invariant: string): boolean {
  const each = invariant.match(/^each (\w+) has exactly (\d+) (incoming )?(\w+) relationships?$/);
  if (!each) {
    throw new Error(`the invariant "${invariant}" is of a form that this test does not know`);
  }
  const [, name, count, incoming, requirement] = each;
  const edges = [...clout.vertexes.values()].flatMap((vertex) =>
    vertex.edges.filter((edge) => edge.name === requirement).map((edge) => ({ vertex, edge }))
  );
  return [...clout.vertexes.values()].filter((vertex) => vertex.name === name).every((vertex) =>
    edges.filter(({ vertex: source, edge }) => (incoming ? edge.target : source.id) === vertex.id)
      .length === Number(count)
  );
}

function substitutions(clout: Clout) {
  return [...clout.vertexes.values()].flatMap((each) =>
    each.substitution ? [[`${each.name}#${each.index}`, each.substitution] as const] : []
  );
}

/** Returns a value as the expected results write it; floats that are whole are told from integers. */
function plain(value: Value): unknown {
  if (typeof value === "bigint") return Number(value);
  if (value instanceof Float) {
    return Number.isInteger(value.value) ? { float: value.value } : value.value;
  }
  if (value instanceof Scalar) return value.toString();
  if (Array.isArray(value)) return value.map(plain);
  if (value instanceof Map) {
    return Object.fromEntries([...value].map(([key, each]) => [key, plain(each)]));
  }
  return value;
}
