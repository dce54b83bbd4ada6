/**
 * What must hold of a cluster, seen from outside: machines, the shared disk, and what was acknowledged. Nothing here asks an
 * agent or knows how one works.
 */
import type { JsonObject } from "../../../core/base/mod.ts";
import { type FakeProcess, guardName } from "../../../core/sim/mod.ts";
import type { ClusterHost, SimulatedCluster } from "../../../core/sim/cluster/mod.ts";
import { parseData } from "../../../core/yaml/mod.ts";
import { boundNode, isExclusive, type ServiceInputs, type ServiceWish } from "./cluster_service.ts";
import type { SeenGraph, SeenInstance, SeenLife, StateWitness } from "./state_witness.ts";

/** One change that somebody asked for, and what became of it. */
export interface Change {
  readonly id: number;
  readonly service: string;
  /** All of a service, a part of it, or its end. */
  readonly change:
    | { readonly whole: ServiceInputs }
    | { readonly part: Partial<ServiceInputs> }
    | "delete";
  readonly askedMs: number;
  /** Set once it is acknowledged. */
  acknowledged?: { readonly generation: number; readonly changed: boolean };
}

/** Returns what a change makes of what was asked before; nothing where it cannot be made. */
export function apply(
  { change }: Change,
  before: ServiceWish | undefined,
): ServiceWish | undefined {
  if (change !== "delete" && "whole" in change) return { ...change.whole, isDeleted: false };
  if (before === undefined) return undefined;
  return change === "delete"
    ? { ...before, isDeleted: true }
    : { ...before, ...change.part, isDeleted: false };
}

function sameWish(one: ServiceWish | undefined, other: ServiceWish): boolean {
  return one?.version === other.version && one.count === other.count &&
    one.isDeleted === other.isDeleted;
}

/** How long a machine that stood still may take, once it goes on, to stop what another has taken over meanwhile. */
const thawGraceSeconds = 15;

/**
 * Watches processes begin: nothing runs twice on a host, no port is listened on twice, nothing exclusive runs twice at all.
 *
 * What is on a machine that stands still does not run: it was taken over rightly, as far as anybody else can know, and is
 * paused together with the guard that would have stopped it. Both have to go on for it to run twice, and then only shortly.
 */
export class ProcessWatch {
  readonly findings: string[] = [];
  readonly #cluster: SimulatedCluster;

  constructor(cluster: SimulatedCluster) {
    this.#cluster = cluster;
    for (const host of cluster.hosts) {
      host.machine.onStart((process) => this.#begins(host, process));
    }
  }

  #begins(host: ClusterHost, process: FakeProcess): void {
    const where = `${process.unit} on ${host.name}`;
    for (const other of host.machine.running()) {
      if (other.unit === process.unit) this.#find(`${where} is started while it runs`);
      const shared = process.behaviour.listens?.filter((each) =>
        other.behaviour.listens?.includes(each)
      );
      if (shared?.length) this.#find(`${where} takes ${shared} which ${other.unit} has`);
    }
    if (!isExclusive(process.env.SERVICE ?? "")) return;
    for (const each of this.#cluster.hosts) {
      const other = each.machine.running().find(({ unit }) => unit === process.unit);
      if (each === host || !each.isPowered || !other) continue;
      if (!each.clock.isFrozen) {
        this.#find(`exclusive ${where} is started while it runs on ${each.name}`);
      } else {
        const what =
          `exclusive ${process.unit} goes on on ${each.name} while it runs on ${host.name}`;
        this.#isGoneSoon(
          each,
          () => each.machine.isRunning(other) && host.machine.isRunning(process),
          what,
        );
      }
    }
  }

  /** Looks every second of a host's own time, of which none passes while it stands still. */
  #isGoneSoon(host: ClusterHost, isThere: () => boolean, what: string, second = 0): void {
    host.clock.schedule(1_000, () => {
      if (!isThere()) return;
      if (second >= thawGraceSeconds) this.#find(`${what} for ${second} s`);
      else this.#isGoneSoon(host, isThere, what, second + 1);
    });
  }

  #find(finding: string): void {
    const nowMs = Math.round(this.#cluster.clock.monotonicMs());
    if (this.findings.length < 20) this.findings.push(`${nowMs} ms: ${finding}`);
  }
}

