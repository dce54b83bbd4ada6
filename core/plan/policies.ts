import {
  didYouMean,
  Float,
  formatPosition,
  type Problem,
  problem,
  type SourcePosition,
  type Where,
} from "../base/mod.ts";
import { type CloutIndex, type Policy, Scalar, type Value } from "../clout/mod.ts";

/** The profile that the policies below are of. */
const profile = "org.khutulun:1.0";

/** Whether a rule must hold, or is kept as far as it can be. */
export type Strictness = "strict" | "preferred";

/** The policies of a service in the planner's terms: node templates by name. */
export interface PlacementPolicies {
  readonly redundancy: ReadonlyMap<string, { readonly min: number; readonly max: number }>;
  readonly colocation: readonly GroupPolicy[];
  readonly separation: readonly GroupPolicy[];
  readonly scattering: readonly GroupPolicy[];
  readonly distribution: readonly DistributionPolicy[];
  readonly placement: readonly SelectorPolicy[];
  /** Plugin by template. */
  readonly delegation: ReadonlyMap<string, string>;
  readonly problems: readonly Problem[];
}

/** A policy by its name, where it stands, and the node templates that it is for. */
export interface NamedPolicy {
  readonly name: string;
  readonly source?: SourcePosition;
  readonly templates: readonly string[];
}

export interface GroupPolicy extends NamedPolicy {
  readonly strictness: Strictness;
}

/** Shares the instances of its templates among the values of a host label, evenly where no ratio is given. */
export interface DistributionPolicy extends GroupPolicy {
  readonly label: string;
  readonly ratio: ReadonlyMap<string, number>;
}

/** Which hosts may take the instances of its templates. What is absent or empty does not restrict. */
export interface SelectorPolicy extends NamedPolicy {
  readonly hosts: readonly string[];
  readonly labels: ReadonlyMap<string, readonly string[]>;
  /** At most so many of them, or such a part of them (0 to 1, at least one). */
  readonly count?: number;
  readonly ratio?: number;
}

/** Policies of the profile that others carry out: `agent/`, and the plugins through it. */
const carriedOutElsewhere = ["HealthCheck", "Isolation", "Restart", "Update"];
const carriedOutHere = [
  "Redundancy",
  "Colocation",
  "Separation",
  "Scattering",
  "Distribution",
  "Placement",
  "Delegation",
];

const carriedOut = [...carriedOutHere, ...carriedOutElsewhere];

/** Reads the policies of a graph. A policy that nothing carries out is a warning, never silence. */
export function readPolicies(index: CloutIndex): PlacementPolicies {
  const reader = new PolicyReader(index);
  for (const policy of index.clout.service.policies) reader.read(policy);
  return reader;
}

class PolicyReader implements PlacementPolicies {
  readonly redundancy = new Map<string, { min: number; max: number }>();
  readonly colocation: GroupPolicy[] = [];
  readonly separation: GroupPolicy[] = [];
  readonly scattering: GroupPolicy[] = [];
  readonly distribution: DistributionPolicy[] = [];
  readonly placement: SelectorPolicy[] = [];
  readonly delegation = new Map<string, string>();
  readonly problems: Problem[] = [];
  readonly #index: CloutIndex;
  /** Of kinds of which a template has one: who gave it what. */
  readonly #given = new Map<string, { readonly policy: Policy; readonly what: string }>();

  constructor(index: CloutIndex) {
    this.#index = index;
  }

  read(policy: Policy): void {
    const templates = this.#index.templatesOf(policy)
      .filter((name) => this.#index.ofTemplate(name).length > 0);
    const { name, source } = policy;
    const common = { name, templates, ...(source && { source }) };
    switch (this.#kindOf(policy)) {
      case "Redundancy":
        return this.#redundancy(policy, templates);
      case "Colocation":
        return void this.colocation.push({ ...common, ...mode(policy, "strict") });
      case "Separation":
        return void this.separation.push({ ...common, ...mode(policy, "strict") });
      case "Scattering":
        return void this.scattering.push({ ...common, ...mode(policy, "preferred") });
      case "Distribution":
        return this.#distribution(policy, common);
      case "Placement":
        return this.#placement(policy, common);
      case "Delegation": {
        const plugin = text(policy.properties.get("plugin"));
        if (plugin === undefined) return this.#wrong(policy, `it names no "plugin"`);
        for (const template of templates) {
          this.#give(policy, "Delegation", template, `plugin "${plugin}"`);
          this.delegation.set(template, plugin);
        }
      }
    }
  }

  #kindOf(policy: Policy): string | undefined {
    const kinds = policy.types.filter((type) => type.startsWith(`${profile}::`))
      .map((type) => type.slice(profile.length + 2));
    const kind = kinds.find((each) => carriedOutHere.includes(each));
    if (kind || kinds.some((each) => carriedOutElsewhere.includes(each))) return kind;
    this.problems.push(problem("PLAN_POLICY_UNKNOWN", {
      severity: "warning",
      what: `Policy "${policy.name}" has no effect: nothing carries out type "${policy.types[0]}"`,
      where: whereOf(policy),
      fix: didYouMean(policy.types[0]?.split("::").at(-1) ?? "", carriedOut) ??
        `Use a policy type of profile "${profile}", or one derived from it`,
    }));
    return undefined;
  }

