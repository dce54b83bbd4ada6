import {
  didYouMean,
  fail,
  formatDurationMs,
  formatServiceRef,
  type Problem,
  type ServiceRef,
} from "../../base/mod.ts";
import { changeDocument, type HostWantedSpec } from "../../store/mod.ts";
import type { AgentContext } from "../agent_context.ts";
import type { Deployer } from "../deploy/deployer.ts";
import { instancesOf, isRemoved, type ServiceState } from "../service_state.ts";
import type {
  ClusterStatus,
  HostAnswer,
  HostChange,
  HostDetail,
  HostView,
  InstanceView,
  ServiceView,
} from "../use_cases.ts";
import { claimsOn } from "../deploy/old_claims.ts";
import { viewInstances } from "../show/views.ts";
import { isWantedOn, placeAnew, servicesOn } from "./drain.ts";

/** A host whose heartbeat does not change for so long while we look does not live. It is written every two seconds. */
const silenceMs = 7_000;
const lookEveryMs = 500;

/** What the desk asks of others. */
export interface HostDeskParts {
  readonly context: AgentContext;
  readonly deployer: Deployer;
  /** Every host, as `host list` shows them. */
  readonly hosts: () => Promise<HostView[]>;
  readonly services: () => Promise<ServiceView[]>;
  /** Keeps a host from speaking in the cluster. Returns what is still to be done. */
  readonly evict: (host: string) => Promise<Problem | undefined>;
}

/** What people do to hosts. */
export class HostDesk {
  readonly #parts: HostDeskParts;

  constructor(parts: HostDeskParts) {
    this.#parts = parts;
  }

