import type { Clout, Edge, Vertex } from "../../clout/mod.ts";
import type { Instance } from "../../plan/mod.ts";

/** One relationship between two instances. */
export interface Link {
  /** `<source instance>.<requirement>.<index>` */
  readonly id: string;
  readonly edge: Edge;
  readonly source: Instance;
  readonly target: Instance;
}

/** The relationships of a service's instances, from both ends. */
export interface Wiring {
  /** Of an instance that is here and, on its way out, on another host too, the one that stays. */
  readonly byId: ReadonlyMap<string, Link>;
  /** By source instance (`placeOf`), in the order of the vertex's edges. */
  readonly outgoing: ReadonlyMap<string, readonly Link[]>;
  /** By target instance (`placeOf`), in the order of their ids. */
  readonly incoming: ReadonlyMap<string, readonly Link[]>;
}

/** Tells an instance from what is still to go of it on another host. */
export function placeOf({ id, host }: Pick<Instance, "id" | "host">): string {
  return `${id} on ${host}`;
}

/**
 * Returns which instance each instance is related to.
 *
 * An edge between two vertexes becomes a link for each instance of its source, to one instance of its target: the one on
 * the same host where there is one (of the same index, where there is that), else the instances in turn. Instances that
 * are to go are chosen only when there are no others.
 */
export function wire(clout: Clout, instances: readonly Instance[]): Wiring {
  const byVertex = new Map<string, Instance[]>();
  for (const each of instances) {
    byVertex.set(each.vertex, [...byVertex.get(each.vertex) ?? [], each]);
  }
  const byId = new Map<string, Link>();
  const outgoing = new Map<string, Link[]>();
  const incoming = new Map<string, Link[]>();
  for (const source of instances) {
    const vertex: Vertex | undefined = clout.vertexes.get(source.vertex);
    for (const edge of vertex?.edges ?? []) {
      const target = choose(source, byVertex.get(edge.target) ?? []);
      if (target === undefined) continue;
      const link = { id: `${source.id}.${edge.name}.${edge.index}`, edge, source, target };
      if (source.want !== "absent" || !byId.has(link.id)) byId.set(link.id, link);
      push(outgoing, placeOf(source), link);
      push(incoming, placeOf(target), link);
    }
  }
  return { byId, outgoing, incoming };
}

function choose(source: Instance, all: readonly Instance[]): Instance | undefined {
  const wanted = all.filter((each) => each.want !== "absent");
  const candidates = wanted.length > 0 ? wanted : all;
  const near = candidates.filter((each) => each.host === source.host);
  const from = near.length > 0 ? near : candidates;
  return from.find((each) => each.index === source.index) ?? from[source.index % from.length];
}

function push(map: Map<string, Link[]>, key: string, link: Link): void {
  const links = map.get(key);
  if (links) links.push(link);
  else map.set(key, [link]);
}
