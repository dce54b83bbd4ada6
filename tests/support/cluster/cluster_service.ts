/** What the simulated cluster runs: services of one template, and what stands in for the product around the agent. */
import type { Json, JsonObject, ServiceRef } from "../../../core/base/mod.ts";
import type { DeployRequest } from "../../../core/agent/mod.ts";
import type { ClusterParts, SimulatedClusterOptions } from "../../../core/sim/cluster/mod.ts";
import { modelPackages, models } from "../model_plugins.ts";
import { modelLanguage, uploadOf } from "../simulated_host.ts";

const type = (name: string) => `org.khutulun:1.0::${name}`;

/** What is asked of a service: a complete one says all of it. */
export interface ServiceInputs {
  readonly version: string;
  readonly count: number;
}

/** The service as it is asked for. One that is to go keeps what it was asked with: it may be wanted again before it has gone. */
export interface ServiceWish extends ServiceInputs {
  readonly isDeleted: boolean;
}

export function refOf(service: string): ServiceRef {
  return { namespace: "default", service };
}

/** Services whose name says so may never run twice. */
export function isExclusive(service: string): boolean {
  return service.startsWith("only");
}

/** The node of a service that a policy binds to one host. */
export const boundNode = "home";

/**
 * A web server with a port, as many as asked for, and with `boundTo` a process that may run on that host alone; the texts of
 * inputs are put in where `${…}` is.
 */
function template(service: string, boundTo?: string): string {
  const node = (name: string, types: readonly string[], parts: JsonObject): JsonObject => ({
    id: name,
    name,
    index: 0,
    count: 1,
    types: types.map(type),
    ...parts,
  });
  const graph: Json = {
    format: 1,
    policies: [
      {
        name: "many",
        types: [type("Redundancy")],
        properties: { min: "#count#", max: "#count#" },
        targets: ["web"],
      },
      { name: "apart", types: [type("Scattering")], properties: {}, targets: ["web"] },
      ...boundTo === undefined ? [] : [{
        name: "bound",
        types: [type("Placement")],
        properties: { hosts: [boundTo] },
        targets: [boundNode],
      }],
    ],
    outputs: {},
    vertexes: [
      node("http", ["Port"], {
        metadata: { "khutulun.follows": "instance" },
        properties: { from: 20_000, to: 20_020 },
      }),
      node("web", ["Process"], {
        properties: {
          command: ["web"],
          ...(isExclusive(service) && { exclusive: true }),
          environment: {
            SERVICE: service,
            VERSION: "${version}",
            PORT: { $get_attribute: ["SELF", "port", "TARGET", "port"] },
          },
        },
        edges: [{
          name: "port",
          index: 0,
          target: "http",
          capability: "feature",
          types: [type("Reserves"), type("Dependency")],
        }],
      }),
      ...boundTo === undefined ? [] : [
        node(boundNode, ["Process"], {
          properties: {
            command: ["web"],
            environment: { SERVICE: service, VERSION: "${version}" },
          },
        }),
      ],
    ],
  };
  return JSON.stringify(graph).replaceAll('"#count#"', "${count}");
}

/** Asks for a service as a whole; with `boundTo` a node of it may run on that host alone. */
export function wholeRequest(
  service: string,
  inputs: ServiceInputs,
  { boundTo }: { readonly boundTo?: string } = {},
): DeployRequest {
  const upload = uploadOf({ "service.yaml": template(service, boundTo) });
  return { ref: refOf(service), template: { upload }, inputs: { ...inputs } };
}

/** Asks for the same again with some inputs changed. */
export function changeRequest(service: string, inputs: Partial<ServiceInputs>): DeployRequest {
  return { ref: refOf(service), inputs: { ...inputs } };
}

export const clusterParts: ClusterParts = {
  language: modelLanguage,
  models,
  commands: { web: () => ({}), tail: () => ({}) },
  program: () => (_argv, env) => ({ ...(env.PORT && { listens: [`tcp/${env.PORT}`] }) }),
};

export const embedded: SimulatedClusterOptions["embedded"] = {
  profiles: new Map(),
  plugins: modelPackages,
};
