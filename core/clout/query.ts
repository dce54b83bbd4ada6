import type { Clout, Edge, Policy, Vertex } from "./model.ts";

/** An edge with the vertex that it comes from. */
export interface IncomingEdge {
  readonly source: Vertex;
  readonly edge: Edge;
}

/** Whether something is of a type, or of one derived from it. */
export function hasType(it: { readonly types: readonly string[] }, type: string): boolean {
  return it.types.includes(type);
}

/** Names one edge of a vertex: `port.0`. */
export function edgeKey(edge: Pick<Edge, "name" | "index">): string {
  return `${edge.name}.${edge.index}`;
}

/**
 * A graph with its indexes: made once, asked often. It is as old as the graph that it was made from.
 */
export class CloutIndex {
  readonly #incoming = new Map<string, IncomingEdge[]>();
  readonly #byName = new Map<string, Vertex[]>();

  constructor(readonly clout: Clout) {
    for (const vertex of clout.vertexes.values()) {
      push(this.#byName, vertex.name, vertex);
      for (const edge of vertex.edges) push(this.#incoming, edge.target, { source: vertex, edge });
    }
  }

  /** Edges that lead to a vertex, in the order of their sources. */
  incoming(vertexId: string): readonly IncomingEdge[] {
    return this.#incoming.get(vertexId) ?? [];
  }

  /** The vertexes that a node template makes, in index order. */
  ofTemplate(name: string): readonly Vertex[] {
    return this.#byName.get(name) ?? [];
  }

  /** The names of all node templates, in the order of the graph. */
  templates(): string[] {
    return [...this.#byName.keys()];
  }

  ofType(type: string): Vertex[] {
    return [...this.clout.vertexes.values()].filter((vertex) => hasType(vertex, type));
  }

  /** The node templates that a policy is for: its targets, with groups replaced by their members, each once. */
  templatesOf(policy: Policy): string[] {
    const { groups } = this.clout.service;
    const names = policy.targets.flatMap((target) =>
      groups.find((group) => group.name === target)?.members ?? [target]
    );
    return [...new Set(names)];
  }
}

function push<T>(map: Map<string, T[]>, key: string, item: T): void {
  const items = map.get(key);
  if (items) items.push(item);
  else map.set(key, [item]);
}
