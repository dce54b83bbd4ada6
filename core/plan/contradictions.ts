import { type Problem, problem } from "../base/mod.ts";
import { Bundles } from "./bundles.ts";
import type { WantedInstance } from "./instantiate.ts";
import type { HostInventory } from "./inventory.ts";
import {
  called,
  type GroupPolicy,
  type NamedPolicy,
  type PlacementPolicies,
  type SelectorPolicy,
  whereOf,
} from "./policies.ts";

export interface ContradictionsInput {
  readonly instances: readonly WantedInstance[];
  readonly policies: PlacementPolicies;
  /** They tell which names and ids are of one host; what is on them does not matter. */
  readonly hosts: readonly HostInventory[];
}

/** Beyond so many it is left to the placer to find that they do not fit on the hosts that policies name. */
const matchedMax = 500;

/** A strict rule that keeps instances from each other: of different `side`s they are on different hosts. */
interface ApartRule {
  readonly policy: GroupPolicy;
  readonly templates: readonly string[];
  readonly sideOf: (instance: WantedInstance) => string;
}

/** What a policy asks of the host of an instance: that it is one of these, by id or by the value of a label. */
interface Wish {
  readonly policy: NamedPolicy;
  readonly values: ReadonlySet<string>;
}

/** Something that needs a host for itself, and the hosts that policies leave it; any where there are none. */
interface Apart {
  readonly name: string;
  readonly selectors: readonly SelectorPolicy[];
  readonly hosts?: ReadonlySet<string>;
}

/**
 * Returns what no cluster can do, whatever hosts it has: strict policies of one service that want the contrary of each
 * other. Each problem names the policies and says where they are.
 *
 * What it finds is certain. What it does not find (ratios, many policies at once) the placer refuses, host by host.
 */
export function contradictions(input: ContradictionsInput): Problem[] {
  return new ContradictionFinder(input).find();
}

class ContradictionFinder {
  readonly #policies: PlacementPolicies;
  readonly #instances: readonly WantedInstance[];
  readonly #bundles: Bundles;
  readonly #idsOf: ReadonlyMap<string, readonly string[]>;
  readonly #problems = new Map<string, Problem>();