/** Why the written history is not what the changes make; empty where it is. */
export function historyFindings(witness: StateWitness, changes: readonly Change[]): string[] {
  const findings: string[] = [];
  for (const service of new Set([...witness.services(), ...changes.map((each) => each.service)])) {
    const mine = changes.filter((each) => each.service === service);
    const lives = witness.lives(service);
    for (const life of lives) findings.push(...chainFindings(life, mine));
    for (const change of mine) {
      const lost = change.acknowledged && lostWhy(change, lives);
      if (lost) {
        findings.push(`${service}: acknowledged change ${describe(change)} is lost: ${lost}`);
      }
    }
  }
  return findings;
}

/** Each wish is some change's effect on the wish before it: where it is not, one change has undone another. */
function chainFindings({ service, asked }: SeenLife, changes: readonly Change[]): string[] {
  const findings: string[] = [];
  let before: ServiceWish | undefined;
  for (const { generation, wish, atMs } of asked) {
    const isSomebodys = changes.some((change) =>
      change.askedMs <= atMs && sameWish(apply(change, before), wish)
    );
    if (!isSomebodys) {
      findings.push(
        `${service}: wish ${generation} (${JSON.stringify(wish)}) is nobody's change of ` +
          JSON.stringify(before),
      );
    }
    before = wish;
  }
  return findings;
}

/** Why an acknowledged change is in no life's history. */
function lostWhy({ change, acknowledged }: Change, lives: readonly SeenLife[]): string | undefined {
  const { generation } = acknowledged!;
  if (change === "delete" && generation === 0) return undefined;
  const reasons = lives.map((life) => {
    const graph = life.graphs.find((each) => each.generation === generation);
    if (!graph) return `there is no generation ${generation}`;
    const wish = wishOf(life, graph);
    if (change === "delete") return wish?.isDeleted ? undefined : `${generation} deletes nothing`;
    const wanted = "whole" in change ? change.whole : change.part;
    const isIn = wish !== undefined && !wish.isDeleted &&
      Object.entries(wanted).every(([key, value]) => wish[key as keyof ServiceInputs] === value);
    return isIn ? undefined : `generation ${generation} is ${JSON.stringify(wish)}`;
  });
  return reasons.length === 0 || !reasons.includes(undefined)
    ? reasons.join("; ") || "nothing was written"
    : undefined;
}

function wishOf(life: SeenLife, graph: SeenGraph): ServiceWish | undefined {
  return life.asked.find(({ generation }) => generation === graph.serviceGeneration)?.wish;
}

function describe({ id, change, acknowledged }: Change): string {
  return `#${id} ${JSON.stringify(change)} (generation ${acknowledged?.generation})`;
}

/** Why the machines and the state are not as was asked; empty once they are. */
export function settlementFindings(cluster: SimulatedCluster, witness: StateWitness): string[] {
  const findings: string[] = [];
  const wanted = new Map<string, string>();
  const claims = new Map<string, string>();
  for (const service of witness.services()) {
    const life = witness.current(service);
    const graph = life?.graphs.at(-1);
    if (!life) continue;
    const texts = cluster.shared.texts(`/namespaces/default/service/${service}`);
    if (!graph) {
      const documents = Object.keys(texts).filter((path) => /\/clout\.\d+$/.test(path));
      if (documents.length > 0) findings.push(`${service} has graphs that nobody wrote`);
      continue;
    }
    for (const { generation, text } of life.graphs) {
      const path = `/namespaces/default/service/${service}/clout.${generation}`;
      if (texts[path] !== text) findings.push(`${path} is not what was written`);
    }
    const wish = wishOf(life, graph);
    if (wish === undefined || wish.isDeleted) {
      // A host that does not come back cannot say that it has removed its part.
      const waitsFor = graph.instances.filter(({ host }) => isGone(cluster, host));
      if (waitsFor.length > 0) continue;
      findings.push(`${service} is deleted and still there`);
      continue;
    }
    findings.push(...serviceFindings(cluster, service, graph, wish, wanted, claims));
  }
  for (const host of cluster.hosts.filter(({ isPowered }) => isPowered)) {
    for (const { argv, unit, env } of host.machine.running()) {
      if (argv.includes(guardName)) continue;
      if (!wanted.has(`${host.name} ${unit}`)) {
        findings.push(`${unit} (${env.VERSION}) runs on ${host.name} and nobody wants it`);
      }
    }
  }
  findings.push(...claimFindings(cluster, claims));
  return findings;
}

