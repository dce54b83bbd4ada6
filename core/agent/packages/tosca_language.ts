import { assert, type Json } from "../../base/mod.ts";
import type { GraphCall, Value, Vertex } from "../../clout/mod.ts";
import type { Instance } from "../../plan/mod.ts";
import type { ProfileSource } from "../../tosca/mod.ts";
import { edgeItemId, type EvaluationPlace } from "../items/items.ts";
import type { Language, ProfileFiles } from "./language.ts";
import type { PackageFiles } from "./upload.ts";
import { jsonToValue } from "../items/values.ts";
import { placeOf } from "../items/wiring.ts";

type Tosca = typeof import("../../tosca/mod.ts");

/** Returns TOSCA 2.0 as the language of services. The processor is loaded when it is first needed; files once read are kept. */
export function toscaLanguage(): Language {
  let loading: Promise<Tosca> | undefined;
  let tosca: Tosca | undefined;
  let cache: InstanceType<Tosca["UnitCache"]> | undefined;
  const load = async () => {
    tosca = await (loading ??= import("../../tosca/mod.ts"));
    cache ??= new tosca.UnitCache();
    return { tosca, cache };
  };
  return {
    async compile({ files, entry, inputs, profiles, substitutes = [] }) {
      const { tosca, cache } = await load();
      const source = { ...sourcesOf(tosca, files, profiles), entry, cache };
      const others = tosca.otherDefinitions(bytesOf(files)).map((each) => ({
        files: source.files,
        entry: each,
      }));
      const registered = substitutes.map((each) => ({
        files: tosca.memoryFiles(bytesOf(each.files), {
          prefix: each.prefix,
          artifactPrefix: each.prefix,
        }),
        entry: each.entry,
      }));
      return await tosca.compile({
        ...source,
        inputs,
        substitutes: [...others, ...registered],
      });
    },
    async validate({ files, entry, profiles }) {
      const { tosca, cache } = await load();
      return await tosca.validate({ ...sourcesOf(tosca, files, profiles), entry, cache });
    },
    async load() {
      await load();
    },
    evaluate(value, place) {
      assert(tosca, "the language is loaded before a value is evaluated");
      return tosca.evaluateValue(value, { read: (call) => read(call, place) });
    },
  };
}

function sourcesOf(tosca: Tosca, files: PackageFiles, profiles: readonly ProfileFiles[]) {
  return {
    files: tosca.memoryFiles(bytesOf(files)),
    profiles: profiles.flatMap((each): ProfileSource[] =>
      tosca.findProfiles(bytesOf(each.files), { prefix: `${each.package}/` })
    ),
  };
}

function bytesOf(files: PackageFiles): Map<string, Uint8Array> {
  return new Map([...files].map(([path, { bytes }]) => [path, bytes]));
}

/** Returns what a call names as it is at this moment; nothing where it is not known yet. */
function read(call: GraphCall, place: EvaluationPlace): Value | undefined {
  const { path, name } = call;
  const vertex = place.clout.vertexes.get(path.vertex);
  const instance = instanceOf(path.vertex, place);
  if (instance === undefined) return vertex?.substitution && readSubstituted(call, vertex);
  if (call.function === "get_artifact") return place.artifactPath(instance, name);
  if (path.edge) {
    const { name: requirement, index } = path.edge;
    const link = `${instance.id}.${requirement}.${index}`;
    const edge = vertex?.edges.find((each) => each.name === requirement && each.index === index);
    return observed(place, edgeItemId(link, "source"), name) ??
      observed(place, edgeItemId(link, "target"), name) ??
      edge?.attributes.get(name) ?? edge?.properties.get(name);
  }
  const capability = path.capability === undefined
    ? undefined
    : vertex?.capabilities.get(path.capability);
  if (path.capability !== undefined) {
    return capability?.attributes.get(name) ?? capability?.properties.get(name);
  }
  const isProperty = call.function === "get_property";
  return (isProperty ? undefined : observed(place, instance.id, name)) ??
    (isProperty ? undefined : vertex?.attributes.get(name)) ?? vertex?.properties.get(name);
}

/** A substituted node has no instances: its attributes are what the nodes that stand in for it give out. */
function readSubstituted({ path, name, function: what }: GraphCall, vertex: Vertex) {
  if (what === "get_artifact") return undefined;
  const { edge: wanted } = path;
  const holder = wanted
    ? vertex.edges.find((each) => each.name === wanted.name && each.index === wanted.index)
    : path.capability === undefined
    ? vertex
    : vertex.capabilities.get(path.capability);
  const attribute = what === "get_property" ? undefined : holder?.attributes.get(name);
  return attribute ?? holder?.properties.get(name);
}

function observed(place: EvaluationPlace, item: string, name: string): Value | undefined {
  const json: Json | undefined = place.attributes.get(item)?.[name];
  return json === undefined || json === null ? undefined : jsonToValue(json);
}

/**
 * Returns which instance of a vertex is meant: the one that the value stands in, else the one that it is related to, over as
 * few relationships as can be, else the first.
 */
function instanceOf(vertex: string, place: EvaluationPlace): Instance | undefined {
  const { instance: start, wiring, instances } = place;
  const seen = new Set<string>();
  let ring = start ? [start] : [];
  while (ring.length > 0) {
    const found = ring.find((each) => each.vertex === vertex);
    if (found) return found;
    for (const each of ring) seen.add(placeOf(each));
    ring = ring.flatMap((each) => [
      ...(wiring.outgoing.get(placeOf(each)) ?? []).map((link) => link.target),
      ...(wiring.incoming.get(placeOf(each)) ?? []).map((link) => link.source),
    ]).filter((each) => !seen.has(placeOf(each)));
  }
  return instances.find((each) => each.vertex === vertex && each.want !== "absent");
}
