/**
 * Khutulun: a service orchestrator for machine clusters that speaks TOSCA 2.0.
 *
 * With `wiring/`, the one place that joins `core/platform/` to the rest; it reads arguments and environment. What an agent
 * needs is loaded when one is run, so that a command starts at once.
 */
import { homedir } from "node:os";
import { resolve } from "node:path";
import { fileURLToPath } from "node:url";
import type {
  Agent,
  AgentOptions,
  Embedded,
  HostTrust,
  SeedOptions,
  TrustOwner,
} from "./core/agent/mod.ts";
import { type AgentPaths, agentPaths, type Connection } from "./core/api/mod.ts";
import { fail, ProblemError } from "./core/base/mod.ts";
import { lazyConnection } from "./wiring/lazy_connection.ts";
import {
  type JoinOptions,
  runCli,
  type SeedOptions as Asked,
  type Surroundings,
} from "./core/cli/mod.ts";
import { connectToSocket } from "./core/platform/http/mod.ts";
import type { Endpoint } from "./core/ports/mod.ts";
import type { HostWorld } from "./core/platform/world/mod.ts";
import {
  onInterrupt,
  StandardOutput,
  UserContexts,
  userFiles,
  userTerminal,
} from "./core/platform/terminal/mod.ts";

const version = "0.1.0";

/** Where hosts of a cluster reach each other. */
const gossipPort = 7946;
const apiPort = 7947;

const here = new URL("./", import.meta.url);

const surroundings: Surroundings = {
  version,
  env: (name) => Deno.env.get(name),
  stdout: new StandardOutput(Deno.stdout),
  stderr: new StandardOutput(Deno.stderr),
  stdin: () => Deno.stdin.readable,
  terminal: userTerminal(Deno.env.get("TERM")),
  files: userFiles,
  async download(url, limits) {
    const { download } = await import("./core/platform/mod.ts");
    return await download(url, limits);
  },
  nowMs: () => Date.now(),
  onInterrupt,
  connect(root) {
    const context = Deno.env.get("KHUTULUN_CONTEXT") || userContexts().currentSync();
    const isHere = rootOf(root) !== undefined || context === undefined || context === "none";
    if (!isHere) return contextConnection(context);
    return connectToSocket(socketOf(root), { startCommand: startCommand(root) });
  },
  connectContext: contextConnection,
  get contexts() {
    return userContexts();
  },
  async makeContextKey(name) {
    return await (await import("./wiring/contexts.ts")).makeContextKey(name);
  },
  async certificateOf(certificate) {
    return (await import("./wiring/contexts.ts")).readCertificate(certificate);
  },
  join: joinByToken,
  seed: runAgent,
  install,
  async demo({ keep }) {
    const { playDemo } = await import("./demo/play_demo.ts");
    const { checkoutProgram } = await import("./demo/session.ts");
    const { readBuildFacts } = await import("./core/platform/embedded/mod.ts");
    const { executable } = await readBuildFacts(here, Deno.env.toObject());
    const argv = executable ? [executable] : checkoutProgram.argv.with(-1, Deno.mainModule);
    return await playDemo({ program: { argv, folder: fileURLToPath(here) }, keep });
  },
  async build() {
    const { readBuildFacts } = await import("./core/platform/embedded/mod.ts");
    return await readBuildFacts(here, Deno.env.toObject());
  },
  async profiles() {
    const { readEmbedded } = await import("./core/platform/embedded/mod.ts");
    return (await readEmbedded(here)).profiles;
  },
};

/** A person's contexts are beside what other programs keep for that person, whoever runs the agent. */
function userContexts(): UserContexts {
  const config = Deno.env.get("XDG_CONFIG_HOME");
  return new UserContexts(`${config?.startsWith("/") ? config : `${homedir()}/.config`}/khutulun`);
}

