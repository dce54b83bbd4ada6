import { type Problem, problem, type ServiceRef } from "../base/mod.ts";
import { Bundles, byIndex } from "./bundles.ts";
import { Eligible, type HostDemand } from "./eligibility.ts";
import { ApartGroup, ShareGroup } from "./groups.ts";
import { HostRoom } from "./host_room.ts";
import type { ClaimWanted, Instance } from "./instance.ts";
import type { WantedInstance } from "./instantiate.ts";
import { type HostInventory, hostName, requestsOf, type Resources } from "./inventory.ts";
import { fixFor } from "./fix_for.ts";
import type { PlacementPolicies } from "./policies.ts";
import type { HostReason, Member, RefusedUnit, Unit } from "./unit.ts";

/** What the plugin of a vertex says of each of its instances (verb `place`). */
export interface PlacementNeeds {
  readonly claims: readonly ClaimWanted[];
  /** Commands that have to be on the host. */
  readonly commands: readonly string[];
}

export interface UnitsInput {
  readonly ref: ServiceRef;
  readonly hosts: readonly HostInventory[];
  readonly instances: readonly WantedInstance[];
  readonly policies: PlacementPolicies;
  /** By vertex id. */
  readonly needs: ReadonlyMap<string, PlacementNeeds>;
  /** The instances that are there now and stay wanted, by id. */
  readonly current: ReadonlyMap<string, Instance>;
}

/** Returns what is to be placed: instances that belong together as one, with all that the policies say of them. */
export function makeUnits(input: UnitsInput): { units: Unit[]; problems: Problem[] } {
  return new UnitMaker(input).make();
}

class UnitMaker {
  readonly #input: UnitsInput;
  readonly #rooms: readonly HostRoom[];
  readonly #roomOf: ReadonlyMap<string, HostRoom>;
  readonly #bundles: Bundles;
  readonly #eligible = new Map<string, Eligible>();
  readonly #apart = new Map<string, { group: ApartGroup; side: (id: string) => string }[]>();
  readonly #shares = new Map<string, ShareGroup[]>();
  readonly #friends = new Map<string, string[]>();
  readonly #problems: Problem[] = [];
  readonly #hostsInUse: ReadonlySet<string>;

  constructor(input: UnitsInput) {
    this.#input = input;
    this.#rooms = input.hosts.map((host, index) => new HostRoom(host, index, input.ref));
    this.#roomOf = new Map(this.#rooms.map((room) => [room.host.id, room]));
    this.#bundles = new Bundles(input.instances, input.policies.colocation);
    this.#hostsInUse = new Set([...input.current.values()].map(({ host }) => host));
  }

