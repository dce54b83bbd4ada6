import { stringOf, type YamlNode } from "../../yaml/mod.ts";
import { infer, mayBe, type StaticScope } from "../functions/check.ts";
import { parseExpression } from "../functions/expression.ts";
import { keyParts, type Mapping, type SubstitutionDefinition } from "../read/substitution.ts";
import { placeOf } from "../report.ts";
import type { NodeType } from "../resolve/node_type.ts";
import { resolveSchema, type Schema } from "../resolve/schema.ts";
import { MappedRequirementsCheck } from "./check_mapped_requirements.ts";
import { checkNode } from "./check_service.ts";
import type { ServiceParts } from "./instantiate.ts";
import { MappingReport, pairOf } from "./mapping_report.ts";

/** Checks the substitution mappings of a service template (TOSCA 2.0, section 15). */
export function checkSubstitution(parts: ServiceParts, scope: StaticScope): void {
  const mappings = parts.definition.substitution_mappings;
  if (!mappings?.node_type) return;
  const type = parts.model.nodeType(parts.unit, mappings.node_type, "the substitution mapping");
  if (!type) return;
  const check = new SubstitutionCheck(parts, scope, mappings, type);
  check.run();
}

class SubstitutionCheck {
  readonly #mappedInputs = new Set<string>();
  readonly #report: MappingReport;

  constructor(
    readonly parts: ServiceParts,
    readonly scope: StaticScope,
    readonly mappings: SubstitutionDefinition,
    readonly type: NodeType,
  ) {
    this.#report = new MappingReport(parts);
  }

  run(): void {
    const { mappings } = this;
    for (const each of mappings.properties ?? []) this.#property(each);
    for (const each of mappings.attributes ?? []) this.#attribute(each);
    for (const { name, key, value } of mappings.capabilities?.values() ?? []) {
      this.#capability(name, key, value);
    }
    new MappedRequirementsCheck(this.parts, this.type, this.#report).run(
      mappings.requirements ?? [],
    );
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

  #property({ key, value }: Mapping): void {
    const input = stringOf(value);
    const parameter = input === undefined ? undefined : this.parts.parameters.get(input);
    if (input === undefined || !parameter) {
      return this.#report.unknown(
        value,
        "a property",
        "input",
        input ?? "",
        this.parts.parameters.keys(),
      );
    }
    this.#mappedInputs.add(input);
    const found = this.#outer(key, "property");
    if (!found || !parameter.schema || mayBe(found, parameter.schema)) return;
    this.#report.error(
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
      return this.#report.unknown(
        value,
        "an attribute",
        "output",
        output ?? "",
        outputs?.keys() ?? [],
      );
    }
    const found = this.#outer(key, "attribute");
    const inner = this.#outputSchema(output);
    if (!found || !inner || mayBe(inner, found)) return;
    this.#report.error(
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
      return void this.#report.error(key, `a ${noun}`, `The key is no name and no list of names`);
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
      this.#report.unknown(last, `a ${noun} of ${this.type.label}`, noun, name, known);
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
      return void this.#report.unknown(
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
      this.#report.unknown(
        key,
        `a capability of ${this.type.label}`,
        "capability",
        name,
        this.type.capabilities.keys(),
      );
    }
    const pair = pairOf(value);
    if (!pair) {
      return this.#report.error(
        value,
        `the capability "${name}"`,
        "It is mapped to a list: a node template and one of its capabilities",
        "Write [ TEMPLATE, CAPABILITY ]",
      );
    }
    const template = this.#report.template(pair[0]);
    const { type } = template ?? {};
    if (!type) return;
    const inner = type.capabilities.get(stringOf(pair[1])!);
    if (!inner) {
      if (type.isPartial) return;
      return this.#report.unknown(
        pair[1],
        `the capability "${name}" to node template "${template!.name}"`,
        "capability",
        stringOf(pair[1])!,
        type.capabilities.keys(),
      );
    }
    if (outer?.type && inner.type && !inner.type.derivesFrom(outer.type)) {
      this.#report.error(
        pair[1],
        `the capability "${name}"`,
        `"${inner.name}" of "${
          template!.name
        }" is of the type "${inner.type.name}", which does not derive from "${outer.type.name}"`,
        `Map it to a capability of the type "${outer.type.name}"`,
      );
    }
  }

  #interfaces(): void {
    const { workflows } = this.parts.definition;
    for (const { name, key, value } of this.mappings.interfaces?.values() ?? []) {
      const slot = this.type.interfaces.get(name);
      if (!slot) {
        if (!this.type.isPartial) {
          this.#report.unknown(
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
          this.#report.unknown(
            operation.key,
            `an operation of interface "${name}"`,
            "operation",
            operation.name,
            slot.operations.keys(),
          );
        }
        if (!workflows?.has(operation.value.value)) {
          this.#report.unknown(
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