/** Returns a way to the cluster of a context of this user's. */
function contextConnection(name: string): Connection {
  return lazyConnection(async () => {
    const text = userContexts().readSync(name);
    if (text === undefined) {
      return fail("TRUST_CONTEXT_UNKNOWN", {
        what: `There is no context "${name}"`,
        fix: "See them: khutulun context list",
      });
    }
    const { openContext } = await import("./wiring/contexts.ts");
    return openContext(
      name,
      text,
      Date.now(),
      (message) => surroundings.stderr.write(`${message}\n`),
    );
  });
}

/** Makes this host one of the cluster of a token; its agent is not run yet. */
async function joinByToken(
  { token, ...asked }: JoinOptions,
): Promise<{ readonly host: string; readonly cluster: string; readonly by: string }> {
  const mode = asked.mode ?? usualMode();
  const paths = pathsOf(asked.root, mode);
  const { lineLogger } = await import("./core/platform/mod.ts");
  const { defaultAddress, openWorld } = await import("./core/platform/world/mod.ts");
  const logger = lineLogger({ form: "text" });
  const world = await openWorld({ mode, runtime: paths.runtime, logger });
  try {
    const agent = await import("./core/agent/mod.ts");
    const { parseToken } = await import("./core/trust/mod.ts");
    const { joinDoor } = await import("./wiring/tls.ts");
    const options = optionsOf(world, mode, paths, rootOf(asked.root) !== undefined);
    const state = resolve(asked.state ?? parseToken(token, Date.now()).state);
    const address = asked.address ?? await defaultAddress(world.ports.files);
    const isAddressGiven = asked.address !== undefined;
    const joined = await agent.joinByToken(
      world.ports,
      { ...options, state },
      { token, address, isAddressGiven },
      joinDoor,
    );
    return { host: joined.host, cluster: joined.cluster.name, by: joined.by };
  } finally {
    await world.close();
  }
}

/** A user's command speaks to the user's own agent, and to the system's where there is no other. */
function socketOf(root: string | undefined): string {
  const own = pathsOf(root, usualMode()).socket;
  const ofSystem = pathsOf(undefined, "system").socket;
  const isOwn = rootOf(root) !== undefined || own === ofSystem || exists(own) ||
    !exists(ofSystem.slice(0, ofSystem.lastIndexOf("/")));
  return isOwn ? own : ofSystem;
}

function startCommand(root: string | undefined): string {
  const directory = rootOf(root);
  return `khutulun seed${directory === undefined ? "" : ` --root ${directory}`}`;
}

function pathsOf(root: string | undefined, mode: "system" | "user"): AgentPaths {
  return agentPaths({
    root: rootOf(root),
    mode,
    uid: Deno.uid() ?? 0,
    home: homedir(),
    env: (name) => Deno.env.get(name),
  });
}

function rootOf(root: string | undefined): string | undefined {
  const directory = root ?? (Deno.env.get("KHUTULUN_ROOT") || undefined);
  return directory === undefined ? undefined : resolve(directory);
}

function usualMode(): "system" | "user" {
  return Deno.uid() === 0 ? "system" : "user";
}

function exists(path: string): boolean {
  try {
    Deno.lstatSync(path);
    return true;
  } catch (error) {
    return error instanceof Deno.errors.PermissionDenied; // it is there, but not for us
  }
}

/**
 * Runs the agent until it is told to end (SIGTERM, SIGINT), seeding its cluster first where the host has none. What it has
 * started runs on.
 */