  async show(name: string): Promise<HostDetail> {
    const host = await this.#find(name);
    return { ...host, placed: await this.#placed(host.id) };
  }

  /** Writes what is wanted of a host, and places services anew where that makes them move. */
  async change(name: string, change: HostChange): Promise<HostAnswer> {
    const { id, name: called } = await this.#find(name);
    const { before, now } = await this.#write(id, (spec) => changedBy(spec, change));
    const changed = before !== now;
    if (changed) await this.#record("host", wordsOf(called, before, now));
    const states = now.drained && change.drained ? await servicesOn(this.#parts.context, id) : [];
    const moving = states.filter((state) => isWantedOn(state, id) && !state.asked?.spec.deleting);
    const refs = moving.map(({ ref }) => ref);
    const services = await placeAnew(this.#parts.deployer, refs, { host: id });
    return { changed, host: await this.#find(id), services };
  }

  /** Gives up a host: refused while its heartbeat goes on, whoever says that it is dead. */
  async lose(name: string): Promise<HostAnswer> {
    const { context, deployer } = this.#parts;
    const { id, name: called } = await this.#find(name);
    await this.#refuseLiving(id, called, `give up host "${called}"`);
    const { before, now } = await this.#write(
      id,
      (spec) => ({ ...spec, cordoned: true, lost: true }),
    );
    if (before !== now) {
      await this.#record("host-lost", `Host "${called}" is given up: what was on it moves`);
    }
    const states = await servicesOn(context, id);
    const refs = states.map(({ ref }) => ref);
    const services = await placeAnew(deployer, refs, { host: id, isLost: true });
    await this.#freeClaims(id);
    return { changed: before !== now, host: await this.#find(id), services };
  }

  /** Removes what is kept of a host: its directory in the state. */
  async remove(name: string): Promise<void> {
    const host = await this.#find(name);
    const { id, name: called } = host;
    const states = await servicesOn(this.#parts.context, id);
    if (states.length > 0) refuseUsed(host, states, await this.#stuckOn(id, states));
    await this.#refuseLiving(id, called, `remove host "${called}"`);
    const unfinished = await this.#parts.evict(id);
    await this.#parts.context.store.removeHost(id);
    const still = unfinished === undefined
      ? ""
      : `; not every host knows yet: ${unfinished.what}. ${unfinished.fix}`;
    await this.#record("host-removed", `Host "${called}" is removed${still}`);
  }

  /** Returns the first service with something on a host that no other takes. */
  async #stuckOn(host: string, states: readonly ServiceState[]): Promise<ServiceRef | undefined> {
    for (const { ref } of states) {
      const refused = await this.#parts.deployer.refusals(ref);
      if (refused.some(({ where }) => where?.host === host)) return ref;
    }
    return undefined;
  }

  async cluster(): Promise<ClusterStatus> {
    const { context } = this.#parts;
    const { id, name, mode, created } = await context.store.cluster();
    const [hosts, services] = [await this.#parts.hosts(), await this.#parts.services()];
    const { problem: unwritten } = context.heart;
    const notes = [
      ...(unwritten ? [`Nothing can be changed: ${unwritten.why ?? unwritten.what}`] : []),
      ...hosts.filter(({ liveness, lost }) => liveness !== "alive" || lost).map((host) =>
        host.lost ? `Host "${host.name}" is given up` : `Host "${host.name}" is ${host.liveness}`
      ),
      ...hosts.filter(({ drained, cordoned }) => drained || cordoned).filter(({ lost }) => !lost)
        .map((host) => `Host "${host.name}" is ${host.drained ? "drained" : "cordoned"}`),
      ...services.filter(({ phase }) => phase !== "ready").map((service) =>
        `Service "${formatServiceRef(service.ref)}" is ${service.phase}: ` +
        `${service.ready} of ${service.wanted} instances are ready`
      ),
    ];
    const isReady = unwritten === undefined &&
      hosts.every(({ liveness }) => liveness === "alive") &&
      services.every(({ phase }) => phase === "ready");
    return {
      id,
      name,
      mode,
      created,
      phase: isReady ? "ready" : "degraded",
      hosts,
      services,
      notes,
    };
  }

  /** Finds a host by id or name. */
  async #find(wanted: string): Promise<HostView> {
    const hosts = await this.#parts.hosts();
    const found = hosts.find(({ id }) => id === wanted) ??
      hosts.find(({ name }) => name === wanted);
    if (found) return found;
    fail("AGENT_NO_SUCH_HOST", {
      what: `There is no host "${wanted}"`,
      fix: didYouMean(wanted, hosts.map(({ id }) => id)) ?? `See "khutulun host list"`,
    });
  }

  async #placed(host: string): Promise<InstanceView[]> {
    const { context } = this.#parts;
    const ledgerOf = context.own.ledger;
    const views: InstanceView[] = [];
    for (const state of await servicesOn(context, host)) {
      const there = instancesOf(state.graph).filter((each) =>
        each.host === host && !(each.want === "absent" && isRemoved(state, each))
      );
      const ledger = host === context.host ? await ledgerOf.of(state.ref) : new Map();
      views.push(...viewInstances({ ...state, instances: there }, (_, id) => ledger.get(id) ?? []));
    }
    return views;
  }

  /** Changes the wish for a host by compare-and-swap. The same object is returned twice where nothing is different. */
  async #write(
    host: string,
    change: (spec: HostWantedSpec) => HostWantedSpec,
  ): Promise<{ readonly before: HostWantedSpec; readonly now: HostWantedSpec }> {
    let before: HostWantedSpec = { labels: {}, cordoned: false, drained: false };
    let now = before;
    await changeDocument(this.#parts.context.store.wanted(host), (wanted) => {
      before = wanted ?? before;
      const changed = change(before);
      now = sameWish(before, changed) ? before : changed;
      return now === before ? undefined : now;
    });
    return { before, now };
  }

  /** Fails while the host's heartbeat changes; it is this agent's own clock that measures how long it does not. */
  async #refuseLiving(id: string, name: string, doing: string): Promise<void> {
    const { store, clock, host } = this.#parts.context;
    const first = await store.heartbeat(id);
    const beginMs = clock.monotonicMs();
    let isLiving = id === host;
    while (!isLiving && first !== undefined && clock.monotonicMs() - beginMs < silenceMs) {
      await clock.sleep(lookEveryMs, new AbortController().signal);
      isLiving = await store.heartbeat(id) !== first;
    }
    if (!isLiving) return;
    fail("AGENT_HOST_ALIVE", {
      what: `Cannot ${doing}`,
      why: id === host
        ? "It is the host of the agent that you speak to"
        : `Its agent lives: its heartbeat went on within ${formatDurationMs(silenceMs)}`,
      fix: `Move its work away: khutulun host drain ${name}; then stop its agent`,
    });
  }

  /**
   * Frees the claims on a host that is given up: nothing there holds anything any more. What no other host takes keeps its
   * own: should the host return after all, it is started there again.
   */
  async #freeClaims(host: string): Promise<void> {
    const { context } = this.#parts;
    const nameOf = (ref: ServiceRef, { kind, key }: { kind: string; key: string }) =>
      `${formatServiceRef(ref)} ${kind}/${key}`;
    const kept = new Set<string>();
    for (const { ref, instances } of await servicesOn(context, host)) {
      const wanted = instances.filter(({ want }) => want !== "absent");
      for (const { claim } of claimsOn(wanted, host)) kept.add(nameOf(ref, claim));
    }
    const claims = context.store.claims(host);
    for (const { kind, key, holder } of await claims.list()) {
      if (!kept.has(nameOf(holder, { kind, key }))) await claims.free(kind, key, holder);
    }
  }

