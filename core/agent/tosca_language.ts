import { assert } from "../base/mod.ts";
import type { Edge, GraphCall, Value, Vertex } from "../clout/mod.ts";
import type { Instance } from "../plan/mod.ts";
import type { ProfileSource } from "../tosca/mod.ts";
import type { EvaluationPlace } from "./items.ts";
import type { Language, ProfileFiles } from "./language.ts";
import type { PackageFiles } from "./upload.ts";
import { jsonToValue } from "./values.ts";
import type { Link } from "./wiring.ts";

type Tosca = typeof import("../tosca/mod.ts");

/** Returns TOSCA as the agent uses it. The processor is loaded when it is first needed. */
export function toscaLanguage(): Language {
  let tosca: Tosca | undefined;
  const load = async (): Promise<Tosca> => tosca ??= await import("../tosca/mod.ts");
  return {
    async compile({ files, entry, inputs, profiles }) {
      const it = await load();
      return await it.compile({
        files: it.memoryFiles(contentsOf(files)),
        entry,
        inputs,
        profiles: sourcesOf(it, profiles),
      });
    },
    async validate({ files, entry, profiles }) {
      const it = await load();
      return await it.validate({
        files: it.memoryFiles(contentsOf(files)),
        entry,
        profiles: sourcesOf(it, profiles),
      });
    },
    async load() {
      await load();
    },
    evaluate(value, place) {
      assert(tosca !== undefined, "the language is loaded before anything is evaluated");
      return tosca.evaluateValue(value, { read: (call) => read(call, place) });
    },
  };
}

function contentsOf(files: PackageFiles): Map<string, Uint8Array> {
  return new Map([...files].map(([path, { bytes }]) => [path, bytes]));
}

function sourcesOf(tosca: Tosca, profiles: readonly ProfileFiles[]): ProfileSource[] {
  return profiles.flatMap(({ package: name, files }) =>
    tosca.findProfiles(contentsOf(files), { prefix: `${name}/` })
  );
}

/**
 * Reads what a call names, as it is seen from one instance.
 *
 * A path names a vertex; which of its instances is meant follows from who asks: itself, one that it is related to, one on
 * the same host, else the first.
 */
function read(call: GraphCall, place: EvaluationPlace): Value | undefined {
  const vertex = place.clout.vertexes.get(call.path.vertex);
  const owner = vertex && ownerOf(vertex, place);
  if (vertex === undefined || owner === undefined) return undefined;
  if (call.function === "get_artifact") return place.artifactPath(owner, call.name);
  const { capability, edge } = call.path;
  if (edge !== undefined) {
    return readEdge(call, vertex, `${owner.id}.${edge.name}.${edge.index}`, place);
  }
  const holder = capability === undefined ? vertex : vertex.capabilities.get(capability);
  if (holder === undefined) return undefined;
  if (call.function === "get_property") return holder.properties.get(call.name);
  const observed = capability === undefined
    ? place.attributes.get(owner.id)?.[call.name]
    : undefined;
  return known(observed) ?? holder.attributes.get(call.name) ?? holder.properties.get(call.name);
}

function readEdge(
  call: GraphCall,
  vertex: Vertex,
  link: string,
  place: EvaluationPlace,
): Value | undefined {
  const { name, index } = call.path.edge!;
  const edge: Edge | undefined = vertex.edges.find((each) =>
    each.name === name && each.index === index
  );
  if (edge === undefined) return undefined;
  if (call.function === "get_property") return edge.properties.get(call.name);
  const observed = place.attributes.get(link)?.[call.name];
  return known(observed) ?? edge.attributes.get(call.name) ?? edge.properties.get(call.name);
}

function known(json: Parameters<typeof jsonToValue>[0] | undefined): Value | undefined {
  return json === undefined || json === null ? undefined : jsonToValue(json);
}

function ownerOf(vertex: Vertex, place: EvaluationPlace): Instance | undefined {
  const { instance: self, wiring, instances } = place;
  if (self === undefined) return firstOf(instances, vertex);
  if (self.vertex === vertex.id) return self;
  const outgoing = wiring.outgoing.get(self.id) ?? [];
  const direct = outgoing.find(({ target }) => target.vertex === vertex.id)?.target ??
    (wiring.incoming.get(self.id) ?? []).find(({ source }) => source.vertex === vertex.id)?.source;
  if (direct !== undefined) return direct;
  const beyond = outgoing.flatMap(({ target }): readonly Link[] =>
    wiring.outgoing.get(target.id) ?? []
  );
  return beyond.find(({ target }) => target.vertex === vertex.id)?.target ??
    firstOf(instances.filter((each) => each.host === self.host), vertex) ??
    firstOf(instances, vertex);
}

function firstOf(instances: readonly Instance[], vertex: Vertex): Instance | undefined {
  const candidates = instances.filter((each) => each.vertex === vertex.id);
  return candidates.find((each) => each.want !== "absent") ?? candidates[0];
}
