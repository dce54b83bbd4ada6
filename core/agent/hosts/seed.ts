import { commonNamespace, fail, isDnsLabel, type JsonObject } from "../../base/mod.ts";
import {
  type AgentSpec,
  type ClusterSpec,
  createCluster,
  openOwnStore,
  openStore,
  type Store,
  type StoreOptions,
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
  const there = await openWhereOurs(storeOptions, agent, seed.name);
  const id = agent?.state === options.state ? agent.cluster : newId(ports);
  // Written before the state is made: one that was made and then cut short is known to be ours.
  if (agent?.cluster !== id) {
    const { address, isAddressGiven } = seed;
    const place = { address, ...(isAddressGiven && { isAddressGiven }) };
    await own.agent.write({ host, cluster: id, state: options.state, ...place });
  }
  const { name } = seed;
  const store = there ?? await createCluster(storeOptions, { name, mode: options.mode, id });
  await registerEmbedded(store, embedded);
  return { cluster: await store.cluster(), host };
}

/**
 * Returns where a host that is to seed a cluster notes that it does, before it writes anything else, until all is made. With the
 * note, what else says that the host is of a cluster was left by a seed that was cut short or refused.
 */
export function seedingNote({ config }: Pick<AgentOptions, "config">): string {
  return `${config}/seeding.json`;
}

/** Refuses to seed where a cluster is that this host has not begun to make: nothing may be written then. */
export async function checkSeed(
  { clock, random, stateFiles, stateLocks, files, locks }: Omit<AgentPorts, "peers">,
  options: AgentOptions,
  name: string,
): Promise<void> {
  const writer = { host: hostIdOf(options), boot: options.boot };
  const { config: configDirectory, own: directory, state: root } = options;
  const own = openOwnStore({ clock, random, files, locks, configDirectory, directory, writer });
  const storeOptions = { clock, random, files: stateFiles, locks: stateLocks, root, writer };
  await openWhereOurs(storeOptions, await own.agent.read(), name);
}

/** Returns the state that a seed which was cut short has made here; nothing where there is no cluster yet. */
async function openWhereOurs(
  options: StoreOptions,
  agent: AgentSpec | undefined,
  wanted: string,
): Promise<Store | undefined> {
  const { files, root } = options;
  const isThere = await files.stat(`${root}/cluster.yaml`).catch(() => undefined);
  if (isThere === undefined) return undefined;
  const store = await openStore(options);
  const { id, name } = await store.cluster();
  if (agent?.state === root && agent.cluster === id && name === wanted) return store;
  fail("AGENT_ALREADY_SEEDED", {
    what: `Cannot seed cluster "${wanted}" in "${root}"`,
    why: `Cluster "${name}" is there already`,
    fix: "To add this host to it: khutulun cluster token create on one of its hosts, then here: " +
      "khutulun join TOKEN. For a new cluster name another directory: --state DIR",
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