  constructor({ instances, policies, hosts }: ContradictionsInput) {
    this.#policies = policies;
    this.#instances = instances;
    this.#bundles = new Bundles(instances, policies.colocation);
    this.#idsOf = new Map(
      [...Map.groupBy(hosts, ({ id, name }) => name ?? id)]
        .map(([name, named]) => [name, named.map(({ id }) => id)]),
    );
  }

  find(): Problem[] {
    const rules = apartRules(this.#policies);
    const seen = new Set<string>();
    for (const bundle of this.#bundles.all) {
      for (const rule of rules) this.#metInside(bundle, rule);
      const templates = templatesOf(bundle).join("\n");
      if (!seen.has(templates)) this.#noHostOf(bundle);
      seen.add(templates);
    }
    for (const rule of rules) {
      const parts = this.#partsOf(rule);
      this.#tooManyForCount(rule, parts);
      this.#tooManyForHosts(rule, parts);
    }
    return [...this.#problems.values()];
  }

  /** What has to be together is not to be together. */
  #metInside(bundle: readonly WantedInstance[], rule: ApartRule): void {
    if (bundle.length < 2) return;
    const { policy, templates, sideOf } = rule;
    const [one, ...others] = bundle.filter(({ vertex }) => templates.includes(vertex.name));
    const other = others.find((each) => sideOf(each) !== sideOf(one));
    if (other === undefined) return;
    const ties = this.#bundles.ties(one, other);
    const pair = `"${one.id}" and "${other.id}"`;
    const together = ties.length === 0
      ? `"${one.id}" is always where "${other.id}" is, as one belongs to the other`
      : `${listed(ties)} ${ties.length > 1 ? "keep" : "keeps"} ${pair} on one host`;
    this.#add([policy, ...ties], {
      why: `${together}, and ${called(policy)} keeps them on different ones`,
      fix: ties.length === 0
        ? `Take "${one.vertex.name}" or "${other.vertex.name}" out of the targets of ` +
          `"${policy.name}", or give it the mode "preferred"`
        : 'Remove one of them, or give one the mode "preferred": it then gives way',
    });
  }

  /** Instances that go to one host, and policies that leave them none in common. */
  #noHostOf(bundle: readonly WantedInstance[]): void {
    const templates = templatesOf(bundle);
    const [who, where] = templates.length > 1
      ? [`${quoted(templates)}, which are on one host`, "leave them no host in common"]
      : [`"${templates[0]}"`, "leave it no host"];
    const selectors = this.#selectorsOf(bundle);
    const hosts = contraries(selectors.flatMap((each) => this.#hostWish(each) ?? []));
    const byLabel = Map.groupBy(
      labelWishes(selectors, this.#policies, templates),
      ({ label }) => label,
    );
    for (const [label, wishes] of [["", hosts], ...labelsOf(byLabel)] as const) {
      if (wishes.length === 0) continue;
      const of = label === "" ? "host" : `label "${label}"`;
      const wants = wishes.map(({ policy, values }) =>
        `${called(policy)} wants ${of} ${
          quoted([...values].map((each) => this.#nameOf(each)), "or")
        }`
      );
      this.#add(wishes.map(({ policy }) => policy), {
        why: `For ${who}, ${wants.join(", and ")}: they ${where}`,
        fix: templates.length > 1
          ? "Let them name the same in one place at least, or do not keep the nodes together"
          : "Remove one of them, or let them name the same in one place at least",
      });
    }
  }

  /** More that is to be apart than the hosts that a policy allows by number. */
  #tooManyForCount({ policy }: ApartRule, parts: readonly Apart[]): void {
    for (const selector of this.#policies.placement) {
      const of = parts.filter(({ selectors }) => selectors.includes(selector));
      if (selector.count === undefined || of.length <= selector.count) continue;
      const hosts = `${selector.count} host${selector.count > 1 ? "s" : ""}`;
      this.#add([policy, selector], {
        why: `${called(policy)} keeps ${of.length} apart (${namesOf(of)}), and ${
          called(selector)
        } allows ${hosts}`,
        fix: `Raise the count of "${selector.name}" to ${of.length} or more, want fewer ` +
          `instances, or give "${policy.name}" the mode "preferred"`,
      });
    }
  }

  /** More that is to be apart than the hosts that policies allow by name. */
  #tooManyForHosts({ policy }: ApartRule, parts: readonly Apart[]): void {
    const bound = parts.filter(({ hosts }) => hosts !== undefined);
    // What has no host at all is told by itself.
    if (bound.length > matchedMax || bound.some(({ hosts }) => hosts!.size === 0)) return;
    const crowd = crowdOf(bound);
    if (crowd.length === 0) return;
    const hosts = new Set(crowd.flatMap((each) => [...each.hosts!]));
    const naming = [...new Set(crowd.flatMap(({ selectors }) => selectors))]
      .filter((each) => each.hosts.length > 0);
    const names = [...hosts].slice(0, namesMax).map((host) => this.#nameOf(host));
    const others = hosts.size > namesMax ? ` and ${hosts.size - namesMax} more` : "";
    const allow = naming.length > 1 ? "allow" : "allows";
    this.#add([policy, ...naming], {
      why: `${called(policy)} keeps ${crowd.length} apart (${namesOf(crowd)}), and ${
        listed(naming)
      } ${allow} host${hosts.size > 1 ? "s" : ""} ${quoted(names)}${others} only`,
      fix: `Let ${naming.length > 1 ? "one of them" : `"${naming[0].name}"`} name more hosts, ` +
        `want fewer instances, or give "${policy.name}" the mode "preferred"`,
    });
  }

  /**
   * Returns what a rule keeps apart for certain: each instance where it is about those of one template, else one instance of
   * each template, the one with the fewest hosts.
   */
  #partsOf({ templates, sideOf }: ApartRule): Apart[] {
    const parts = new Map<string, Apart>();
    for (const each of this.#instances) {
      if (each.isOptional || !templates.includes(each.vertex.name)) continue;
      const selectors = this.#selectorsOf(this.#bundles.of(each.id));
      const wishes = selectors.flatMap((selector) => this.#hostWish(selector)?.values ?? []);
      const hosts = wishes.reduce<ReadonlySet<string> | undefined>(
        (all, values) => all?.intersection(values) ?? values,
        undefined,
      );
      const side = sideOf(each);
      const known = parts.get(side);
      const size = (it: ReadonlySet<string> | undefined) => it?.size ?? Infinity;
      if (known && size(known.hosts) <= size(hosts)) continue;
      parts.set(side, { name: side, selectors, ...(hosts && { hosts }) });
    }
    return [...parts.values()];
  }

  #selectorsOf(bundle: readonly WantedInstance[]): SelectorPolicy[] {
    const templates = templatesOf(bundle);
    return this.#policies.placement.filter((selector) =>
      selector.templates.some((each) => templates.includes(each))
    );
  }

  /** A host may be named by its name or its id: both are one. */
  #hostWish(policy: SelectorPolicy): Wish | undefined {
    if (policy.hosts.length === 0) return undefined;
    return {
      policy,
      values: new Set(policy.hosts.flatMap((host) => this.#idsOf.get(host) ?? host)),
    };
  }

  #nameOf(id: string): string {
    return [...this.#idsOf].find(([, ids]) => ids.includes(id))?.[0] ?? id;
  }

  /** One problem for the same policies is enough, however many instances it is about. */
  #add(policies: readonly NamedPolicy[], { why, fix }: { why: string; fix: string }): void {
    const names = policies.map(({ name }) => name);
    const key = names.toSorted().join("\n");
    if (this.#problems.has(key)) return;
    const [first, ...others] = names;
    this.#problems.set(
      key,
      problem("PLAN_POLICY", {
        what: others.length > 0
          ? `Cannot carry out policy "${first}" beside ${
            quoted(others)
          }: they contradict each other`
          : `Cannot carry out policy "${first}": it contradicts what belongs together`,
        where: whereOf(policies[0]),
        why,
        fix,
      }),
    );
  }
}

