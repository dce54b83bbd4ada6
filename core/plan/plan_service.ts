import { compareStrings, hasErrors, type Problem, problem, type ServiceRef } from "../base/mod.ts";
import { type Clout, CloutIndex, type Vertex } from "../clout/mod.ts";
import { contradictions } from "./contradictions.ts";
import { describeChanges } from "./describe.ts";
import type { Claim, Instance } from "./instance.ts";
import { type HostFollower, instantiate, type Scale, type WantedInstance } from "./instantiate.ts";
import { type HostInventory, hostName, isAway } from "./inventory.ts";
import { compareInstanceIds, instanceId } from "./names.ts";
import { dependencyProblem } from "./order.ts";
import { place } from "./place.ts";
import { type PlacementPolicies, readPolicies } from "./policies.ts";
import { describeRules, readRunningRules } from "./running.ts";
import type { InstanceChange, ServicePlan } from "./service_plan.ts";
import type { Placement } from "./unit.ts";
import { makeUnits, type PlacementNeeds, refusal, staying } from "./units.ts";

/** Which plugin realises a vertex, as the service is pinned to it. */
export interface Realisation {
  readonly plugin: string;
  readonly digest: string;
}

/** All that a service plan is made from: equal inputs give equal plans. */
export interface ServicePlanInput {
  readonly ref: ServiceRef;
  /** The generation of the graph that `before` is; 0 where there is none. */
  readonly baseGeneration: number;
  /** The graph as it is wanted; absent where the service is to go. */
  readonly clout?: Clout;
  /** The graph and the instances as they are, tombstones included. */
  readonly before?: { readonly clout: Clout; readonly instances: readonly Instance[] };
  readonly hosts: readonly HostInventory[];
  /** Returns the plugin of a vertex (`delegate` where a policy names one); nothing where there is none. */
  readonly realise: (vertex: Vertex, delegate?: string) => Realisation | undefined;
  /** What plugins answered to `place`, by vertex id. */
  readonly needs?: ReadonlyMap<string, PlacementNeeds>;
  /** Instances to restart. */
  readonly restart?: ReadonlySet<string>;
  /** How many instances there are to be, in place of what the template says, by node template. */
  readonly scale?: Scale;
  /** Removals that hosts have acknowledged: their tombstones go. */
  readonly removed?: readonly Pick<Instance, "id" | "epoch" | "host">[];
  /** Hosts that will not return: what was on them counts as removed. */
  readonly forget?: readonly string[];
  /** Nothing is asked of the instances that is new: what is there and finds no host may stay whatever has become of its own. */
  readonly isAsBefore?: boolean;
}

/**
 * Plans a service: what should be where, and how that differs from now.
 *
 * Pure and deterministic. What can stay where it is stays, with the claims that it has. An instance that cannot be placed is
 * a problem with the reason for each host; an error among the problems refuses the plan as a whole. One that is there and
 * waits for its host is none: it stays, with a warning, and the rest goes on without it.
 */
export function planService(input: ServicePlanInput): ServicePlan {
  return new ServicePlanner(input).plan();
}

class ServicePlanner {
  readonly #input: ServicePlanInput;
  readonly #before: ReadonlyMap<string, Instance>;
  readonly #highestEpoch = new Map<string, number>();
  readonly #hosts: ReadonlyMap<string, HostInventory>;
  readonly #problems: Problem[] = [];
  readonly #instances: Instance[] = [];
  readonly #changes: InstanceChange[] = [];
  readonly #tombstones: readonly Instance[];

