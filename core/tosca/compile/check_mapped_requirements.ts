import { stringOf, type YamlNode, YamlScalar } from "../../yaml/mod.ts";
import { keyParts, type Mapping } from "../read/substitution.ts";
import { placeOf } from "../report.ts";
import type { NodeType } from "../resolve/node_type.ts";
import { type Requirement, showRange } from "../resolve/requirements.ts";
import type { ServiceParts } from "./instantiate.ts";
import { type MappingReport, pairOf } from "./mapping_report.ts";
import type { Template } from "./templates.ts";

/** How often a requirement is mapped. */
interface MappedCount {
  total: number;
  mandatory: number;
  /** The first mapping that is one too many. */
  tooMany?: YamlNode;
  tooManyMandatory?: YamlNode;
}
/** Checks the requirement mappings of a substitution (TOSCA 2.0, section 15.5). */
export class MappedRequirementsCheck {
  constructor(
    readonly parts: ServiceParts,
    /** The type of the node that is substituted. */
    readonly type: NodeType,
    readonly report: MappingReport,
  ) {}

  run(mappings: readonly Mapping[]): void {
    const unbounded = new Map<string, YamlNode>();
    const counts = new Map<string, MappedCount>();
    for (const { key, value } of mappings) {
      const [nameNode, countNode] = keyParts(key);
      const name = nameNode && stringOf(nameNode);
      const outer = name === undefined ? undefined : this.type.requirements.get(name);
      if (name === undefined || !outer) {
        if (!this.type.isPartial) {
          this.report.unknown(
            nameNode ?? key,
            `a requirement of ${this.type.label}`,
            "requirement",
            name ?? "",
            this.type.requirements.keys(),
          );
        }
        continue;
      }
      if (unbounded.has(name)) {
        this.report.error(
          key,
          `the requirement "${name}" again`,
          `The mapping at ${placeOf(unbounded.get(name)!)} is UNBOUNDED and takes all`,
          "Move the unbounded mapping to the end",
        );
      }
      const count = this.#mappingCount(countNode, name);
      if (count === undefined) continue;
      if (count === Infinity) unbounded.set(name, key);
      const mandatory = this.#requirementTargets(name, value, outer);
      const sum = counts.get(name) ?? { total: 0, mandatory: 0 };
      const mapped = countNode && count !== Infinity ? count : 1;
      sum.total += mapped;
      sum.mandatory += mandatory;
      if (sum.total > outer.count.max) sum.tooMany ??= key;
      if (sum.mandatory > outer.count.min) sum.tooManyMandatory ??= key;
      counts.set(name, sum);
    }
    for (const [name, sum] of counts) this.#checkCounts(this.type.requirements.get(name)!, sum);
  }

  #mappingCount(node: YamlNode | undefined, name: string): number | undefined {
    if (!node) return 1;
    if (stringOf(node) === "UNBOUNDED") return Infinity;
    if (node instanceof YamlScalar && typeof node.value === "bigint" && node.value >= 0n) {
      return Number(node.value);
    }
    this.report.error(
      node,
      `the requirement "${name}"`,
      "Its count is an integer of at least 0, or UNBOUNDED",
      "Write [ REQUIREMENT, COUNT ]",
    );
  }

  #checkCounts(outer: Requirement, sum: MappedCount): void {
    const { min, max } = outer.count;
    const range = `The count range of "${outer.name}" is ${showRange(outer.count)} (${
      placeOf(outer.count.at ?? outer.key)
    })`;
    if (sum.tooManyMandatory) {
      this.report.error(
        sum.tooManyMandatory,
        `the requirement "${outer.name}" to ${sum.mandatory} requirements that must be fulfilled`,
        `${range}, so that only ${min} are certain to be there`,
        "Make the inner requirements optional, or raise the minimum of the outer one",
        // The committee's own examples leave the outer range to its default and mean that the target is there.
        outer.count.at === undefined,
      );
    }
    if (sum.tooMany) {
      this.report.error(
        sum.tooMany,
        `the requirement "${outer.name}" ${sum.total} times`,
        range,
        `Leave ${max} of the mappings, or raise the maximum of the outer requirement`,
      );
    }
  }

  /** Checks what a requirement is mapped to; returns how many inner requirements must be fulfilled. */
  #requirementTargets(name: string, value: YamlNode, outer: Requirement): number {
    const pair = pairOf(value);
    const first = pair && this.parts.templates.get(stringOf(pair[0])!);
    const isPair = first && first.type?.requirements.has(stringOf(pair[1])!);
    if (isPair) return this.#innerRequirement(name, first, pair[1], outer);
    const items = value.kind === "list" ? value.items : [value];
    if (pair && first && !this.parts.templates.has(stringOf(pair[1])!) && !first.type?.isPartial) {
      this.report.unknown(
        pair[1],
        `the requirement "${name}" to node template "${first.name}"`,
        "requirement",
        stringOf(pair[1])!,
        first.type?.requirements.keys() ?? [],
      );
      return 0;
    }
    const isMeantAsPair = pair && !first && !this.parts.templates.has(stringOf(pair[1])!);
    if (isMeantAsPair) {
      this.report.template(pair[0]);
      return 0;
    }
    let mandatory = 0;
    for (const item of items) {
      const inner = pairOf(item);
      if (inner) {
        const template = this.report.template(inner[0]);
        if (template?.type) mandatory += this.#innerRequirement(name, template, inner[1], outer);
        continue;
      }
      const template = this.report.template(item);
      if (template && !template.directives.includes("select")) {
        this.report.error(
          item,
          `the requirement "${name}" to node template "${template.name}"`,
          "The template does not select: its node is made here and cannot be the outer target",
          'Add "directives: [ select ]", or map to one of its requirements: [ TEMPLATE, REQUIREMENT ]',
        );
      }
    }
    return Math.min(mandatory, value.kind === "list" ? 1 : mandatory);
  }

  #innerRequirement(
    name: string,
    template: Template,
    node: YamlNode,
    outer: Requirement,
  ): number {
    const innerName = stringOf(node)!;
    const inner = template.type!.requirements.get(innerName);
    if (!inner) {
      this.report.unknown(
        node,
        `the requirement "${name}" to node template "${template.name}"`,
        "requirement",
        innerName,
        template.type!.requirements.keys(),
      );
      return 0;
    }
    const assigned = template.definition.requirements?.filter((each) => each.name === innerName) ??
      [];
    const fixed = assigned.find((each) => {
      const target = each.value.node && stringOf(each.value.node);
      const first = each.value.node?.kind === "list" ? stringOf(each.value.node.items[0]) : target;
      return first !== undefined && this.parts.templates.has(first);
    });
    if (fixed && assigned.length === 1) {
      this.report.error(
        node,
        `the requirement "${name}" to "${innerName}" of "${template.name}"`,
        `That requirement has a target already (${placeOf(fixed.key)})`,
        "Leave the inner requirement without a target",
      );
    }
    if (outer.capability && inner.capability && !outer.capability.derivesFrom(inner.capability)) {
      this.report.error(
        node,
        `the requirement "${name}" to "${innerName}" of "${template.name}"`,
        `It requires the capability type "${inner.capability.name}", the outer one "${outer.capability.name}"`,
      );
    }
    const isMandatory = assigned.length > 0
      ? assigned.some((each) => !each.value.optional?.value) && inner.count.min > 0
      : inner.count.min > 0;
    return isMandatory ? 1 : 0;
  }
}
