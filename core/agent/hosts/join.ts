import { fail, formatDurationMs } from "../../base/mod.ts";
import { type ClusterSpec, openOwnStore, openStore, type Store } from "../../store/mod.ts";
import type { AgentOptions, AgentPorts } from "../agent_ports.ts";
import { checkMode } from "./check_mode.ts";
import { forget } from "./forget.ts";
import { hostIdOf, type Seeded, seedingNote } from "./seed.ts";

/** How a host is added to a cluster whose state it sees. */
export interface JoinOptions {
  readonly address: string;
  /** A person has chosen the address. */
  readonly isAddressGiven?: boolean;
  /** The cluster that is to be joined, where that is known beforehand: its state has to be that one. */
  readonly cluster?: string;
}

/** A host that may join. */
export interface JoinCheck extends Seeded {
  /** The host has begun to seed a cluster, which nothing was done with. */
  readonly isHalfSeeded: boolean;
  readonly commit: () => Promise<void>;
}

/** A host's heartbeat changes within so long where its agent runs: two beats and the time of a write. */
const beatWithinMs = 5_000;
const lookEveryMs = 500;

/** The ports that a join needs. */
export type JoinPorts = Pick<
  AgentPorts,
  "clock" | "random" | "files" | "locks" | "stateFiles" | "stateLocks"
>;

/**
 * Makes this host one of the cluster whose state is mounted here: checks that it may be, and writes `agent.yaml`.
 *
 * Certificates and keys are not its business. Nothing is changed where it fails; joining again is harmless.
 */
export async function joinCluster(
  ports: JoinPorts,
  options: AgentOptions,
  join: JoinOptions,
): Promise<Seeded> {
  const { commit, cluster, host } = await checkJoin(ports, options, join);
  await commit();
  return { cluster, host };
}

/**
 * Checks that this host may join, and returns how to write that it has. What a seed that was cut short or refused has left of
 * the host's own counts for nothing; that nothing of it is left when the host has joined is done by `commit`.
 */
export async function checkJoin(
  ports: JoinPorts,
  options: AgentOptions,
  join: JoinOptions,
): Promise<JoinCheck> {
  const host = hostIdOf(options);
  const writer = { host, boot: options.boot };
  const { clock, random, files, locks, stateFiles, stateLocks } = ports;
  const own = openOwnStore({
    ...{ clock, random, files, locks, writer },
    configDirectory: options.config,
    directory: options.own,
  });
  const note = seedingNote(options);
  const isHalfSeeded = await files.stat(note) !== undefined;
  const before = isHalfSeeded ? undefined : await own.agent.read();
  const store = await openStore(
    { clock, random, files: stateFiles, locks: stateLocks, root: options.state, writer },
  );
  const cluster = await store.cluster();
  if (join.cluster !== undefined && cluster.id !== join.cluster) {
    refuseOther(options, cluster, join.cluster);
  }
  checkMode(cluster, options);
  if (before !== undefined && before.cluster !== cluster.id) refuseTwice(options, cluster);
  if (before === undefined) {
    await checkUser(ports, options, cluster);
    await checkName(ports, store, host, cluster);
  }
  const { state } = options;
  const { address, isAddressGiven } = join;
  const place = { address, ...(isAddressGiven && { isAddressGiven }) };
  const commit = async () => {
    if (isHalfSeeded) {
      await own.agent.remove();
      await files.remove(note);
    }
    await own.agent.write({ host, cluster: cluster.id, state, ...place });
  };
  return { cluster, host, isHalfSeeded, commit };
}

function refuseOther(
  { hostName, state }: AgentOptions,
  { name, id }: ClusterSpec,
  wanted: string,
): never {
  fail("STATE_OTHER_CLUSTER", {
    what: `Cannot join: the state in "${state}" is of cluster "${name}"`,
    where: { host: hostName, subject: state },
    why: `Its id is ${id}; the cluster that was asked for is ${wanted}`,
    fix:
      "Mount that cluster's state there (--state names the directory), or use a token of this one",
  });
}

function refuseTwice(options: AgentOptions, cluster: ClusterSpec): never {
  fail("AGENT_ALREADY_JOINED", {
    what: `Cannot join cluster "${cluster.name}"`,
    where: { host: options.hostName },
    why: `"${options.config}/agent.yaml" says that this host belongs to another one`,
    fix:
      "Let it leave that one first: khutulun leave; where that cluster is gone for good, and its agent cannot start: " +
      forget(options),
  });
}

/** What one host writes, the others have to be able to read, replace and remove. */
async function checkUser(
  { stateFiles, random }: Pick<AgentPorts, "stateFiles" | "random">,
  { state, hostName }: AgentOptions,
  cluster: ClusterSpec,
): Promise<void> {
  const name = Array.from(random.bytes(6), (byte) => byte.toString(16).padStart(2, "0")).join("");
  const path = `${state}/.join.${name}.tmp`;
  await stateFiles.writeNew(path, "");
  const [ours, theirs] = [await stateFiles.stat(path), await stateFiles.stat(clusterFile(state))];
  await stateFiles.remove(path);
  if (ours === undefined || theirs === undefined || ours.uid === theirs.uid) return;
  fail("AGENT_OTHER_USER", {
    what: `Cannot join cluster "${cluster.name}"`,
    where: { host: hostName, subject: state },
    why:
      `What this host writes there belongs to user ${ours.uid}, the cluster's files to user ${theirs.uid}`,
    fix:
      "Run the agent as the same user id on every host, and mount the share without squashing it",
  });
}

function clusterFile(state: string): string {
  return `${state}/cluster.yaml`;
}

/** A host's name is its own for as long as an agent of that name lives. */
async function checkName(
  { clock }: Pick<AgentPorts, "clock">,
  store: Store,
  host: string,
  cluster: ClusterSpec,
): Promise<void> {
  const known = await store.host(host).read();
  if (known === undefined) return;
  const first = await store.heartbeat(host);
  const endMs = clock.monotonicMs() + beatWithinMs;
  while (first !== undefined && clock.monotonicMs() < endMs) {
    await clock.sleep(lookEveryMs);
    if (await store.heartbeat(host) === first) continue;
    fail("AGENT_NAME_ALIVE", {
      what: `Cannot join cluster "${cluster.name}" as host "${host}"`,
      where: { host },
      why: `A host of that name is alive at ${known.address}: its heartbeat has changed within ${
        formatDurationMs(beatWithinMs)
      }`,
      fix: "Give this host a name of its own; a host's name is what hostname(1) says",
    });
  }
}
