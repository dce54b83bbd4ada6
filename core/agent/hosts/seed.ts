import { commonNamespace, fail, isDnsLabel, type JsonObject } from "../../base/mod.ts";
import {
  type ClusterSpec,
  createCluster,
  openOwnStore,
  openStore,
  type Store,
} from "../../store/mod.ts";
import type { AgentOptions, AgentPorts, Embedded, SeedOptions } from "../agent_ports.ts";
import { manifestOf } from "../packages/plugin_catalog.ts";
import type { PackageFiles } from "../packages/upload.ts";

/** What a seed has made. */
export interface Seeded {
  readonly cluster: ClusterSpec;
  readonly host: string;
}

/**
 * Makes a cluster of one: the state, this host's own `agent.yaml`, and the built-in profiles and plugins in `common`.
 *
 * A seed that was cut short is completed by the next one of the same name: the state is this host's own then.
 */
export async function seedCluster(
  ports: Omit<AgentPorts, "peers">,
  options: AgentOptions,
  seed: SeedOptions,
  embedded: Embedded,
): Promise<Seeded> {
  const host = hostIdOf(options);
  const writer = { host, boot: options.boot };
  const own = openOwnStore({
    clock: ports.clock,
    random: ports.random,
    files: ports.files,
    locks: ports.locks,
    configDirectory: options.config,
    directory: options.own,
    writer,
  });
  const agent = await own.agent.read();
  const storeOptions = {
    clock: ports.clock,
    random: ports.random,
    files: ports.stateFiles,
    locks: ports.stateLocks,
    root: options.state,
    writer,
  };
  const id = agent?.state === options.state ? agent.cluster : newId(ports);
  // Written first: a state that was made and then cut short is known to be ours.
  if (agent?.cluster !== id) {
    const { address, isAddressGiven } = seed;
    const place = { address, ...(isAddressGiven && { isAddressGiven }) };
    await own.agent.write({ host, cluster: id, state: options.state, ...place });
  }
  const store = await openOrCreate(storeOptions, { name: seed.name, mode: options.mode, id });
  await registerEmbedded(store, embedded);
  return { cluster: await store.cluster(), host };
}

async function openOrCreate(
  options: Parameters<typeof createCluster>[0],
  cluster: { readonly name: string; readonly mode: ClusterSpec["mode"]; readonly id: string },
): Promise<Store> {
  const isThere = await options.files.stat(`${options.root}/cluster.yaml`).catch(() => undefined);
  if (isThere === undefined) return await createCluster(options, cluster);
  const store = await openStore(options);
  const { id, name } = await store.cluster();
  if (id === cluster.id && name === cluster.name) return store;
  fail("AGENT_ALREADY_SEEDED", {
    what: `Cannot seed cluster "${cluster.name}" in "${options.root}"`,
    why: `Cluster "${name}" is there already`,
    fix: "Start its agent, or name another state directory",
  });
}

/** Registers what is built in, where it is not there yet. Storing the same again changes nothing. */
export async function registerEmbedded(store: Store, embedded: Embedded): Promise<void> {
  for (const [name, files] of embedded.profiles) {
    const where = { namespace: commonNamespace, kind: "profile", name } as const;
    await store.packages.put(where, packageOf(files), { entry: "profile.yaml" });
  }
  for (const [name, files] of embedded.plugins) {
    const where = { namespace: commonNamespace, kind: "plugin", name } as const;
    const contents = packageOf(files);
    const { version, description } = manifestOf(contents, name);
    const facts: JsonObject = { version, ...(description !== undefined && { description }) };
    await store.packages.put(where, contents, facts);
  }
}

function packageOf(files: ReadonlyMap<string, Uint8Array>): PackageFiles {
  return new Map([...files].map(([path, bytes]) => [path, { bytes, executable: false }]));
}

/** The host's id is its name, as far as that can stand in file and unit names. */
export function hostIdOf(options: Pick<AgentOptions, "hostName">): string {
  const label = options.hostName.split(".")[0].toLowerCase().replaceAll(/[^a-z0-9-]/g, "-")
    .replaceAll(/^-+|-+$/g, "").slice(0, 63);
  return isDnsLabel(label) ? label : "host";
}

function newId(ports: Pick<AgentPorts, "random">): string {
  return Array.from(ports.random.bytes(16), (byte) => byte.toString(16).padStart(2, "0")).join("");
}
