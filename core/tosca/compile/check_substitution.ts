import { didYouMean } from "../../base/mod.ts";
import { stringOf, type YamlNode, YamlScalar } from "../../yaml/mod.ts";
import { infer, mayBe, type StaticScope } from "../functions/check.ts";
import { parseExpression } from "../functions/expression.ts";
import { listed } from "../read/grammar.ts";
import { keyParts, type Mapping, type SubstitutionDefinition } from "../read/substitution.ts";
import { placeOf } from "../report.ts";
import type { NodeType } from "../resolve/node_type.ts";
import { type Requirement, showRange } from "../resolve/requirements.ts";
import { resolveSchema, type Schema } from "../resolve/schema.ts";
import { checkNode } from "./check_service.ts";
import type { ServiceParts } from "./instantiate.ts";
import type { Template } from "./templates.ts";

/** Checks the substitution mappings of a service template (TOSCA 2.0, section 15). */
export function checkSubstitution(parts: ServiceParts, scope: StaticScope): void {
  const mappings = parts.definition.substitution_mappings;
  if (!mappings?.node_type) return;
  const type = parts.model.nodeType(parts.unit, mappings.node_type, "the substitution mapping");
  if (!type) return;
  const check = new SubstitutionCheck(parts, scope, mappings, type);
  check.run();
}

/** How often a requirement is mapped. */
interface MappedCount {
  total: number;
  mandatory: number;
  /** The first mapping that is one too many. */
  tooMany?: YamlNode;
  tooManyMandatory?: YamlNode;
}

class SubstitutionCheck {
  readonly #mappedInputs = new Set<string>();

  constructor(
    readonly parts: ServiceParts,
    readonly scope: StaticScope,
    readonly mappings: SubstitutionDefinition,
    readonly type: NodeType,
  ) {}

  run(): void {
    const { mappings } = this;
    for (const each of mappings.properties ?? []) this.#property(each);
    for (const each of mappings.attributes ?? []) this.#attribute(each);
    for (const { name, key, value } of mappings.capabilities?.values() ?? []) {
      this.#capability(name, key, value);
    }
    this.#requirements(mappings.requirements ?? []);
    this.#interfaces();
    this.#missingInputs();
    if (mappings.substitution_filter) {
      const self = {
        kind: "node" as const,
        label: this.type.label,
        type: this.type,
        isOpen: false,
      };
      const scope: StaticScope = { ...this.scope, self, hasNodeIndex: true };
      checkNode(
        mappings.substitution_filter,
        scope,
        this.parts.model.builtIn("boolean").schema,
        "the substitution filter",
      );
    }
  }