async function runAgent(options: Asked): Promise<number> {
  const stop = new AbortController();
  for (const signal of ["SIGINT", "SIGTERM"] as const) {
    Deno.addSignalListener(signal, () => stop.abort());
  }
  const mode = options.mode ?? usualMode();
  const paths = pathsOf(options.root, mode);
  const { lineLogger } = await import("./core/platform/mod.ts");
  const logger = lineLogger({ form: Deno.env.has("JOURNAL_STREAM") ? "journal" : "text" });
  const { openWorld } = await import("./core/platform/world/mod.ts");
  const world = await openWorld({ mode, runtime: paths.runtime, logger });
  try {
    const { createAgent, openTrust, toscaLanguage } = await import("./core/agent/mod.ts");
    const { readEmbedded } = await import("./core/platform/embedded/mod.ts");
    const embedded = await readEmbedded(here);
    const agentOptions = await seedWhereNew(
      options,
      world,
      optionsOf(world, mode, paths, rootOf(options.root) !== undefined),
      embedded,
      stop.signal,
    );
    const owner = await ownerOf(world, agentOptions);
    const trust = await openTrust(world.ports, owner);
    const { tlsPeers } = await import("./wiring/tls.ts");
    const ports = { ...world.ports, peers: tlsPeers(trust, owner.cluster) };
    const agent = await createAgent(ports, { ...agentOptions, trust }, toscaLanguage());
    try {
      await serve(agent, { world, trust, socket: paths.socket, at: agentOptions.listen.api }, stop);
    } finally {
      await agent.close();
    }
    return 0;
  } finally {
    await world.close();
  }
}

/** Installs, upgrades or removes the agent of this host, by steps on its files and its systemd manager. */
async function install(
  kind: "install" | "upgrade" | "uninstall",
  { mode = usualMode(), state, name, address }: Asked,
  say: (why: string) => void,
): Promise<void> {
  const { carryOut, installedPaths, planInstall } = await import("./core/agent/install/mod.ts");
  const { LocalFiles, LocalLocks, SystemProcesses, systemClock, systemRandom } = await import(
    "./core/platform/mod.ts"
  );
  const { openOwnStore } = await import("./core/store/mod.ts");
  const systemd = await import("./core/platform/systemd/mod.ts");
  const { readBuildFacts } = await import("./core/platform/embedded/mod.ts");
  const env = Deno.env.toObject();
  const facts = await systemd.readSystemdFacts(systemd.systemdPlaces(env));
  const { executable } = await readBuildFacts(here, env);
  const home = homedir();
  const paths = pathsOf(undefined, mode);
  const asked = state === undefined ? undefined : resolve(state);
  const known = await openOwnStore({
    clock: systemClock,
    random: systemRandom,
    files: new LocalFiles(),
    locks: new LocalLocks(),
    configDirectory: paths.config,
    directory: paths.own,
    writer: { host: Deno.hostname(), boot: "" },
  }).agent.read();
  const steps = planInstall(
    kind === "install" ? { kind, state: asked, name, address } : { kind },
    {
      mode,
      home,
      usualState: paths.state,
      knownState: known?.state,
      agentFile: `${paths.config}/agent.yaml`,
      isClusterIn: (state) => exists(`${state}/cluster.yaml`),
      executable,
      isInstalled: exists(installedPaths(mode, home).unit),
      isLingering: facts.isLingering,
      manager: systemd.chooseManager(mode, facts),
    },
  );
  const processes = new SystemProcesses(systemClock, {});
  await carryOut(steps, { files: new LocalFiles(), processes, host: Deno.hostname() }, say);
}

/** Serves the API while the agent runs. */
async function serve(
  agent: Agent,
  { world, trust, socket, at }: {
    readonly world: HostWorld;
    readonly trust: HostTrust;
    readonly socket: string;
    readonly at: Endpoint;
  },
  { signal }: AbortController,
): Promise<void> {
  const { ApiServer } = await import("./core/api/server/mod.ts");
  const { serveOnSocket, upgradeToWebSocket } = await import("./core/platform/http/mod.ts");
  const { serveTlsApi } = await import("./wiring/tls.ts");
  const { upgradeTlsRequest } = await import("./core/platform/tls/mod.ts");
  const { logger, locks, clock } = world.ports;
  const api = new ApiServer({
    agent: agent.useCases,
    peer: agent.peer,
    attach: (command, terminal) => agent.attach(command, terminal),
    upgrade: (request) => upgradeTlsRequest(request) ?? upgradeToWebSocket(request),
    version,
    logger,
  });
  const server = await serveOnSocket(socket, (request) => api.fetch(request), locks);
  logger.log("info", "The agent answers", { socket });
  for (const { what, why, fix } of world.problems) {
    logger.log("warning", why === undefined ? what : `${what}: ${why}`, { ...(fix && { fix }) });
  }
  try {
    const tls = await serveTlsApi({ agent, api, trust, at, clock, logger });
    try {
      await agent.run(signal);
    } finally {
      api.close();
      await tls.close();
    }
  } finally {
    api.close();
    await server.close();
    logger.log("info", "The agent ends; what it has started runs on");
  }
}

