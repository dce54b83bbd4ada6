import { didYouMean, type Problem, problem } from "../base/mod.ts";
import type { CloutIndex, Vertex } from "../clout/mod.ts";
import { instanceId } from "./names.ts";
import type { PlacementPolicies } from "./policies.ts";

/** A copy of a node that should be somewhere. */
export interface WantedInstance {
  readonly id: string;
  readonly vertex: Vertex;
  readonly index: number;
  /** Fewer than all of these still make a service: what is beyond the minimum of its Redundancy. */
  readonly isOptional: boolean;
  /** The instance whose host and index it has. */
  readonly follows?: string;
}

/** A node that has one instance on each host on which one of its users is. */
export interface HostFollower {
  readonly vertex: Vertex;
  /** Ids of the vertexes whose instances use it. */
  readonly users: readonly string[];
}

/** How many instances there are to be, in place of what the template says, by node template. */
export type Scale = Readonly<Record<string, number>>;

/** What a graph and its policies want, before any host is chosen. */
export interface Wanted {
  /** In the order of the graph, then by index; those that follow an instance come after it. */
  readonly instances: readonly WantedInstance[];
  readonly hostFollowers: readonly HostFollower[];
  readonly problems: readonly Problem[];
}

/** What a node's metadata says under `khutulun.follows`. */
export function followsOf(vertex: Vertex): "instance" | "host" | undefined {
  const follows = vertex.metadata.get("khutulun.follows");
  return follows === "instance" || follows === "host" ? follows : undefined;
}

/**
 * Returns the instances that a graph wants.
 *
 * A vertex gives one instance with its own index, or as many as its Redundancy says. A node that follows instances (a
 * reserved port) has one for each instance of the nodes that lead to it, with the same index; a node that follows hosts
 * (a directory) is counted once its users are placed.
 */
export function instantiate(
  index: CloutIndex,
  policies: PlacementPolicies,
  scale: Scale = {},
): Wanted {
  const problems: Problem[] = scaleProblems(index, policies, scale);
  const byVertex = new Map<string, WantedInstance[]>();
  const followers: Vertex[] = [];
  const hostFollowers: HostFollower[] = [];
  for (const vertex of index.clout.vertexes.values()) {
    if (vertex.substitution) continue; // Realised by the nodes that stand in for it.
    const follows = followsOf(vertex);
    if (follows === "instance") followers.push(vertex);
    else if (follows === "host") hostFollowers.push({ vertex, users: usersOf(index, vertex) });
    else byVertex.set(vertex.id, ownInstances(vertex, policies, scale[vertex.name]));
    if (follows !== undefined && policies.redundancy.has(vertex.name)) {
      problems.push(cannotBeCounted(vertex));
    }
  }
  const followed = followInstances(index, followers, byVertex, problems);
  const own = [...byVertex.values()].flat();
  return { instances: [...own, ...followed], hostFollowers, problems };
}

function ownInstances(
  vertex: Vertex,
  policies: PlacementPolicies,
  scaled: number | undefined,
): WantedInstance[] {
  const policy = policies.redundancy.get(vertex.name);
  const redundancy = scaled === undefined
    ? policy
    : { min: Math.min(policy?.min ?? scaled, scaled), max: scaled };
  if (!redundancy) {
    const id = instanceId(vertex.name, vertex.index);
    return [{ id, vertex, index: vertex.index, isOptional: false }];
  }
  return Array.from({ length: redundancy.max }, (_, index) => ({
    id: instanceId(vertex.name, index),
    vertex,
    index,
    isOptional: index >= redundancy.min,
  }));
}

/** Ids of the vertexes with an edge to this one. */
function usersOf(index: CloutIndex, vertex: Vertex): string[] {
  return [...new Set(index.incoming(vertex.id).map(({ source }) => source.id))];
}

