import type { Json } from "../base/mod.ts";
import type { GraphCall, Value } from "../clout/mod.ts";
import type { Instance } from "../plan/mod.ts";
import {
  compile,
  evaluateValue,
  findProfiles,
  memoryFiles,
  type ProfileSource,
  UnitCache,
  validate,
} from "../tosca/mod.ts";
import { edgeItemId, type EvaluationPlace } from "./items.ts";
import type { Language, ProfileFiles } from "./language.ts";
import type { PackageFiles } from "./upload.ts";
import { jsonToValue } from "./values.ts";

/** Returns TOSCA 2.0 as the language of services. Profiles that were read once are kept. */
export function toscaLanguage(): Language {
  const cache = new UnitCache();
  return {
    compile: ({ files, entry, inputs, profiles }) =>
      compile({ files: sourceOf(files), entry, inputs, profiles: profilesOf(profiles), cache }),
    validate: ({ files, entry, profiles }) =>
      validate({ files: sourceOf(files), entry, profiles: profilesOf(profiles), cache }),
    evaluate: (value, place) => evaluateValue(value, { read: (call) => read(call, place) }),
  };
}

function sourceOf(files: PackageFiles) {
  return memoryFiles(bytesOf(files));
}

function profilesOf(profiles: readonly ProfileFiles[]): ProfileSource[] {
  return profiles.flatMap((each) =>
    findProfiles(bytesOf(each.files), { prefix: `${each.package}/` })
  );
}

function bytesOf(files: PackageFiles): Map<string, Uint8Array> {
  return new Map([...files].map(([path, { bytes }]) => [path, bytes]));
}

/** Returns what a call names as it is at this moment; nothing where it is not known yet. */
function read(call: GraphCall, place: EvaluationPlace): Value | undefined {
  const { path, name } = call;
  const instance = instanceOf(path.vertex, place);
  if (instance === undefined) return undefined;
  if (call.function === "get_artifact") {
    // Only an instance's own artifacts are put beside it.
    return instance === place.instance ? place.artifactPath(name) : undefined;
  }
  const vertex = place.clout.vertexes.get(path.vertex);
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
    for (const each of ring) seen.add(each.id);
    ring = ring.flatMap((each) => [
      ...(wiring.outgoing.get(each.id) ?? []).map((link) => link.target),
      ...(wiring.incoming.get(each.id) ?? []).map((link) => link.source),
    ]).filter((each) => !seen.has(each.id));
  }
  return instances.find((each) => each.vertex === vertex && each.want !== "absent");
}
