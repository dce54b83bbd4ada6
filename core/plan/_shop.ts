/** Small graphs, hosts and plugins for the tests of this room. */
import type { Json, JsonObject } from "../base/mod.ts";
import { type Clout, jsonToClout, type Vertex } from "../clout/mod.ts";
import type { Instance } from "./instance.ts";
import type { HostInventory } from "./inventory.ts";
import { planService, type ServicePlanInput } from "./plan_service.ts";
import type { ServicePlan } from "./service_plan.ts";
import type { PlacementNeeds } from "./units.ts";

const profile = "org.khutulun:1.0";
export const ref = { namespace: "default", service: "shop" };

/** Returns a type with its ancestors: `typed("Process")`. */
export function typed(...names: string[]): string[] {
  return names.map((name) => `${profile}::${name}`);
}

export interface NodeOptions {
  readonly type?: string;
  readonly properties?: JsonObject;
  /** Requirement names with the vertexes that they lead to. */
  readonly to?: Readonly<Record<string, string | readonly string[]>>;
  readonly metadata?: JsonObject;
  readonly count?: number;
}

export interface PolicyOptions {
  readonly type: string;
  readonly targets: readonly string[];
  readonly properties?: JsonObject;
  /** Where it stands in `shop.yaml`. */
  readonly line?: number;
}

const follows: Readonly<Record<string, string>> = { Port: "instance", Directory: "host" };
const relationships: Readonly<Record<string, string>> = {
  port: "Reserves",
  directory: "Uses",
  connection: "Connection",
};

/** Returns a graph of nodes by template name. A `count` gives vertexes `web[0]`, `web[1]`. */
export function graph(
  nodes: Readonly<Record<string, NodeOptions>>,
  policies: Readonly<Record<string, PolicyOptions>> = {},
): Clout {
  return jsonToClout({
    format: 1,
    policies: Object.entries(policies).map(([name, { type, line, ...policy }]) => ({
      name,
      types: type.includes("::") ? [type] : typed(type),
      ...policy,
      ...(line !== undefined && { source: { file: "shop.yaml", line, column: 5 } }),
    })),
    vertexes: Object.entries(nodes).flatMap(([name, node]) =>
      Array.from({ length: node.count ?? 1 }, (_, index) => vertexJson(name, index, node))
    ),
  });
}

function vertexJson(name: string, index: number, node: NodeOptions): Json {
  const type = node.type ?? "Process";
  const count = node.count ?? 1;
  return {
    id: count === 1 ? name : `${name}[${index}]`,
    name,
    index,
    count,
    types: typed(type),
    metadata: node.metadata ??
      (follows[type] ? { "khutulun.follows": follows[type] } : {}) as JsonObject,
    properties: node.properties ?? {},
    attributes: node.properties ?? {}, // mirrored, as the compiler does
    edges: Object.entries(node.to ?? {}).flatMap(([requirement, targets]) =>
      [targets].flat().map((target, at) => ({
        name: requirement,
        index: at,
        types: typed(relationships[requirement] ?? "Dependency", "Dependency"),
        target: target.replace("*", String(index)),
        capability: "feature",
      }))
    ),
  };
}

/** Returns a host that is alive and has nothing on it. */
export function host(id: string, parts: Partial<HostInventory> = {}): HostInventory {
  return { id, labels: {}, liveness: "alive", claims: [], listeners: [], ...parts };
}

/** Claims of ports, as plugin `tcp` wants them: the property `port`, or one of a range. */
function portNeeds(clout: Clout): Map<string, PlacementNeeds> {
  const needs = new Map<string, PlacementNeeds>();
  for (const vertex of clout.vertexes.values()) {
    if (!vertex.types.includes(`${profile}::Port`)) continue;
    const fixed = vertex.properties.get("port");
    const [low, high] = [vertex.properties.get("from"), vertex.properties.get("to")];
    needs.set(vertex.id, {
      commands: [],
      claims: [{
        name: "port",
        kind: "tcp",
        want: fixed === undefined
          ? { range: [Number(low ?? 20_000), Number(high ?? 29_999)] }
          : { key: String(fixed) },
      }],
    });
  }
  return needs;
}

export function realise(vertex: Vertex): { plugin: string; digest: string } | undefined {
  const type = vertex.types[0].split("::").at(-1)!;
  if (type === "Unknown") return undefined;
  return { plugin: type.toLowerCase(), digest: `sha256:${type}` };
}

/** Plans a graph on hosts, from what an earlier plan left. */
export function plan(
  clout: Clout | undefined,
  hosts: readonly HostInventory[],
  parts: Partial<ServicePlanInput> = {},
): ServicePlan {
  return planService({
    ref,
    baseGeneration: parts.before ? 1 : 0,
    ...(clout && { clout, needs: portNeeds(clout) }),
    hosts,
    realise,
    ...parts,
  });
}

/** The hosts with the claims that instances hold, as if they had been taken. */
export function withClaims(
  hosts: readonly HostInventory[],
  instances: readonly Instance[],
): HostInventory[] {
  return hosts.map((each) => ({
    ...each,
    claims: [
      ...each.claims,
      ...instances.filter((instance) => instance.host === each.id).flatMap((instance) =>
        instance.claims.map(({ kind, key }) => ({ kind, key, ...ref, instance: instance.id }))
      ),
    ],
  }));
}

/** A plan in short: each change, its instance and host, and what it claims. */
export function inShort(service: ServicePlan): string[] {
  return service.changes.map(({ change, id, host }) => {
    const instance = service.instances.find((each) =>
      each.id === id && each.host === host && (change === "remove") === (each.want === "absent")
    );
    const claims = (instance?.claims ?? []).map(({ kind, key }) => ` ${kind}/${key}`).join("");
    return `${change} ${id} @${host}${claims}`;
  });
}