function followInstances(
  index: CloutIndex,
  followers: readonly Vertex[],
  byVertex: ReadonlyMap<string, readonly WantedInstance[]>,
  problems: Problem[],
): WantedInstance[] {
  const byTemplate = new Map<string, WantedInstance[]>();
  for (const vertex of followers) {
    const leaders = usersOf(index, vertex).flatMap((id) => byVertex.get(id) ?? []);
    if (leaders.length === 0) problems.push(followsNothing(vertex));
    const templates = new Set(leaders.map((leader) => leader.vertex.name));
    if (templates.size > 1) problems.push(followsMany(vertex, [...templates]));
    const instances = byTemplate.get(vertex.name) ?? [];
    byTemplate.set(vertex.name, instances);
    for (const { index, id, isOptional } of leaders) {
      const own = { id: instanceId(vertex.name, index), index };
      instances.push({ ...own, vertex, isOptional, follows: id });
    }
  }
  return [...byTemplate.values()].flatMap(withDistinctIds);
}

/** Where several vertexes of one template follow the same instance, their own indexes have to tell them apart. */
function withDistinctIds(instances: readonly WantedInstance[]): readonly WantedInstance[] {
  if (new Set(instances.map(({ id }) => id)).size === instances.length) return instances;
  return instances.map((each) => {
    const index = each.index * each.vertex.count + each.vertex.index;
    return { ...each, index, id: instanceId(each.vertex.name, index) };
  });
}

/** Says which counts cannot be given: of what is no node, or has its count from elsewhere. */
function scaleProblems(index: CloutIndex, policies: PlacementPolicies, scale: Scale): Problem[] {
  return Object.entries(scale).flatMap(([template, count]) => {
    const why = whyNotScaled(index, policies, template, count);
    return why === undefined ? [] : [problem("PLAN_SCALE", {
      what: `Cannot have ${count} instances of "${template}"`,
      where: { subject: template },
      ...why,
    })];
  });
}

const namesShown = 10;

function whyNotScaled(
  index: CloutIndex,
  policies: PlacementPolicies,
  template: string,
  count: number,
): { readonly why: string; readonly fix?: string } | undefined {
  const [vertex] = index.ofTemplate(template);
  if (vertex === undefined) {
    const names = [...new Set([...index.clout.vertexes.values()].map(({ name }) => name))];
    return {
      why: "The service has no such node",
      fix: didYouMean(template, names) ?? `It has: ${names.slice(0, namesShown).join(", ")}`,
    };
  }
  if (followsOf(vertex) !== undefined) {
    return {
      why: "It has as many instances as the nodes that it belongs to",
      fix: "Scale those nodes instead",
    };
  }
  if (vertex.count !== 1) {
    return { why: "Its template gives it a count", fix: "Change that, or leave it out" };
  }
  const min = policies.redundancy.get(template)?.min ?? 0;
  if (count >= min) return undefined;
  return { why: `Its Redundancy policy wants at least ${min}`, fix: `Give it ${min} or more` };
}

function cannotBeCounted(vertex: Vertex): Problem {
  return problem("PLAN_POLICY", {
    what: `Cannot give node "${vertex.id}" a Redundancy of its own`,
    why: "It has as many instances as the nodes that it belongs to",
    fix: "Give the policy to those nodes instead",
  });
}

function followsNothing(vertex: Vertex): Problem {
  return problem("PLAN_FOLLOWS", {
    severity: "warning",
    what: `Node "${vertex.id}" has no instances`,
    why: "It goes where the nodes go that require it, and none does",
    fix: `Require it from a node (requirements), or remove it from the template`,
  });
}

function followsMany(vertex: Vertex, templates: readonly string[]): Problem {
  return problem("PLAN_FOLLOWS", {
    what: `Cannot tell whose node "${vertex.id}" is`,
    why: `It belongs to one node, and ${
      templates.map((name) => `"${name}"`).join(", ")
    } require it`,
    fix: "Make one such node for each of them",
  });
}
