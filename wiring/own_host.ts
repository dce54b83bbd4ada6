import { resolve } from "node:path";
import {
  type AgentOptions,
  checkSeed,
  chooseOwnAddress,
  type Embedded,
  HostTrust,
  seedCluster,
  seedingNote,
  type SeedOptions,
  takeUp,
  type TrustOwner,
} from "../core/agent/mod.ts";
import { ProblemError } from "../core/base/mod.ts";
import type { SeedOptions as Asked } from "../core/cli/mod.ts";
import { defaultAddress, type HostWorld, localAddresses } from "../core/platform/world/mod.ts";
import { openOwnStore } from "../core/store/mod.ts";

/**
 * Makes a cluster of one where the host belongs to none, and returns the options with the state that is the host's. A seed
 * that was cut short is known by its note, and made to its end: without one, a state that is empty is a mount that is away.
 */
export async function seedWhereNew(
  asked: Asked,
  { ports }: HostWorld,
  options: AgentOptions,
  embedded: Embedded,
  signal: AbortSignal,
): Promise<AgentOptions> {
  const { files, logger } = ports;
  const note = seedingNote(options);
  const known = await ownStoreOf(ports, options).agent.read();
  const state = resolve(asked.state ?? known?.state ?? options.state);
  const cutShort = await files.stat(note);
  if (known && !cutShort) return await atOwnAddress(ports, { ...options, state }, signal);
  if (!cutShort && await takeUpWhereKnown(asked, ports, { ...options, state })) {
    return await atOwnAddress(ports, { ...options, state }, signal);
  }
  const seed: SeedOptions = cutShort ? JSON.parse(await files.readText(note)) : {
    name: asked.name ?? options.hostName,
    address: asked.address ?? await defaultAddress(files),
    isAddressGiven: asked.address !== undefined,
  };
  await checkSeed(ports, { ...options, state }, seed.name);
  await files.makeDirectory(options.config, { parents: true });
  if (!cutShort) await files.writeNew(note, JSON.stringify(seed));
  const { cluster, host } = await seedCluster(ports, { ...options, state }, seed, embedded);
  await HostTrust.seed(ports, {
    own: options.own,
    cluster: cluster.id,
    host,
    address: seed.address,
  });
  await files.remove(note);
  logger.log("info", `Made cluster "${cluster.name}"`, { host, mode: options.mode, state });
  return listeningAt(seed.address, { ...options, state });
}

/** Makes this host the one that its keys are of, where it has some; says whether it has. */
async function takeUpWhereKnown(
  { address }: Asked,
  ports: HostWorld["ports"],
  options: AgentOptions,
): Promise<boolean> {
  const taken = await takeUp(ports, options, {
    address: address ?? await defaultAddress(ports.files),
    isAddressGiven: address !== undefined,
  });
  if (!taken) return false;
  const { host, cluster } = taken;
  ports.logger.log("warning", `This host is "${host}" of cluster "${cluster.name}" by its keys`, {
    wrote: `${options.config}/agent.yaml`,
  });
  return true;
}

/** How often it is looked whether an address is there that the agent waits for, and how often that is said. */
const addressEveryMs = 2_000;
const looksPerWord = 15;

/** Returns the options with the address that the host has now, having written it down where it is another one. */
async function atOwnAddress(
  ports: HostWorld["ports"],
  options: AgentOptions,
  signal: AbortSignal,
): Promise<AgentOptions> {
  const { agent } = ownStoreOf(ports, options);
  for (let looks = 0;; looks++) {
    const known = (await agent.read())!;
    const choice = chooseOwnAddress({
      known: known.address,
      isGiven: known.isAddressGiven ?? false,
      local: localAddresses(),
      usual: await defaultAddress(ports.files),
    });
    if ("waits" in choice) {
      const { what, why, fix } = choice.waits;
      if (looks % looksPerWord === 0) ports.logger.log("error", what, { why, fix });
      await ports.clock.sleep(addressEveryMs, signal).catch(() => {});
      if (signal.aborted) throw new ProblemError(choice.waits);
      continue;
    }
    if (choice.moved === undefined) return listeningAt(choice.address, options);
    await agent.write({ ...known, address: choice.address });
    ports.logger.log("warning", choice.moved.what, { why: choice.moved.why });
    const machineProblems = [...options.machineProblems ?? [], choice.moved];
    return listeningAt(choice.address, { ...options, machineProblems });
  }
}

function ownStoreOf(ports: HostWorld["ports"], options: AgentOptions) {
  return openOwnStore({
    ...ports,
    configDirectory: options.config,
    directory: options.own,
    writer: { host: options.hostName, boot: options.boot },
  });
}

/** Returns whose keys are in the host's own directory. */
export async function ownerOf({ ports }: HostWorld, options: AgentOptions): Promise<TrustOwner> {
  const known = await ownStoreOf(ports, options).agent.read();
  const { cluster = "", host = options.hostName, address = "" } = known ?? {};
  return { own: options.own, cluster, host, address };
}

function listeningAt(host: string, options: AgentOptions): AgentOptions {
  const { gossip, api } = options.listen;
  return { ...options, listen: { gossip: { ...gossip, host }, api: { ...api, host } } };
}
