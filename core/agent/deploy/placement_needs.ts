import type { Problem, ServiceRef } from "../../base/mod.ts";
import type { Clout } from "../../clout/mod.ts";
import { type Instance, instanceId, type PlacementNeeds } from "../../plan/mod.ts";
import type { AgentContext } from "../agent_context.ts";
import { buildItems } from "../items/items.ts";
import type { Realisers } from "../items/realisers.ts";
import type { ArtifactIndex } from "../items/scenes.ts";

/**
 * Asks plugins what each node claims and which commands it needs, wherever it will be: before there are instances, with
 * one stand-in for each vertex on this host.
 */
export async function askNeeds(
  context: AgentContext,
  ref: ServiceRef,
  clout: Clout,
  realisers: Realisers,
  artifacts: ArtifactIndex,
): Promise<{
  readonly needs: ReadonlyMap<string, PlacementNeeds>;
  readonly problems: readonly Problem[];
}> {
  const { scenes, planner, host } = context;
  const standIns = standInsOf(clout, realisers, host);
  const scene = await scenes.make({
    ref,
    clout,
    instances: standIns,
    attributes: new Map(),
    owned: new Map(),
    realisers,
    artifacts,
  });
  const items = buildItems(scene, planner.host).filter(({ item }) => item.kind === "instance");
  const { responses, problems } = await planner.ask("place", realisers, items);
  const needs = new Map<string, PlacementNeeds>();
  for (const { id, vertex } of standIns) {
    const response = responses.get(id);
    if (response === undefined) continue;
    needs.set(vertex, { claims: response.claims ?? [], commands: response.needsCommands ?? [] });
  }
  return { needs, problems: [...new Set(problems.values())] };
}

function standInsOf(clout: Clout, realisers: Realisers, host: string): Instance[] {
  return [...clout.vertexes.values()].flatMap((vertex) => {
    const plugin = realisers.forNode(vertex.types);
    if (plugin === undefined || vertex.substitution) return [];
    return [{
      id: instanceId(vertex.name, vertex.index),
      vertex: vertex.id,
      index: vertex.index,
      host,
      epoch: 1,
      want: "running",
      revision: 1,
      plugin: plugin.manifest.name,
      pluginDigest: plugin.digest,
      claims: [],
    }];
  });
}
