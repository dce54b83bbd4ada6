import type { WantedInstance } from "./instantiate.ts";
import type { GroupPolicy } from "./policies.ts";

/** Instances that go to one host whatever happens: those that follow others, and what a strict Colocation holds together. */
export class Bundles {
  readonly #of = new Map<string, WantedInstance[]>();
  readonly #strict: readonly GroupPolicy[];

  constructor(instances: readonly WantedInstance[], colocation: readonly GroupPolicy[]) {
    this.#strict = colocation.filter(({ strictness }) => strictness === "strict");
    for (const each of instances) {
      const leader = each.follows && this.#of.get(each.follows);
      if (leader) leader.push(each);
      this.#of.set(each.id, leader || [each]);
    }
    for (const policy of this.#strict) {
      for (const each of byIndex(policy, instances)) this.#join(each);
    }
  }

  /** Every bundle once, in the order of their first members. */
  get all(): ReadonlySet<readonly WantedInstance[]> {
    return new Set(this.#of.values());
  }

  of(id: string): readonly WantedInstance[] {
    return this.#of.get(id)!;
  }

  /** Returns the fewest policies that hold two members of a bundle together; none where one follows the other. */
  ties(from: WantedInstance, to: WantedInstance): readonly GroupPolicy[] {
    const left = new Set(this.of(from.id));
    left.delete(from);
    const ways: { readonly at: WantedInstance; readonly by: readonly GroupPolicy[] }[] = [
      { at: from, by: [] },
    ];
    for (const { at, by } of ways) {
      if (at === to) return [...new Set(by)];
      for (const other of left) {
        const tie = this.#tie(at, other);
        if (tie === undefined) continue;
        left.delete(other);
        ways.push({ at: other, by: tie === "follows" ? by : [...by, tie] });
      }
    }
    return [];
  }

  #tie(a: WantedInstance, b: WantedInstance): GroupPolicy | "follows" | undefined {
    if (a.follows === b.id || b.follows === a.id) return "follows";
    if (a.index !== b.index) return undefined;
    return this.#strict.find(({ templates }) =>
      templates.includes(a.vertex.name) && templates.includes(b.vertex.name)
    );
  }

  #join([first, ...others]: readonly WantedInstance[]): void {
    for (const other of others) {
      const [bundle, joined] = [this.#of.get(first.id)!, this.#of.get(other.id)!];
      if (bundle === joined) continue;
      bundle.push(...joined);
      for (const each of joined) this.#of.set(each.id, bundle);
    }
  }
}

/** Returns which instances a Colocation is about together: those of its templates that have the same index. */
export function byIndex(
  { templates }: GroupPolicy,
  instances: readonly WantedInstance[],
): WantedInstance[][] {
  const groups = new Map<number, WantedInstance[]>();
  const byTemplate = Map.groupBy(instances, ({ vertex }) => vertex.name);
  for (const each of templates.flatMap((template) => byTemplate.get(template) ?? [])) {
    const group = groups.get(each.index);
    if (group) group.push(each);
    else groups.set(each.index, [each]);
  }
  return [...groups.values()];
}