function apartRules({ separation, scattering }: PlacementPolicies): ApartRule[] {
  const isStrict = ({ strictness }: GroupPolicy) => strictness === "strict";
  return [
    ...separation.filter(isStrict).map((policy): ApartRule => ({
      policy,
      templates: policy.templates,
      sideOf: policy.templates.length === 1 ? ({ id }) => id : ({ vertex }) => vertex.name,
    })),
    ...scattering.filter(isStrict).flatMap((policy) =>
      policy.templates.map((template): ApartRule => ({
        policy,
        templates: [template],
        sideOf: ({ id }) => id,
      }))
    ),
  ];
}

/** What policies want of labels: Placement by its values, a strict Distribution by those that have a share. */
function labelWishes(
  selectors: readonly SelectorPolicy[],
  { distribution }: PlacementPolicies,
  templates: readonly string[],
): (Wish & { readonly label: string })[] {
  const chosen = selectors.flatMap((policy) =>
    [...policy.labels].filter(([, values]) => values.length > 0 && !values.includes("*"))
      .map(([label, values]) => ({ policy, label, values: new Set(values) }))
  );
  const shared = distribution
    .filter(({ strictness, ratio }) => strictness === "strict" && ratio.size > 0)
    .filter((policy) => policy.templates.some((each) => templates.includes(each)))
    .map((policy) => {
      const values = [...policy.ratio].filter(([, share]) => share > 0).map(([value]) => value);
      return { policy, label: policy.label, values: new Set(values) };
    });
  return [...chosen, ...shared];
}

function labelsOf(byLabel: ReadonlyMap<string, readonly Wish[]>): [string, readonly Wish[]][] {
  return [...byLabel].map(([label, wishes]) => [label, contraries(wishes)]);
}

/** Returns wishes that nothing fulfils together: two where two do, else all of them; none where something does. */
function contraries(wishes: readonly Wish[]): readonly Wish[] {
  for (const [at, one] of wishes.entries()) {
    const other = wishes.slice(at + 1).find(({ values }) => values.isDisjointFrom(one.values));
    if (other) return [one, other];
  }
  if (wishes.length < 3) return [];
  const common = wishes.map(({ values }) => values).reduce((all, each) => all.intersection(each));
  return common.size === 0 ? wishes : [];
}

/**
 * Returns parts that have fewer hosts among them than they are many, or none where each can have a host for itself (by
 * Hall's theorem one or the other is so; the hosts are given out along augmenting paths, after Kuhn).
 */
function crowdOf(parts: readonly Apart[]): readonly Apart[] {
  const holder = new Map<string, Apart>();
  for (const part of parts) {
    const tried = new Set<string>();
    if (!findHost(part, holder, tried)) {
      return parts.filter((each) =>
        each === part || [...tried].some((host) => holder.get(host) === each)
      );
    }
  }
  return [];
}

/** Gives a part a host, moving others where that helps. `tried` gets every host that was thought of. */
function findHost(part: Apart, holder: Map<string, Apart>, tried: Set<string>): boolean {
  for (const host of part.hosts!) {
    if (tried.has(host)) continue;
    tried.add(host);
    const other = holder.get(host);
    if (other !== undefined && !findHost(other, holder, tried)) continue;
    holder.set(host, part);
    return true;
  }
  return false;
}

function templatesOf(bundle: readonly WantedInstance[]): string[] {
  return [...new Set(bundle.map(({ vertex }) => vertex.name))];
}

const namesMax = 5;

function namesOf(parts: readonly Apart[]): string {
  const more = parts.length > namesMax ? ` and ${parts.length - namesMax} more` : "";
  return parts.slice(0, namesMax).map(({ name }) => `"${name}"`).join(", ") + more;
}

function listed(policies: readonly NamedPolicy[]): string {
  return policies.map(called).join(" and ");
}

function quoted(words: Iterable<string>, by = "and"): string {
  return [...words].map((each) => `"${each}"`).join(` ${by} `);
}