  make(): { units: Unit[]; problems: Problem[] } {
    for (const policy of this.#input.policies.colocation) {
      if (policy.strictness === "strict") continue;
      for (const together of byIndex(policy, this.#input.instances)) this.#befriend(together);
    }
    this.#readGroups();
    const units = [...this.#bundles.all].map((bundle) => this.#unit(bundle));
    return { units, problems: this.#problems };
  }

  #befriend(together: readonly WantedInstance[]): void {
    for (const each of together) {
      const friends = this.#friends.get(each.id) ?? [];
      friends.push(...together.filter((other) => other !== each).map(({ id }) => id));
      this.#friends.set(each.id, friends);
    }
  }

  #readGroups(): void {
    const { separation, scattering, distribution } = this.#input.policies;
    const byTemplate = groupBy(this.#input.instances, (each) => each.vertex.name);
    for (const [template, instances] of byTemplate) {
      if (instances.length < 2 || instances.some((each) => each.follows)) continue;
      this.#keepApart([template], new ApartGroup("preferred", 1, "it is better apart from"));
    }
    for (const { name, templates, strictness } of separation) {
      const why = `policy "${name}" keeps it from`;
      this.#keepApart(templates, new ApartGroup(strictness, 100, why, name));
    }
    for (const { name, templates, strictness } of scattering) {
      for (const template of templates) {
        const why = `policy "${name}" scatters it from`;
        this.#keepApart([template], new ApartGroup(strictness, 100, why, name));
      }
    }
    for (const policy of distribution) {
      const total = policy.templates
        .reduce((sum, each) => sum + (byTemplate.get(each)?.length ?? 0), 0);
      const group = new ShareGroup(policy, total, this.#rooms);
      for (const template of policy.templates) push(this.#shares, template, group);
    }
  }

  /** Of one template, each instance is a side of its own; of several, each template is one. */
  #keepApart(templates: readonly string[], group: ApartGroup): void {
    for (const template of templates) {
      const side = templates.length === 1 ? (id: string) => id : () => template;
      push(this.#apart, template, { group, side });
    }
  }

  #unit(bundle: readonly WantedInstance[]): Unit {
    const members = bundle.map((each) => this.#member(each));
    const templates = [...new Set(bundle.map((each) => each.vertex.name))];
    const current = this.#currentOf(bundle);
    return {
      key: bundle[0].id,
      kind: kindOf(bundle),
      members,
      cpus: sum(bundle, "cpus"),
      memoryBytes: sum(bundle, "memoryBytes"),
      eligible: this.#eligibleFor(bundle, templates),
      apart: bundle.flatMap(({ id, vertex }) =>
        (this.#apart.get(vertex.name) ?? []).map(({ group, side }) => ({ group, side: side(id) }))
      ),
      shares: bundle.flatMap(({ vertex }) => this.#shares.get(vertex.name) ?? []),
      friends: bundle.flatMap(({ id }) => this.#friends.get(id) ?? [])
        .map((id) => this.#bundles.of(id)[0].id),
      ...(current && { current }),
      isWhole: bundle.every(({ id }) =>
        current !== undefined && this.#input.current.get(id)?.host === current.host.id
      ),
      isOptional: bundle.every((each) => each.isOptional),
    };
  }

  #member({ id, vertex }: WantedInstance): Member {
    return {
      id,
      claims: this.#input.needs.get(vertex.id)?.claims ?? [],
      held: this.#input.current.get(id)?.claims ?? [],
    };
  }

  /** Where most of the bundle is now; what is elsewhere has to come. */
  #currentOf(bundle: readonly WantedInstance[]): HostRoom | undefined {
    const hosts = bundle.flatMap(({ id }) => this.#input.current.get(id)?.host ?? []);
    const counts = groupBy(hosts, (host) => host);
    const [most] = [...counts].sort((a, b) => b[1].length - a[1].length);
    return most && this.#roomOf.get(most[0]);
  }

  #eligibleFor(bundle: readonly WantedInstance[], templates: readonly string[]): Eligible {
    const { policies, needs } = this.#input;
    const kind = kindOf(bundle);
    const known = this.#eligible.get(kind);
    if (known) return known;
    const demand: HostDemand = {
      selectors: policies.placement.filter((selector) =>
        selector.templates.some((each) => templates.includes(each))
      ),
      commands: [...new Set(bundle.flatMap(({ vertex }) => needs.get(vertex.id)?.commands ?? []))],
    };
    const same = [...this.#eligible.values()].find((each) => isSameDemand(each.demand, demand));
    const eligible = same ?? new Eligible(demand, this.#rooms, this.#hostsInUse);
    this.#eligible.set(kind, eligible);
    return eligible;
  }
}

/** Returns the problem of instances that found no host and are nowhere, with the reason for each host. */
export function refusal({ unit, reasons }: RefusedUnit): Problem {
  const only = reasons.length === 1 ? ` on host "${nameOf(reasons[0].host)}"` : "";
  return problem("PLAN_REFUSED", {
    severity: unit.isOptional ? "warning" : "error",
    what: `Cannot place ${namesOf(unit)}${only}`,
    where: { subject: unit.key },
    ...causeOf(reasons),
  });
}

/** Returns what is to be said of instances that stay where they are, as no host takes them. It keeps the plan from nothing. */
export function staying({ unit, reasons }: RefusedUnit): Problem {
  const { host } = unit.current!;
  return problem("PLAN_STAYS", {
    severity: "warning",
    what: `Cannot move ${namesOf(unit)} away from host "${hostName(host)}"`,
    where: { host: host.id, subject: unit.key },
    ...causeOf(reasons),
  });
}

function namesOf({ members }: Unit): string {
  const names = members.map(({ id }) => `"${id}"`);
  return names.length === 1 ? `instance ${names[0]}` : `instances ${names.join(", ")} together`;
}

function causeOf(reasons: readonly HostReason[]): Pick<Problem, "why" | "fix"> {
  const why = reasons.length === 0
    ? "The cluster has no hosts"
    : reasons.length === 1
    ? sentence(reasons[0].why)
    : byReason(reasons).join("; ");
  return { why, fix: fixFor(reasons) };
}

/** Whether a problem tells of instances that found no host. */
export function isRefusal({ code }: Problem): boolean {
  return code === "PLAN_REFUSED" || code === "PLAN_STAYS";
}

const hostsNamedMax = 5;

/** Each reason with the hosts that give it. */
function byReason(reasons: readonly HostReason[]): string[] {
  return [...groupBy(reasons, ({ why }) => why)].map(([why, hosts]) => {
    const names = hosts.slice(0, hostsNamedMax).map(({ host }) => `"${nameOf(host)}"`);
    const more = hosts.length > names.length ? ` and ${hosts.length - names.length} more` : "";
    return `Host${hosts.length > 1 ? "s" : ""} ${names.join(", ")}${more}: ${why}`;
  });
}

function nameOf({ host }: HostRoom): string {
  return hostName(host);
}

function sentence(text: string): string {
  return text[0].toUpperCase() + text.slice(1);
}

function kindOf(bundle: readonly WantedInstance[]): string {
  if (bundle.length === 1) return bundle[0].vertex.id;
  return [...new Set(bundle.map(({ vertex }) => vertex.id))].join("\n");
}

function sum(bundle: readonly WantedInstance[], resource: keyof Resources): number {
  return bundle.reduce((all, { vertex }) => all + requestsOf(vertex)[resource], 0);
}

function isSameDemand(a: HostDemand, b: HostDemand): boolean {
  return a.commands.join("\n") === b.commands.join("\n") &&
    a.selectors.length === b.selectors.length &&
    a.selectors.every((each, index) => each === b.selectors[index]);
}

function groupBy<T>(items: readonly T[], keyOf: (item: T) => string): Map<string, T[]> {
  const groups = new Map<string, T[]>();
  for (const item of items) push(groups, keyOf(item), item);
  return groups;
}

function push<T>(map: Map<string, T[]>, key: string, item: T): void {
  const items = map.get(key);
  if (items) items.push(item);
  else map.set(key, [item]);
}
