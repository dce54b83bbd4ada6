import { formatServiceRef, type JsonObject } from "../../base/mod.ts";
import type { ConnectionView, HostView, InstanceView, NamespaceView } from "../../api/mod.ts";
import { type AgentFlags, type NamespaceFlags, type OutputFlags, parseRef } from "../flags.ts";
import { type Listing, printRows } from "../render/output.ts";
import { ago } from "../render/times.ts";
import type { Surroundings } from "../surroundings.ts";
import { withAgent } from "../with_agent.ts";

type Flags = AgentFlags & OutputFlags;

export async function listInstances(
  it: Surroundings,
  flags: Flags & NamespaceFlags,
  service?: string,
): Promise<void> {
  const query = scopeOf(flags, service);
  const rows = await withAgent(it, flags, (client) => client.call("instances", { query }));
  await printRows(it, flags.output, rows, instanceListing(it));
}

export async function listConnections(
  it: Surroundings,
  flags: Flags & NamespaceFlags,
  service?: string,
): Promise<void> {
  const query = scopeOf(flags, service);
  const rows = await withAgent(it, flags, (client) => client.call("connections", { query }));
  await printRows(it, flags.output, rows, connectionListing);
}

export async function listHosts(it: Surroundings, flags: Flags): Promise<void> {
  const rows = await withAgent(it, flags, (client) => client.call("hosts", {}));
  await printRows(it, flags.output, rows, hostListing);
}

export async function listNamespaces(it: Surroundings, flags: Flags): Promise<void> {
  const rows = await withAgent(it, flags, (client) => client.call("namespaces", {}));
  await printRows(it, flags.output, rows, namespaceListing);
}

/** Instances, as `instance list` and `service show` show them. */
export function instanceListing(it: Surroundings): Listing<InstanceView> {
  return {
    plural: "instances",
    name: (row) => row.id,
    columns: [
      { title: "SERVICE", of: (row) => formatServiceRef(row.ref) },
      { title: "INSTANCE", of: (row) => row.id },
      { title: "TYPE", of: (row) => shortType(row.type) },
      { title: "HOST", of: (row) => row.host },
      { title: "PHASE", of: (row) => row.phase },
      { title: "FOR", of: (row) => ago(row.since, it.nowMs()) },
      { title: "CLAIMS", of: (row) => row.claims.join(", ") },
      { title: "WANT", wide: true, of: (row) => row.want },
      { title: "PLUGIN", wide: true, of: (row) => row.plugin },
      { title: "ATTRIBUTES", wide: true, of: (row) => formatFacts(row.attributes) },
      { title: "WHY", sparse: true, of: (row) => row.why ?? "" },
    ],
  };
}

/** Connections, as `connection list` and `service show` show them. */
export const connectionListing: Listing<ConnectionView> = {
  plural: "connections",
  name: (row) => row.id,
  columns: [
    { title: "SERVICE", of: (row) => formatServiceRef(row.ref) },
    { title: "FROM", of: (row) => row.source },
    { title: "TO", of: (row) => row.target },
    { title: "TYPE", of: (row) => shortType(row.type) },
    { title: "PHASE", of: (row) => row.phase },
    { title: "ATTRIBUTES", of: (row) => formatFacts(row.attributes) },
    { title: "CONNECTION", wide: true, of: (row) => row.id },
  ],
};

/** Hosts, as `host list` and `cluster status` show them. */
export const hostListing: Listing<HostView> = {
  plural: "hosts",
  name: (row) => row.name,
  columns: [
    { title: "HOST", of: (row) => row.name },
    { title: "ADDRESS", of: (row) => row.address },
    { title: "LIVENESS", of: (row) => row.liveness },
    { title: "WANTED", sparse: true, of: wishOf },
    { title: "LABELS", sparse: true, of: (row) => formatFacts(row.labels) },
    { title: "MODE", of: (row) => row.mode },
    { title: "SUPERVISION", of: (row) => row.systemd === "none" ? "agent" : "systemd" },
    { title: "INSTANCES", of: (row) => String(row.instances) },
    { title: "CLAIMS", of: (row) => row.claims.map((each) => each.claim).join(", ") },
    { title: "VERSION", wide: true, of: (row) => row.version },
    { title: "ID", wide: true, of: (row) => row.id },
    { title: "FACTS", wide: true, of: (row) => formatFacts(row.facts) },
  ],
};

/** Returns what an administrator wants of a host, in a word; nothing where it takes instances. */
function wishOf({ cordoned, drained, lost }: HostView): string {
  return lost ? "lost" : drained ? "drained" : cordoned ? "cordoned" : "";
}

const namespaceListing: Listing<NamespaceView> = {
  plural: "namespaces",
  name: (row) => row.name,
  columns: [
    { title: "NAMESPACE", of: (row) => row.name },
    { title: "SERVICES", of: (row) => String(row.services) },
    { title: "TEMPLATES", of: (row) => String(row.templates) },
    { title: "PROFILES", of: (row) => String(row.profiles) },
    { title: "PLUGINS", of: (row) => String(row.plugins) },
  ],
};

/** Returns facts as `pid=42 host=alpha`. */
export function formatFacts(facts: JsonObject): string {
  return Object.entries(facts).map(([name, value]) =>
    `${name}=${typeof value === "string" ? value : JSON.stringify(value)}`
  ).join(" ");
}

/** Returns a type without its profile. */
export function shortType(type: string): string {
  return type.split("::").at(-1)!;
}

/** Returns what a listing is narrowed to. */
export function scopeOf(
  flags: NamespaceFlags,
  service: string | undefined,
): { namespace?: string; service?: string } {
  return service === undefined
    ? { namespace: flags.namespace }
    : parseRef(service, flags.namespace);
}