  #record(type: string, message: string): Promise<void> {
    return this.#parts.context.recorder.record({ type, message });
  }
}

/**
 * Refuses to remove a host with something on it, and says how it becomes free: by being drained or given up, by itself where
 * that was asked for, or, for what no other host takes, by what is asked of its service.
 */
function refuseUsed(
  host: HostView,
  states: readonly ServiceState[],
  stuck: ServiceRef | undefined,
): never {
  const { name } = host;
  const refs = states.map(({ ref }) => `"${formatServiceRef(ref)}"`).join(", ");
  fail("AGENT_HOST_USED", {
    what: `Cannot remove host "${name}"`,
    why: `It has instances of ${refs}${stuck ? ", and no other host takes all of them" : ""}`,
    fix: stuck ? wayOfStuck(host, formatServiceRef(stuck)) : wayOut(host),
  });
}

function wayOfStuck({ id, liveness, lost }: HostView, service: string): string {
  const forget = liveness === "alive" || lost ? "" : ` --forget ${id}`;
  return `Add a host that takes them, or deploy a template that asks for less: khutulun why ` +
    `${service}; or do without them: khutulun service delete ${service}${forget}`;
}

function wayOut({ name, drained, lost }: HostView): string {
  if (lost) return `Wait until they have moved: khutulun host show ${name}`;
  const giveUp = `give it up where it will not come back: khutulun host lost ${name} --confirm`;
  return drained
    ? `Wait until they have moved: khutulun host show ${name}; or ${giveUp}`
    : `Move them first: khutulun host drain ${name}; or ${giveUp}`;
}

/** A host that takes work again is not drained either, nor lost. */
function changedBy(spec: HostWantedSpec, change: HostChange): HostWantedSpec {
  const labels = { ...spec.labels };
  for (const [label, value] of Object.entries(change.labels ?? {})) {
    if (value === null) delete labels[label];
    else labels[label] = value;
  }
  const isOpened = change.cordoned === false;
  const drained = isOpened ? false : change.drained ?? spec.drained;
  const cordoned = change.cordoned ?? (drained || spec.cordoned);
  return { labels, cordoned, drained, ...(spec.lost && !isOpened && { lost: true }) };
}

function sameWish(a: HostWantedSpec, b: HostWantedSpec): boolean {
  const text = ({ labels, ...rest }: HostWantedSpec) =>
    JSON.stringify([
      Object.entries(labels).sort(),
      rest.cordoned,
      rest.drained,
      rest.lost ?? false,
    ]);
  return text(a) === text(b);
}

function wordsOf(name: string, before: HostWantedSpec, now: HostWantedSpec): string {
  const said = [
    ...(now.drained && !before.drained ? ["is to be drained"] : []),
    ...(now.cordoned && !before.cordoned && !now.drained ? ["is cordoned"] : []),
    ...(!now.cordoned && before.cordoned ? ["takes instances again"] : []),
    ...Object.keys({ ...before.labels, ...now.labels })
      .filter((label) => before.labels[label] !== now.labels[label])
      .map((label) =>
        now.labels[label] === undefined
          ? `loses label "${label}"`
          : `gets label "${label}": "${now.labels[label]}"`
      ),
  ];
  return `Host "${name}" ${said.join(", ")}`;
}