  #error(at: YamlNode, what: string, why: string, fix?: string, isWarning = false): void {
    this.parts.model.report[isWarning ? "warn" : "error"]("TOSCA_SUBSTITUTION", at, {
      what: `Cannot map ${what}`,
      why,
      ...(fix ? { fix } : {}),
    });
  }

  #unknown(at: YamlNode, what: string, noun: string, name: string, known: Iterable<string>): void {
    const names = [...known];
    this.#error(
      at,
      `${what}: there is no ${noun} "${name}"`,
      `There are ${listed(names)}`,
      didYouMean(name, names),
    );
  }

  #property({ key, value }: Mapping): void {
    const input = stringOf(value);
    const parameter = input === undefined ? undefined : this.parts.parameters.get(input);
    if (input === undefined || !parameter) {
      return this.#unknown(value, "a property", "input", input ?? "", this.parts.parameters.keys());
    }
    this.#mappedInputs.add(input);
    const found = this.#outer(key, "property");
    if (!found || !parameter.schema || mayBe(found, parameter.schema)) return;
    this.#error(
      value,
      `the property to the input "${input}"`,
      `The property is of the type "${found.type.name}", the input of "${parameter.schema.type.name}" (${
        placeOf(parameter.key)
      })`,
      "Map it to an input of its type, or change the type of the input",
    );
  }

  #attribute({ key, value }: Mapping): void {
    const output = stringOf(value);
    const outputs = this.parts.definition.outputs;
    if (output === undefined || !outputs?.has(output)) {
      return this.#unknown(value, "an attribute", "output", output ?? "", outputs?.keys() ?? []);
    }
    const found = this.#outer(key, "attribute");
    const inner = this.#outputSchema(output);
    if (!found || !inner || mayBe(inner, found)) return;
    this.#error(
      value,
      `the output "${output}" to the attribute`,
      `The output is of the type "${inner.type.name}", the attribute of "${found.type.name}"`,
      "Map an output of its type, or change the type of the output",
    );
  }

  /** Returns the type of an output: the one that is written, or that of what it reads. */
  #outputSchema(name: string): Schema | undefined {
    const { model, unit, definition } = this.parts;
    const { value } = definition.outputs!.get(name)!;
    if (value.type) {
      return model.report.quietly(() =>
        resolveSchema(model, unit, value, `output "${name}"`, undefined)
      );
    }
    const written = value.value ?? (value.isShort ? value.at : undefined);
    const expression = written && parseExpression(written, model.report);
    return expression?.kind === "call"
      ? model.report.quietly(() => infer(expression, this.scope))
      : undefined;
  }

  /** Returns the type of what a property or attribute mapping's key names on the substituted node. */
  #outer(key: YamlNode, noun: "property" | "attribute"): Schema | undefined {
    const parts = keyParts(key);
    const [first] = parts.map((each) => stringOf(each));
    const last = parts.at(-1);
    const name = last && stringOf(last);
    if (!last || name === undefined) {
      return void this.#error(key, `a ${noun}`, `The key is no name and no list of names`);
    }
    const slot = this.#owner(first, parts, key, noun);
    if (!slot) return undefined;
    const found = slot.properties.get(name) ??
      (noun === "attribute" ? slot.attributes.get(name) : undefined);
    if (!found && !this.type.isPartial) {
      const known = [
        ...slot.properties.keys(),
        ...(noun === "attribute" ? slot.attributes.keys() : []),
      ];
      this.#unknown(last, `a ${noun} of ${this.type.label}`, noun, name, known);
    }
    return parts.some((each) => stringOf(each) === "ALL") ? undefined : found?.schema;
  }

  #owner(
    first: string | undefined,
    parts: readonly YamlNode[],
    key: YamlNode,
    noun: string,
  ): Pick<NodeType, "properties" | "attributes"> | undefined {
    if (first !== "CAPABILITY" && first !== "RELATIONSHIP") return this.type;
    const name = parts[1] && stringOf(parts[1]);
    const isCapability = first === "CAPABILITY";
    const known = isCapability ? this.type.capabilities : this.type.requirements;
    if (name === undefined || !known.has(name)) {
      const what = isCapability ? "capability" : "requirement";
      return void this.#unknown(
        parts[1] ?? key,
        `a ${noun} of ${this.type.label}`,
        what,
        name ?? "",
        known.keys(),
      );
    }
    return isCapability
      ? this.type.capabilities.get(name)
      : this.type.requirements.get(name)!.relationship;
  }

  #capability(name: string, key: YamlNode, value: YamlNode): void {
    const outer = this.type.capabilities.get(name);
    if (!outer && !this.type.isPartial) {
      this.#unknown(
        key,
        `a capability of ${this.type.label}`,
        "capability",
        name,
        this.type.capabilities.keys(),
      );
    }
    const pair = pairOf(value);
    if (!pair) {
      return this.#error(
        value,
        `the capability "${name}"`,
        "It is mapped to a list: a node template and one of its capabilities",
        "Write [ TEMPLATE, CAPABILITY ]",
      );
    }
    const template = this.#template(pair[0]);
    const { type } = template ?? {};
    if (!type) return;
    const inner = type.capabilities.get(stringOf(pair[1])!);
    if (!inner) {
      if (type.isPartial) return;
      return this.#unknown(
        pair[1],
        `the capability "${name}" to node template "${template!.name}"`,
        "capability",
        stringOf(pair[1])!,
        type.capabilities.keys(),
      );
    }
    if (outer?.type && inner.type && !inner.type.derivesFrom(outer.type)) {
      this.#error(
        pair[1],
        `the capability "${name}"`,
        `"${inner.name}" of "${
          template!.name
        }" is of the type "${inner.type.name}", which does not derive from "${outer.type.name}"`,
        `Map it to a capability of the type "${outer.type.name}"`,
      );
    }
  }

  #template(node: YamlNode): Template | undefined {
    const name = stringOf(node);
    const template = name === undefined ? undefined : this.parts.templates.get(name);
    if (!template) {
      this.#unknown(
        node,
        "to a node template",
        "node template",
        name ?? "",
        this.parts.templates.keys(),
      );
    }
    return template;
  }

  #requirements(mappings: readonly Mapping[]): void {
    const unbounded = new Map<string, YamlNode>();
    const counts = new Map<string, MappedCount>();
    for (const { key, value } of mappings) {
      const [nameNode, countNode] = keyParts(key);
      const name = nameNode && stringOf(nameNode);
      const outer = name === undefined ? undefined : this.type.requirements.get(name);
      if (name === undefined || !outer) {
        if (!this.type.isPartial) {
          this.#unknown(
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
        this.#error(
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
    this.#error(
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
      this.#error(
        sum.tooManyMandatory,
        `the requirement "${outer.name}" to ${sum.mandatory} requirements that must be fulfilled`,
        `${range}, so that only ${min} are certain to be there`,
        "Make the inner requirements optional, or raise the minimum of the outer one",
        // The committee's own examples leave the outer range to its default and mean that the target is there.
        outer.count.at === undefined,
      );
    }
    if (sum.tooMany) {
      this.#error(
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
      this.#unknown(
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
      this.#template(pair[0]);
      return 0;
    }
    let mandatory = 0;
    for (const item of items) {
      const inner = pairOf(item);
      if (inner) {
        const template = this.#template(inner[0]);
        if (template?.type) mandatory += this.#innerRequirement(name, template, inner[1], outer);
        continue;
      }
      const template = this.#template(item);
      if (template && !template.directives.includes("select")) {
        this.#error(
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
      this.#unknown(
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
      this.#error(
        node,
        `the requirement "${name}" to "${innerName}" of "${template.name}"`,
        `That requirement has a target already (${placeOf(fixed.key)})`,
        "Leave the inner requirement without a target",
      );
    }
    if (outer.capability && inner.capability && !outer.capability.derivesFrom(inner.capability)) {
      this.#error(
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

  #interfaces(): void {
    const { workflows } = this.parts.definition;
    for (const { name, key, value } of this.mappings.interfaces?.values() ?? []) {
      const slot = this.type.interfaces.get(name);
      if (!slot) {
        if (!this.type.isPartial) {
          this.#unknown(
            key,
            `an interface of ${this.type.label}`,
            "interface",
            name,
            this.type.interfaces.keys(),
          );
        }
        continue;
      }
      for (const operation of value.values()) {
        if (!slot.operations.has(operation.name)) {
          this.#unknown(
            operation.key,
            `an operation of interface "${name}"`,
            "operation",
            operation.name,
            slot.operations.keys(),
          );
        }
        if (!workflows?.has(operation.value.value)) {
          this.#unknown(
            operation.value.node,
            `operation "${name}.${operation.name}"`,
            "workflow",
            operation.value.value,
            workflows?.keys() ?? [],
          );
        }
      }
    }
  }

  #missingInputs(): void {
    const at = this.mappings.node_type!.node;
    for (const input of this.parts.parameters.values()) {
      if (!input.isRequired || input.default || this.#mappedInputs.has(input.name)) continue;
      this.parts.model.report.error("TOSCA_SUBSTITUTION", input.key, {
        what: `Cannot substitute a node: the input "${input.name}" would have no value`,
        why: `It is required, has no default, and no property is mapped to it (${placeOf(at)})`,
        fix: `Map a property to it: properties: { PROPERTY: ${input.name} }`,
      });
    }
  }
}

/** Returns a list of two strings. */
export function pairOf(value: YamlNode): readonly [YamlNode, YamlNode] | undefined {
  if (value.kind !== "list" || value.items.length !== 2) return undefined;
  const [first, second] = value.items;
  return stringOf(first) !== undefined && stringOf(second) !== undefined
    ? [first, second]
    : undefined;
}
