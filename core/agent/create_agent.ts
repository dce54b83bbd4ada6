import {
  fail,
  formatEndpoint,
  parseEndpoint,
  type ProblemCode,
  ProblemError,
} from "../base/mod.ts";
import { ringKeys } from "../trust/mod.ts";
import type { HeldLock } from "../ports/mod.ts";
import type { HostFacts } from "../plugin/mod.ts";
import { type HostSpec, openOwnStore, openStore, stateFormat } from "../store/mod.ts";
import type { AgentContext } from "./agent_context.ts";
import type { Agent, AgentOptions, AgentPorts } from "./agent_ports.ts";
import { Bus } from "./bus.ts";
import { checkMode } from "./hosts/check_mode.ts";
import { emptyFiles, idleProcesses } from "./deploy/empty_host.ts";
import { Deployer } from "./deploy/deployer.ts";
import { attachAnywhere } from "./hosts/elsewhere.ts";
import { keepDraining } from "./fleet/mod.ts";
import { Fence } from "./hosts/fence.ts";
import { forget } from "./hosts/forget.ts";
import { Heart } from "./hosts/heart.ts";
import { HostPlanner } from "./pass/host_planner.ts";
import { Isolation } from "./hosts/isolation.ts";
import { keepFailingOver } from "./hosts/failover.ts";
import { keepHouse } from "./hosts/housekeeping.ts";
import type { Language } from "./packages/language.ts";
import { lookupService } from "./show/lookup_service.ts";
import { letOthersPass } from "./let_others_pass.ts";
import { Listeners } from "./deploy/listeners.ts";
import { Loop } from "./pass/loop.ts";
import { GossipMembership } from "./members/gossip_membership.ts";
import { PeerDesk } from "./hosts/peer_desk.ts";
import { PluginCatalog } from "./packages/plugin_catalog.ts";
import { type HostServices, httpService, PluginInvoker } from "./plugins/mod.ts";
import { ProfileCatalog } from "./packages/profiles.ts";
import { SubstituteCatalog } from "./packages/substitutes.ts";
import { RecentAnswers } from "./deploy/recent_answers.ts";
import { Recorder } from "./recorder.ts";
import { SceneMaker } from "./items/scenes.ts";
import { underOwnName } from "./hosts/own_name.ts";
import { hostIdOf } from "./hosts/seed.ts";
import { AgentUseCases } from "./agent_use_cases.ts";
import { auditOfGossip, followRing, keepTrust, SecretFiles, TrustDesk } from "./trust/mod.ts";

/**
 * Joins an agent's parts over the given ports. It fails where the agent may not run: the state is missing, empty, read-only,
 * of another cluster or a newer format, or another agent runs for the same host. Nothing is changed by then.
 */
export async function createAgent(
  ports: AgentPorts,
  options: AgentOptions,
  language: Language,
): Promise<Agent> {
  const lock = await lockHost(ports, options);
  try {
    return await assemble(ports, options, language, lock);
  } catch (error) {
    await lock.release();
    throw error;
  }
}

/** One agent per host and state: the lock is in the host's own directory, and the kernel frees it however the agent ends. */
async function lockHost(ports: AgentPorts, options: AgentOptions): Promise<HeldLock> {
  await ports.files.makeDirectory(options.own, { parents: true, mode: 0o700 });
  // The files of workloads are below; what others must not read is in directories that they cannot pass.
  if (options.mode === "system") await letOthersPass(ports.files, options.own);
  const path = `${options.own}/agent.lock`;
  const lock = await ports.locks.tryLock(path);
  if (lock !== undefined) return lock;
  fail("AGENT_ALREADY_RUNNING", {
    what: `Cannot start an agent for the state "${options.state}" on host "${options.hostName}"`,
    why: `Another agent runs here: it holds "${path}"`,
    fix: "Use that one, or stop it first",
  });
}

