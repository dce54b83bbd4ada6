/**
 * What the API can do, as data without dependencies: the client needs no more of it than this to make a request.
 * The schemas of each operation are in `server/contract.ts`.
 */

/** How an operation is spoken to: one answer, a stream of events, or bytes both ways. */
export type OperationKind = "answer" | "events" | "duplex";

/** Who may ask: a host that joins is nobody yet; agents ask some things of each other alone. */
export type Access = "anyone" | "administrators" | "hosts";

export interface OperationShape {
  readonly kind: OperationKind;
  readonly method: "GET" | "PUT" | "POST" | "DELETE";
  /** With parameters in braces. */
  readonly path: string;
  readonly summary: string;
  /** `administrators` where absent. */
  readonly access?: Access;
  /** Not written to the audit log though its method could change something. */
  readonly isReading?: true;
}

const service = "/v1/service/{namespace}/{name}";
const secret = "/v1/secret/{namespace}/{name}";

/** Every operation by name. */
export const operations = {
  status: get("/v1/status", "Tells of the agent and its cluster"),
  doctor: get("/v1/doctor", "Examines the host and the state directory"),
  why: get("/v1/why/{namespace}/{name}", "Explains why a service or an instance is as it is"),

  services: get("/v1/service", "Lists services"),
  service: get(service, "Shows one service"),
  deploy: {
    kind: "answer",
    method: "PUT",
    path: service,
    summary: "Deploys a service, or changes it",
  },
  delete: { kind: "answer", method: "DELETE", path: service, summary: "Deletes a service" },
  plan: {
    kind: "answer",
    method: "POST",
    path: `${service}/plan`,
    isReading: true,
    summary: "Plans a deploy without making it",
  },
  script: {
    kind: "answer",
    method: "POST",
    path: `${service}/script`,
    isReading: true,
    summary: "Writes a fresh deploy as a shell script",
  },
  history: get(`${service}/history`, "Lists what was asked for a service, oldest first"),
  rollback: {
    kind: "answer",
    method: "POST",
    path: `${service}/rollback`,
    summary: "Asks again what was asked in an earlier generation",
  },
  restart: {
    kind: "answer",
    method: "POST",
    path: `${service}/restart`,
    summary: "Starts instances of a service anew, one of a node at a time",
  },
  outputs: get(`${service}/outputs`, "Shows the outputs of a service"),
  follow: events(`${service}/progress`, "Follows a generation until it is settled"),
  logs: events(`${service}/logs`, "Shows the logs of a service's instances"),
  exec: {
    kind: "duplex",
    method: "GET",
    path: `${service}/exec`,
    summary: "Runs a command where an instance runs",
  },

  instances: get("/v1/instance", "Lists instances"),
  connections: get("/v1/connection", "Lists connections"),
  hosts: get("/v1/host", "Lists hosts"),
  host: get("/v1/host/{host}", "Shows one host and what is placed on it"),
  changeHost: {
    kind: "answer",
    method: "PUT",
    path: "/v1/host/{host}/wanted",
    summary: "Labels, cordons or drains a host",
  },
  loseHost: {
    kind: "answer",
    method: "POST",
    path: "/v1/host/{host}/lost",
    summary: "Gives up a host that will not come back, and lets its work move",
  },
  removeHost: {
    kind: "answer",
    method: "DELETE",
    path: "/v1/host/{host}",
    summary: "Removes a host on which nothing is placed",
  },
  cluster: get("/v1/cluster", "Tells how the cluster is"),
  namespaces: get("/v1/namespace", "Lists namespaces"),
  events: get("/v1/event", "Lists events"),
  watchEvents: events("/v1/event/watch", "Watches events"),

  packages: get("/v1/package/{kind}", "Lists templates, profiles or plugins"),
  package: get("/v1/package/{kind}/{namespace}/{name}", "Shows one package"),
  register: {
    kind: "answer",
    method: "POST",
    path: "/v1/package/{kind}/{namespace}",
    summary: "Registers a template, a profile or a plugin",
  },
  removePackage: {
    kind: "answer",
    method: "DELETE",
    path: "/v1/package/{kind}/{namespace}/{name}",
    summary: "Removes a package that nothing uses",
  },

  join: {
    kind: "answer",
    method: "POST",
    path: "/v1/join",
    summary: "Lets a host that shows a token join the cluster",
    access: "anyone",
  },
  leave: {
    kind: "answer",
    method: "POST",
    path: "/v1/leave",
    summary: "Takes this host out of the cluster",
  },
  tokens: get("/v1/token", "Lists join tokens"),
  createToken: {
    kind: "answer",
    method: "POST",
    path: "/v1/token",
    summary: "Makes a join token",
  },
  revokeToken: {
    kind: "answer",
    method: "DELETE",
    path: "/v1/token/{id}",
    summary: "Revokes a join token",
  },
  keys: get("/v1/key", "Lists the keys of the gossip, without themselves"),
  rotateKeys: {
    kind: "answer",
    method: "POST",
    path: "/v1/key/rotation",
    summary: "Replaces the key of the gossip on all hosts",
  },
  createContext: {
    kind: "answer",
    method: "POST",
    path: "/v1/context",
    summary: "Certifies the key of an administrator",
  },
  revokeContext: {
    kind: "answer",
    method: "DELETE",
    path: "/v1/context/{name}",
    summary: "Makes an administrator's certificates useless",
  },
  secrets: get("/v1/secret", "Lists secrets, without their values"),
  setSecret: {
    kind: "answer",
    method: "PUT",
    path: secret,
    summary: "Keeps a secret, sealed to the hosts that may have it",
  },
  revealSecret: {
    kind: "answer",
    method: "POST",
    path: `${secret}/value`,
    summary: "Reveals a secret",
  },
  removeSecret: { kind: "answer", method: "DELETE", path: secret, summary: "Removes a secret" },
  audit: get("/v1/audit", "Shows who did what"),

  hostPlan: {
    kind: "answer",
    method: "POST",
    path: "/v1/peer/plan",
    summary: "Plans what another host's agent asks for",
    access: "hosts",
    isReading: true,
  },
  ring: {
    kind: "answer",
    method: "GET",
    path: "/v1/peer/ring",
    summary: "Gives another host's agent the keys of the gossip",
    access: "hosts",
  },
  offerRing: {
    kind: "answer",
    method: "PUT",
    path: "/v1/peer/ring",
    summary: "Takes the keys of the gossip from another host's agent",
    access: "hosts",
    isReading: true,
  },
} as const satisfies Record<string, OperationShape>;

export type OperationName = keyof typeof operations;

/** Names of the operations of one kind. */
export type OperationsOfKind<Kind extends OperationKind> = {
  [Name in OperationName]: typeof operations[Name]["kind"] extends Kind ? Name : never;
}[OperationName];

/** Returns the address of an operation with its parameters and query filled in. */
export function addressOf(
  name: OperationName,
  path: Readonly<Record<string, string>> = {},
  query: Readonly<Record<string, unknown>> = {},
): string {
  const filled = operations[name].path.replaceAll(
    /\{(\w+)\}/g,
    (_, parameter: string) => encodeURIComponent(path[parameter] ?? ""),
  );
  const search = new URLSearchParams();
  for (const [key, value] of Object.entries(query)) {
    for (const each of Array.isArray(value) ? value : [value]) {
      if (each !== undefined) search.append(key, String(each));
    }
  }
  return search.size > 0 ? `${filled}?${search}` : filled;
}

function get<const Path extends string>(path: Path, summary: string) {
  return { kind: "answer", method: "GET", path, summary } as const;
}

function events<const Path extends string>(path: Path, summary: string) {
  return { kind: "events", method: "GET", path, summary } as const;
}