  constructor(input: ServicePlanInput) {
    this.#input = input;
    const before = input.before?.instances ?? [];
    this.#before = new Map(
      before.filter(({ want }) => want !== "absent").map((each) => [each.id, each]),
    );
    this.#hosts = new Map(input.hosts.map((host) => [host.id, host]));
    this.#tombstones = before.filter((each) => each.want === "absent" && !this.#isGone(each));
    // Of what a host has said to have removed too: it may still be freeing the claims of that epoch.
    for (const { id, epoch } of [...before, ...input.removed ?? []]) {
      this.#highestEpoch.set(id, Math.max(epoch, this.#highestEpoch.get(id) ?? 0));
    }
  }

  plan(): ServicePlan {
    if (this.#input.clout) this.#wantAll(this.#input.clout);
    this.#buryRest();
    const { ref, baseGeneration } = this.#input;
    return {
      ref,
      baseGeneration,
      instances: this.#instances.sort(compareInstances),
      changes: this.#changes.sort((a, b) =>
        compareInstanceIds(a.id, b.id) || compareStrings(a.host, b.host)
      ),
      problems: this.#problems,
    };
  }

  #wantAll(clout: Clout): void {
    const index = new CloutIndex(clout);
    const policies = readPolicies(index);
    const wanted = instantiate(index, policies, this.#input.scale);
    const circle = dependencyProblem(clout);
    this.#problems.push(
      ...policies.problems,
      ...readRunningRules(clout).problems,
      ...wanted.problems,
      ...this.#contradictions(wanted.instances, policies),
      ...(circle ? [circle] : []),
    );
    if (hasErrors(this.#problems)) return;
    const describe = describeChanges(this.#input.before?.clout, clout);
    const realise = this.#realiser(policies.delegation);
    const { units, problems } = makeUnits({
      ref: this.#input.ref,
      hosts: this.#input.hosts,
      instances: wanted.instances,
      policies,
      needs: this.#input.needs ?? new Map(),
      current: this.#before,
    });
    this.#problems.push(...problems);
    const placement = place(units, { isAsBefore: this.#input.isAsBefore });
    this.#enter(wanted.instances, placement, { describe, realise });
    this.#enterHostFollowers(wanted.hostFollowers, { describe, realise });
    this.#problems.push(...placement.refused.map(refusal), ...placement.staying.map(staying));
  }

  /** Where all that is needed is there already, it is moved on as well as can be. */
  #contradictions(
    instances: readonly WantedInstance[],
    policies: PlacementPolicies,
  ): readonly Problem[] {
    const found = contradictions({ instances, policies, hosts: this.#input.hosts });
    const isAllThere = instances.every(({ id, isOptional }) => isOptional || this.#before.has(id));
    if (!this.#input.isAsBefore || !isAllThere) return found;
    return found.map((each) => ({ ...each, severity: "warning" }));
  }

  #enter(
    instances: readonly WantedInstance[],
    placement: Placement,
    using: Describers,
  ): void {
    const found = new Map<string, Found>();
    const stranded = new Set(
      placement.staying.filter(({ unit }) => isAway(unit.current!.host)).map(({ unit }) =>
        unit.key
      ),
    );
    for (const [key, { room, claims }] of placement.places) {
      for (const [id, each] of claims) {
        const handed = each.flatMap((claim) => {
          const holder = room.ownHolder(claim, id);
          return holder === undefined
            ? []
            : [`takes ${claim.kind} ${claim.key} over from "${holder}"`];
        });
        found.set(id, { host: room.host.id, claims: each, handed, isStranded: stranded.has(key) });
      }
    }
    for (const wanted of instances) {
      const place = found.get(wanted.id);
      if (place) this.#want(wanted.id, wanted.vertex, wanted.index, place, using);
    }
  }

  /** Gives a node one instance on each host of its users; a host keeps the index that it has. */
  #enterHostFollowers(followers: readonly HostFollower[], using: Describers): void {
    for (const { vertex, users } of inFollowingOrder(followers)) {
      const wanted = new Set(
        this.#instances.filter((each) => users.includes(each.vertex) && each.want !== "absent")
          .map(({ host }) => host),
      );
      const before = [...this.#before.values()].filter((each) =>
        each.vertex === vertex.id && wanted.has(each.host)
      );
      const indexes = new Map(before.map(({ host, index }) => [host, index]));
      const used = new Set(indexes.values());
      for (const host of [...wanted].sort(compareStrings)) {
        let index = indexes.get(host) ?? 0;
        while (!indexes.has(host) && used.has(index)) index++;
        used.add(index);
        indexes.set(host, index);
        const id = instanceId(vertex.name, index);
        // It is where its users are, and waits as they do.
        const isStranded = this.#instances.some((each) => each.host === host && each.stranded);
        this.#want(id, vertex, index, { host, claims: [], handed: [], isStranded }, using);
      }
    }
  }

  #want(
    id: string,
    vertex: Vertex,
    index: number,
    place: Found,
    { describe, realise }: Describers,
  ): void {
    const realisation = realise(vertex);
    if (!realisation) return;
    const { plugin, digest } = realisation;
    const before = this.#before.get(id);
    const isMoved = before !== undefined && before.host !== place.host;
    const epochs = this.#highestEpoch.get(id) ?? 0;
    const isRestarted = before !== undefined && (this.#input.restart?.has(id) ?? false);
    const instance: Instance = {
      id,
      vertex: vertex.id,
      index,
      host: place.host,
      epoch: before && !isMoved ? before.epoch : epochs + 1,
      want: "running",
      revision: (before?.revision ?? 1) + (isRestarted ? 1 : 0),
      plugin,
      pluginDigest: digest,
      claims: place.claims,
      ...(place.isStranded && { stranded: true }),
    };
    this.#instances.push(instance);
    const { host } = place;
    if (!before) {
      return this.#change(id, "create", host, [this.#whyHere(host), ...place.handed]);
    }
    const reasons = [
      ...(isMoved ? [this.#whyMoved(before)] : []),
      ...(isRestarted ? ["a restart was asked for"] : []),
      ...describe(before, instance),
      ...describeRules(this.#input.before?.clout, this.#input.clout!, vertex.name),
      ...place.handed,
    ];
    const change = isMoved ? "move" : reasons.length > 0 ? "update" : "unchanged";
    this.#change(id, change, host, reasons);
  }

  /** What is there and not wanted any more, or moved away, is kept as a tombstone until its host has removed it. */
  #buryRest(): void {
    if (hasErrors(this.#problems)) return this.#keepAsIs();
    const wanted = new Map(this.#instances.map((each) => [each.id, each]));
    const revived = new Set(this.#instances.map(({ id, host }) => `${id}@${host}`));
    for (const before of this.#before.values()) {
      const now = wanted.get(before.id);
      if (now?.host === before.host) continue;
      if (!now) {
        const reason = this.#input.clout
          ? "it is not wanted any more"
          : "the service is being deleted";
        this.#change(before.id, "remove", before.host, [reason]);
      }
      if (this.#isGone(before)) continue;
      const handsOver = now !== undefined && this.#mayServe(before) && { handsOver: true as const };
      const { stranded: _, ...there } = before;
      this.#instances.push({ ...there, want: "absent", ...handsOver });
    }
    for (const tombstone of this.#tombstones) {
      if (revived.has(`${tombstone.id}@${tombstone.host}`)) continue;
      this.#instances.push(tombstone);
      if (wanted.has(tombstone.id)) continue;
      const host = this.#nameOf(tombstone.host);
      this.#change(tombstone.id, "unchanged", tombstone.host, [
        `host "${host}" has not removed it yet`,
      ]);
    }
  }

  /** A refused plan changes nothing: what is there stays in it, so that it can be read. */
  #keepAsIs(): void {
    const wanted = new Set(this.#instances.map(({ id }) => id));
    this.#instances.push(
      ...[...this.#before.values()].filter(({ id }) => !wanted.has(id)),
      ...this.#tombstones,
    );
  }

  #realiser(
    delegation: ReadonlyMap<string, string>,
  ): (vertex: Vertex) => Realisation | undefined {
    const known = new Map<string, Realisation | undefined>();
    return (vertex) => {
      if (known.has(vertex.id)) return known.get(vertex.id);
      const delegate = delegation.get(vertex.name);
      const realisation = this.#input.realise(vertex, delegate);
      known.set(vertex.id, realisation);
      if (!realisation) this.#problems.push(noPlugin(vertex, delegate));
      return realisation;
    };
  }

  /** Whether what moves away may serve until the copy that takes its place is ready: its host lives, and two may run. */
  #mayServe({ vertex, host }: Instance): boolean {
    const liveness = this.#hosts.get(host)?.liveness;
    const properties = this.#input.clout?.vertexes.get(vertex)?.properties;
    return (liveness === "alive" || liveness === "suspect") &&
      properties?.get("exclusive") !== true;
  }

  #isGone({ id, epoch, host }: Instance): boolean {
    return (this.#input.forget?.includes(host) ?? false) ||
      (this.#hosts.get(host)?.isLost ?? false) ||
      (this.#input.removed?.some((each) =>
        each.id === id && each.host === host && each.epoch >= epoch
      ) ?? false);
  }

  #whyHere(host: string): string {
    return this.#hosts.size === 1
      ? `it is new, on the only host`
      : `it is new, on host "${this.#nameOf(host)}"`;
  }

  #whyMoved({ host }: Instance): string {
    const inventory = this.#hosts.get(host);
    const name = this.#nameOf(host);
    if (!inventory) return `host "${name}" is not there any more`;
    if (inventory.liveness === "dead") return `host "${name}" is dead`;
    if (inventory.liveness === "left") return `host "${name}" has left the cluster`;
    if (inventory.isDraining) return `host "${name}" is being drained`;
    return `it does not fit on host "${name}" any more`;
  }

  #nameOf(host: string): string {
    const inventory = this.#hosts.get(host);
    return inventory ? hostName(inventory) : host;
  }

  #change(
    id: string,
    change: InstanceChange["change"],
    host: string,
    reasons: readonly string[],
  ): void {
    this.#changes.push({ id, change, host, reasons });
  }
}

/** Where an instance is to be, with what. */
interface Found {
  readonly host: string;
  readonly claims: readonly Claim[];
  /** Claims that it takes over, in sentences for people. */
  readonly handed: readonly string[];
  readonly isStranded: boolean;
}

interface Describers {
  readonly describe: (before: Instance, after: Instance) => string[];
  readonly realise: (vertex: Vertex) => Realisation | undefined;
}

/** Those that others of them use come after those others. */
function inFollowingOrder(followers: readonly HostFollower[]): HostFollower[] {
  const left = [...followers];
  const done: HostFollower[] = [];
  while (left.length > 0) {
    const at = left.findIndex(({ users }) => !left.some(({ vertex }) => users.includes(vertex.id)));
    done.push(...left.splice(Math.max(0, at), 1));
  }
  return done;
}

function noPlugin(vertex: Vertex, delegate: string | undefined): Problem {
  return problem("PLAN_NO_PLUGIN", {
    what: `Cannot realise node "${vertex.id}" of type "${vertex.types[0]}"`,
    where: { subject: vertex.id, ...(vertex.source && { position: vertex.source }) },
    why: delegate === undefined
      ? "No registered plugin realises this type or one that it is derived from"
      : `Its policy names plugin "${delegate}", which is not registered`,
    fix: "Register a plugin for it (plugin register), or use another type",
  });
}

function compareInstances(a: Instance, b: Instance): number {
  return compareInstanceIds(a.id, b.id) || a.epoch - b.epoch || compareStrings(a.host, b.host);
}
