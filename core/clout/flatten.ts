import type { Clout, Edge, Group, Policy, Vertex, Workflow } from "./model.ts";

/**
 * Returns a graph in which the nodes of inner services are among the others, as deep as they nest.
 *
 * What is substituted stays, with its values and edges, as what others speak of; it is realised by the nodes that come
 * after it. Edges to its capabilities lead to the inner capabilities that they are mapped to. Inner names get the name
 * of the node in front (`machine.disk`; `machine-1.disk` for the second of several), so that templates, groups and
 * policies stay apart; a policy or group that names a substituted node means the nodes that stand in for it.
 */
export function flatten(clout: Clout): Clout {
  if (![...clout.vertexes.values()].some((each) => each.substitution?.service)) return clout;
  const vertexes = new Map<string, Vertex>();
  const groups: Group[] = [];
  const policies: Policy[] = [];
  const workflows: Workflow[] = [];
  const standIns = new Map<string, string[]>();
  const add = (graph: Clout, prefix: string): string[] => {
    const names: string[] = [];
    for (const vertex of graph.vertexes.values()) {
      const name = prefix + vertex.name;
      const { service, ...rest } = vertex.substitution ?? {};
      vertexes.set(vertex.id, {
        ...vertex,
        name,
        ...(vertex.substitution && { substitution: rest as typeof vertex.substitution }),
      });
      if (!vertex.substitution) names.push(name);
      if (!service) continue;
      const inner = add(service, `${vertex.count === 1 ? name : `${name}-${vertex.index}`}.`);
      standIns.set(name, [...standIns.get(name) ?? [], ...inner]);
      names.push(...inner);
    }
    const { service } = graph;
    groups.push(...service.groups.map((each) => ({
      ...each,
      name: prefix + each.name,
      members: each.members.map((member) => prefix + member),
    })));
    policies.push(...service.policies.map((each) => ({
      ...each,
      name: prefix + each.name,
      targets: each.targets.map((target) => prefix + target),
    })));
    workflows.push(...(service.workflows ?? []).map((each) => withPrefix(each, prefix)));
    return names;
  };
  add(clout, "");
  const meant = (names: readonly string[]) => [
    ...new Set(names.flatMap((name) => standIns.get(name) ?? [name])),
  ];
  for (const [id, vertex] of vertexes) {
    const edges = vertex.edges.map((edge) => leadOn(edge, vertexes));
    vertexes.set(id, { ...vertex, edges });
  }
  return {
    service: {
      ...clout.service,
      groups: groups.map((each) => ({ ...each, members: meant(each.members) })),
      policies: policies.map((each) => ({ ...each, targets: meant(each.targets) })),
      ...(workflows.length > 0 ? { workflows } : {}),
    },
    vertexes,
  };
}

/** What a workflow names are names of its own service. */
function withPrefix(workflow: Workflow, prefix: string): Workflow {
  if (prefix === "") return workflow;
  return {
    ...workflow,
    name: prefix + workflow.name,
    steps: workflow.steps.map((step) => ({
      ...step,
      target: prefix + step.target,
      activities: step.activities.map((each) =>
        each.kind === "inline" ? { ...each, name: prefix + each.name } : each
      ),
    })),
  };
}

/** An edge to a mapped capability leads to the inner one, which may be mapped in turn. */
function leadOn(edge: Edge, vertexes: ReadonlyMap<string, Vertex>): Edge {
  let { target, capability } = edge;
  const seen = new Set<string>();
  while (!seen.has(target)) {
    seen.add(target);
    const inner = vertexes.get(target)?.substitution?.capabilities.get(capability);
    if (!inner) break;
    target = inner.vertex;
    capability = inner.capability;
  }
  return target === edge.target ? edge : { ...edge, target, capability };
}