/**
 * Returns what the agent is told of itself. Where it listens is filled in once its address is known; relocated, it takes
 * free ports, so that any number of agents live on one machine.
 */
function optionsOf(
  world: HostWorld,
  mode: "system" | "user",
  paths: AgentPaths,
  isRelocated: boolean,
): AgentOptions {
  const { systemd, boot, facts, problems } = world;
  const hostName = Deno.env.get("KHUTULUN_HOST") || world.hostName;
  return {
    version,
    listen: {
      gossip: { host: "", port: isRelocated ? 0 : gossipPort },
      api: { host: "", port: isRelocated ? 0 : apiPort },
    },
    state: paths.state,
    own: paths.own,
    config: paths.config,
    mode,
    systemd,
    hostName,
    boot,
    facts,
    paths: {
      units: paths.units,
      unitsLinked: !paths.areUnitsSearched,
      data: paths.data,
      runtime: paths.runtime,
      logs: paths.logs,
    },
    machineProblems: problems,
  };
}

/**
 * Makes a cluster of one where the host belongs to none, and returns the options with the state that is the host's. A seed
 * that was cut short is known by its note, and made to its end: without one, a state that is empty is a mount that is away.
 */
async function seedWhereNew(
  asked: Asked,
  { ports }: HostWorld,
  options: AgentOptions,
  embedded: Embedded,
  signal: AbortSignal,
): Promise<AgentOptions> {
  const { HostTrust, seedCluster } = await import("./core/agent/mod.ts");
  const { defaultAddress } = await import("./core/platform/world/mod.ts");
  const { files, logger } = ports;
  const note = `${options.config}/seeding.json`;
  const known = await (await ownStoreOf(ports, options)).agent.read();
  const state = resolve(asked.state ?? known?.state ?? options.state);
  const cutShort = await files.stat(note);
  if (known && !cutShort) return await atOwnAddress(ports, { ...options, state }, signal);
  const seed: SeedOptions = cutShort ? JSON.parse(await files.readText(note)) : {
    name: asked.name ?? options.hostName,
    address: asked.address ?? await defaultAddress(files),
    isAddressGiven: asked.address !== undefined,
  };
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

/** How often it is looked whether an address is there that the agent waits for, and how often that is said. */
const addressEveryMs = 2_000;
const looksPerWord = 15;

/** Returns the options with the address that the host has now, having written it down where it is another one. */
async function atOwnAddress(
  ports: HostWorld["ports"],
  options: AgentOptions,
  signal: AbortSignal,
): Promise<AgentOptions> {
  const { chooseOwnAddress } = await import("./core/agent/mod.ts");
  const { defaultAddress, localAddresses } = await import("./core/platform/world/mod.ts");
  const { agent } = await ownStoreOf(ports, options);
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

async function ownStoreOf(ports: HostWorld["ports"], options: AgentOptions) {
  const { openOwnStore } = await import("./core/store/mod.ts");
  return openOwnStore({
    ...ports,
    configDirectory: options.config,
    directory: options.own,
    writer: { host: options.hostName, boot: options.boot },
  });
}

/** Returns whose keys are in the host's own directory. */
async function ownerOf({ ports }: HostWorld, options: AgentOptions): Promise<TrustOwner> {
  const known = await (await ownStoreOf(ports, options)).agent.read();
  const { cluster = "", host = options.hostName, address = "" } = known ?? {};
  return { own: options.own, cluster, host, address };
}

function listeningAt(host: string, options: AgentOptions): AgentOptions {
  const { gossip, api } = options.listen;
  return { ...options, listen: { gossip: { ...gossip, host }, api: { ...api, host } } };
}

Deno.exit(await runCli(Deno.args, surroundings));