  #redundancy(policy: Policy, templates: readonly string[]): void {
    const min = integer(policy.properties.get("min")) ?? 1;
    const max = integer(policy.properties.get("max")) ?? min;
    if (min < 0 || max < min || max > 1_000_000) {
      return this.#wrong(policy, `"min" is ${min} and "max" is ${max}`);
    }
    for (const template of templates) {
      if (this.#index.ofTemplate(template).some((vertex) => vertex.count !== 1)) {
        this.problems.push(problem("PLAN_COUNT_TWICE", {
          what: `Cannot tell how many instances of "${template}" are wanted`,
          why: `The node template has a "count", and policy "${policy.name}" gives another`,
          fix: "Leave one of them out",
        }));
      }
      this.#give(policy, "Redundancy", template, min === max ? `${min}` : `${min} to ${max}`);
      this.redundancy.set(template, { min, max });
    }
  }

  #distribution(policy: Policy, common: NamedPolicy): void {
    const label = text(policy.properties.get("label"));
    if (label === undefined) return this.#wrong(policy, `it names no "label"`);
    const ratio = [...mapOf(policy.properties.get("ratio"))]
      .map(([value, share]): [string, number] => [value, number(share) ?? 0]);
    if (ratio.length > 0 && !ratio.some(([, share]) => share > 0)) {
      return this.#wrong(policy, `no share of its "ratio" is above 0`);
    }
    this.distribution.push({
      ...common,
      ...mode(policy, "preferred"),
      label,
      ratio: new Map(ratio),
    });
  }

  #placement(policy: Policy, common: NamedPolicy): void {
    const count = integer(policy.properties.get("count"));
    const ratio = number(policy.properties.get("ratio"));
    if (count !== undefined && count < 1) return this.#wrong(policy, `"count" is ${count}`);
    if (ratio !== undefined && !(ratio > 0 && ratio <= 1)) {
      return this.#wrong(policy, `"ratio" is ${ratio}, not above 0 and at most 1`);
    }
    const labels = [...mapOf(policy.properties.get("labels"))]
      .map(([label, value]): [string, string[]] => [label, texts(value)]);
    this.placement.push({
      ...common,
      hosts: texts(policy.properties.get("hosts") ?? null),
      labels: new Map(labels),
      ...(count !== undefined && { count }),
      ...(ratio !== undefined && { ratio }),
    });
  }

  /** Notes what a policy gives a template; another one may not give it something else. */
  #give(policy: Policy, kind: string, template: string, what: string): void {
    const key = `${kind}/${template}`;
    const other = this.#given.get(key);
    this.#given.set(key, { policy, what });
    if (other === undefined || other.what === what) return;
    this.problems.push(problem("PLAN_POLICY", {
      what: `Cannot carry out policy "${policy.name}" beside policy "${other.policy.name}"`,
      where: whereOf(policy),
      why: `${called(policy)} gives "${template}" ${what}, ${called(other.policy)} ${other.what}`,
      fix: `Take "${template}" out of the targets of one of them, or let both say the same`,
    }));
  }

  #wrong(policy: Policy, why: string): void {
    this.problems.push(problem("PLAN_POLICY", {
      what: `Cannot carry out policy "${policy.name}": ${why}`,
      where: whereOf(policy),
      fix: "Correct the policy in the template",
    }));
  }
}

/** Returns where a policy is, for a problem with it. */
export function whereOf({ name, source }: Pick<Policy, "name" | "source">): Where {
  return { subject: name, ...(source && { position: source }) };
}

/** Returns a policy for a sentence: `"apart" (shop.yaml:12:5)`. */
export function called({ name, source }: Pick<Policy, "name" | "source">): string {
  return source ? `"${name}" (${formatPosition(source)})` : `"${name}"`;
}

function mode(policy: Policy, otherwise: Strictness): { strictness: Strictness } {
  const given = text(policy.properties.get("mode"));
  return { strictness: given === "strict" || given === "preferred" ? given : otherwise };
}

/** Returns a number that a property holds, or nothing. */
export function number(value: Value | undefined): number | undefined {
  if (typeof value === "bigint") return Number(value);
  if (value instanceof Float) return value.value;
  return value instanceof Scalar ? number(value.number) : undefined;
}

function integer(value: Value | undefined): number | undefined {
  return typeof value === "bigint" ? Number(value) : undefined;
}

function text(value: Value | undefined): string | undefined {
  return typeof value === "string" && value !== "" ? value : undefined;
}

function texts(value: Value): string[] {
  if (typeof value === "string") return [value];
  return Array.isArray(value) ? value.filter((each) => typeof each === "string") : [];
}

function mapOf(value: Value | undefined): ReadonlyMap<string, Value> {
  return value instanceof Map ? value : new Map();
}