function serviceFindings(
  cluster: SimulatedCluster,
  service: string,
  graph: SeenGraph,
  wish: ServiceInputs,
  wanted: Map<string, string>,
  claims: Map<string, string>,
): string[] {
  const findings: string[] = [];
  const running = graph.instances.filter(({ want }) => want === "running");
  const webs = running.filter(({ vertex }) => vertex === "web");
  if (webs.length !== wish.count) {
    findings.push(`${service} has ${webs.length} instances in its graph and wants ${wish.count}`);
  }
  for (const instance of running) {
    for (const { kind, key } of instance.claims) {
      const place = `${instance.host} ${kind}/${key}`;
      const holder = `${service}/${instance.id}`;
      if (claims.has(place)) {
        findings.push(`${place} is claimed by ${claims.get(place)} and ${holder}`);
      }
      claims.set(place, holder);
    }
  }
  for (const instance of running.filter(({ vertex }) => vertex !== "http")) {
    const isBound = instance.vertex === boundNode;
    const unit = unitOf(service, instance);
    wanted.set(`${instance.host} ${unit}`, wish.version);
    const host = cluster.hosts.find(({ name }) => name === instance.host);
    const process = host?.machine.running().find((each) => each.unit === unit);
    const where = `${service}/${instance.id} (epoch ${instance.epoch}) on ${instance.host}`;
    if (!host?.isPowered) {
      if (!isBound) findings.push(`${where}: the host is gone`); // no other may take it
    } else if (!process) findings.push(`${where} does not run`);
    else if (process.env.VERSION !== wish.version) {
      findings.push(`${where} runs ${process.env.VERSION}, not ${wish.version}`);
    } else if (!isBound && !claims.has(`${instance.host} tcp/${process.env.PORT}`)) {
      findings.push(`${where} uses port ${process.env.PORT} without a claim`);
    }
  }
  return findings;
}

function unitOf(service: string, { id }: SeenInstance): string {
  return `khutulun.${service}.${id}`;
}

function isGone(cluster: SimulatedCluster, host: string): boolean {
  return !cluster.hosts.some(({ name, isPowered }) => name === host && isPowered);
}

/** Claims are there for who holds them, and for nobody else. */
function claimFindings(
  cluster: SimulatedCluster,
  claims: ReadonlyMap<string, string>,
): string[] {
  const findings: string[] = [];
  const found = new Set<string>();
  for (const [path, text] of Object.entries(cluster.shared.texts("/hosts"))) {
    const match = path.match(/^\/hosts\/([^/]+)\/claims\/([^/.][^/]*)\/([^/.][^/]*)$/);
    if (!match || isGone(cluster, match[1])) continue;
    const place = `${match[1]} ${match[2]}/${match[3]}`;
    const holder = (parseData(text) as JsonObject).holder as JsonObject;
    const name = `${holder.service}/${holder.instance}`;
    found.add(place);
    if (claims.get(place) !== name) {
      findings.push(`${place} is held by ${name} and belongs to ${claims.get(place) ?? "nobody"}`);
    }
  }
  for (const [place, holder] of claims) {
    if (!found.has(place)) findings.push(`${place} of ${holder} is not claimed`);
  }
  return findings;
}
