import { compareStrings } from "../base/mod.ts";
import type { HostFunctionInputs, Manifest, SeenInstance } from "../plugin/mod.ts";

/** What is asked for: see `HostFunctionInputs.lookup`. */
export type LookupQuery = HostFunctionInputs["lookup"];

/** Who looks: the service whose items a plugin was asked about, and how far its manifest lets it see. */
export interface Viewer {
  readonly service: string;
  readonly sees: Manifest["sees"];
}

/** Whose instances a query is about. */
export interface LookupScope {
  readonly own: boolean;
  /** Another service by name; `*` for every other one of the namespace. */
  readonly others?: string;
}

/** Returns whose instances are asked for, or why the viewer may not see them: half a sentence. */
export function lookupScope(query: LookupQuery, { service, sees }: Viewer): LookupScope | string {
  const wanted = query.service ?? service;
  if (sees === undefined) return "look up instances of its own service";
  if (wanted === service) return { own: true };
  if (sees === "namespace") return { own: wanted === "*", others: wanted };
  return wanted === "*"
    ? "look up instances of every service of the namespace"
    : `look up instances of service "${wanted}"`;
}

/** Returns the instances that a query means, by service and then by id; those that are to go are left out. */
export function selectInstances(
  instances: readonly SeenInstance[],
  { node, type }: LookupQuery,
): SeenInstance[] {
  return instances.filter((each) =>
    each.want !== "absent" &&
    (node === undefined || each.node === node) &&
    (type === undefined || each.types.includes(type))
  ).sort((a, b) => compareStrings(a.service, b.service) || compareStrings(a.id, b.id));
}