async function assemble(
  ports: AgentPorts,
  given: AgentOptions,
  language: Language,
  lock: HeldLock,
): Promise<Agent> {
  const { clock, random, files, stateFiles, processes, probes, logger } = ports;
  const boot = lifeOf(ports, given);
  const ownOptions = {
    clock,
    random,
    files,
    locks: ports.locks,
    configDirectory: given.config,
    directory: given.own,
    writer: { host: hostIdOf(given), boot },
  };
  const self = await openOwnStore(ownOptions).agent.read();
  if (self === undefined) {
    fail("AGENT_NOT_SEEDED", {
      what: `Cannot start an agent on host "${given.hostName}"`,
      why: `There is no "${given.config}/agent.yaml": the host belongs to no cluster`,
      fix: `Make a cluster: khutulun seed`,
    });
  }
  const options = underOwnName(given, self.host, logger);
  const writer = { host: self.host, boot };
  const own = openOwnStore({ ...ownOptions, writer });
  const store = await openStore({
    clock,
    random,
    files: stateFiles,
    locks: ports.stateLocks,
    root: options.state,
    writer,
  }, { cluster: self.cluster }).catch((error) => refuseState(error, options));
  const cluster = await store.cluster();
  checkMode(cluster, options);
  if (self.state !== options.state) await own.agent.write({ ...self, state: options.state });
  const hostDocument = store.host(self.host);
  const before = await hostDocument.read();
  const membership = await GossipMembership.start(ports, store, {
    host: self.host,
    life: boot,
    cluster: self.cluster,
    version: options.version,
    listen: options.listen.gossip,
    portBefore: parseEndpoint(before?.gossip ?? "")?.port,
    keys: options.trust ? ringKeys(options.trust.ring) : options.keys,
  });
  const spec: HostSpec = {
    id: self.host,
    name: options.hostName,
    address: self.address,
    gossip: formatEndpoint(membership.local),
    api: "",
    mode: options.mode,
    systemd: options.systemd,
    version: options.version,
    formats: [stateFormat],
    boot: options.boot,
    facts: options.facts,
  };
  await hostDocument.write(spec).catch(async (error) => {
    await membership.stop();
    throw error;
  });
  const ended = new AbortController();
  const bus = new Bus();
  const recent = new RecentAnswers(clock);
  const catalog = new PluginCatalog(store);
  const services: HostServices = {
    http: httpService(ports.http),
    lookup: lookupService(() => context),
  };
  const invoker = new PluginInvoker(
    files,
    processes,
    ports.pluginRuntime,
    logger,
    catalog,
    services,
  );
  const fence = new Fence(ports, options);
  const facts: HostFacts = {
    id: self.host,
    mode: options.mode,
    systemd: options.systemd,
    address: self.address,
    paths: options.paths,
    facts: options.facts,
  };
  const context: AgentContext = {
    options,
    host: self.host,
    cluster,
    clock,
    files,
    stateFiles,
    processes,
    probes,
    logger,
    store,
    own,
    catalog,
    profiles: new ProfileCatalog(store),
    substitutes: new SubstituteCatalog(store),
    language,
    membership,
    peers: ports.peers,
    planner: new HostPlanner(invoker, facts, recent),
    recent,
    freshPlanner: new HostPlanner(
      new PluginInvoker(
        emptyFiles,
        idleProcesses(processes),
        ports.pluginRuntime,
        logger,
        catalog,
        services,
      ),
      facts,
    ),
    scenes: new SceneMaker(store, language, membership),
    fence,
    heart: new Heart({ clock, store }, fence, self.host),
    listeners: new Listeners(files, processes),
    bus,
    recorder: new Recorder(store, bus, logger),
    secrets: new SecretFiles({
      files,
      processes,
      runtime: options.paths.runtime,
      open: (ref) => trust.openSecret(ref),
    }),
  };
  const isolation = new Isolation(clock, logger, () => store.cluster(), ended.signal);
  const deployer = new Deployer(context);
  const loop = new Loop(context, deployer, isolation, random);
  const left = new AbortController();
  const trust = new TrustDesk(context, options.trust, random, () => left.abort());
  return {
    membership,
    useCases: new AgentUseCases(context, deployer, isolation, ports, trust),
    peer: new PeerDesk(context, trust),
    apiBefore: parseEndpoint(before?.api ?? ""),
    async announce({ api }) {
      await hostDocument.write({ ...spec, api: formatEndpoint(api) });
      membership.announce(api);
    },
    attach: (command, terminal) => attachAnywhere(ports, command, terminal),
    async run(signal) {
      const both = AbortSignal.any([signal, ended.signal, left.signal]);
      const stopFollowing = options.trust && followRing(options.trust, membership);
      const stopAuditing = membership.onRefusal((each) => void trust.audit(auditOfGossip(each)));
      const stopWatching = await ports.unitWatch.watch((unit) => {
        recent.forget();
        bus.publish({ kind: "unit", unit });
      });
      try {
        await Promise.all([
          loop.run(both),
          membership.run(both),
          context.fence.run(both),
          keepFailingOver(context, deployer, isolation, both),
          keepHouse(context, deployer, isolation, both),
          keepDraining(context, deployer, isolation, both),
          options.trust && keepTrust(context, trust, isolation, both),
        ]);
      } finally {
        stopFollowing?.();
        stopAuditing();
        await stopWatching();
      }
    },
    async close() {
      ended.abort();
      await membership.stop();
      await ports.pluginRuntime.close();
      await lock.release();
    },
  };
}

/** Says of a state that is not there what a host can do that is of a cluster already: seeding another is none of it. */
function refuseState(error: unknown, options: AgentOptions): never {
  const { problem } = error instanceof ProblemError ? error : {};
  if (!problem || !absences.includes(problem.code)) throw error;
  throw new ProblemError({
    ...problem,
    fix: "Mount the state of this host's cluster there; where it has moved, once: " +
      "khutulun seed --state DIR. Where that cluster is gone for good and the host is to forget it: " +
      forget(options),
  });
}

const absences: readonly ProblemCode[] = [
  "STATE_MISSING",
  "STATE_EMPTY",
  "STATE_NOT_A_CLUSTER",
  "STATE_OTHER_CLUSTER",
];

/** Tells this life of the agent from all others: events and documents name their writer by it. */
function lifeOf({ random }: AgentPorts, { boot }: AgentOptions): string {
  const bytes = random.bytes(4);
  const life = Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");
  return `${boot.slice(0, 8)}.${life}`;
}
