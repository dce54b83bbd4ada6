import { didYouMean } from "../../base/mod.ts";
import { stringOf, type YamlNode } from "../../yaml/mod.ts";
import { listed } from "../read/grammar.ts";
import type { ServiceParts } from "./instantiate.ts";
import type { Template } from "./templates.ts";

/** Says what is wrong with the mappings of a substitution. */
export class MappingReport {
  constructor(readonly parts: ServiceParts) {}

  error(at: YamlNode, what: string, why: string, fix?: string, isWarning = false): void {
    this.parts.model.report[isWarning ? "warn" : "error"]("TOSCA_SUBSTITUTION", at, {
      what: `Cannot map ${what}`,
      why,
      ...(fix ? { fix } : {}),
    });
  }

  unknown(at: YamlNode, what: string, noun: string, name: string, known: Iterable<string>): void {
    const names = [...known];
    this.error(
      at,
      `${what}: there is no ${noun} "${name}"`,
      `There are ${listed(names)}`,
      didYouMean(name, names),
    );
  }

  template(node: YamlNode): Template | undefined {
    const name = stringOf(node);
    const template = name === undefined ? undefined : this.parts.templates.get(name);
    if (!template) {
      this.unknown(
        node,
        "to a node template",
        "node template",
        name ?? "",
        this.parts.templates.keys(),
      );
    }
    return template;
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
