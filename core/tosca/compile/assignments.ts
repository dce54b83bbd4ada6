import { didYouMean, nearest } from "../../base/mod.ts";
import { stringOf, type YamlNode } from "../../yaml/mod.ts";
import { checkExpression, type StaticScope } from "../functions/check.ts";
import { parseExpression } from "../functions/expression.ts";
import { capitalised, type Entries, listed } from "../read/grammar.ts";
import { placeOf, type Report } from "../report.ts";
import { type Property, reportFixed } from "../resolve/properties.ts";

/** What values are assigned to. */
export interface Assignee {
  /** For messages: `node template "web"`. */
  readonly label: string;
  /** Where missing values are reported. */
  readonly key: YamlNode;
  /** Where the definitions come from: `node type "Server"`. */
  readonly type: string;
  /** Whether more may be defined than is known. */
  readonly isPartial: boolean;
  /** Whether some of the assignments could not be read: what is missing may have been meant to be there. */
  readonly isIncomplete?: boolean;
  /** Whether what the type does not define is only warned of. */
  readonly isLoose?: boolean;
}

/** Checks assignments of properties or attributes against their definitions. */
export function checkAssignments(
  assigned: Entries<YamlNode> | undefined,
  defined: ReadonlyMap<string, Property>,
  scope: StaticScope,
  to: Assignee,
  noun: "property" | "attribute",
): void {
  const { report } = scope.model;
  for (const { name, key, value } of assigned?.values() ?? []) {
    const definition = defined.get(name);
    const label = `${noun} "${name}" of ${to.label}`;
    if (!definition) {
      if (!to.isPartial) reportUndefined(scope, key, noun, name, defined.keys(), to);
      checkValue(value, scope, undefined, label);
      continue;
    }
    if (definition.fixed) {
      reportFixed(scope.model, key, label, definition);
      continue;
    }
    const plain = noun === "attribute" ? attributeValue(value, definition, report, label) : value;
    if (plain) checkValue(plain, scope, definition, label);
  }
  if (noun === "attribute" || to.isIncomplete) return;
  const unknown = [...assigned?.keys() ?? []].filter((name) => !defined.has(name));
  for (const definition of defined.values()) {
    const isGiven = assigned?.has(definition.name) || definition.default || definition.fixed;
    if (isGiven || !definition.isRequired || !definition.schema) continue;
    // A misspelt name was reported with the name that was meant: that this one is missing follows from it.
    if (nearest(definition.name, unknown) !== undefined) continue;
    report.error("TOSCA_PROPERTY_MISSING", to.key, {
      what: `Cannot complete ${to.label}: property "${definition.name}" has no value`,
      why: `${capitalised(definition.owner)} requires it (${placeOf(definition.key)})`,
      fix: `Assign "${definition.name}" in properties, or give the definition a default`,
    });
  }
}

/**
 * Returns the value of an attribute assignment. Earlier TOSCA had a long notation, a map of `description` and `value`, which
 * is still written: where the attribute cannot be a map nothing else can be meant.
 */
export function attributeValue(
  node: YamlNode,
  { schema }: Property,
  report?: Report,
  label?: string,
): YamlNode | undefined {
  if (node.kind !== "map" || node.entries.length === 0 || !schema) return node;
  if (schema.type.base === "map" || schema.type.base === "complex") return node;
  const isLong = node.entries.every(({ key }) => ["description", "value"].includes(stringOf(key)!));
  if (!isLong) return node;
  report?.warn("TOSCA_KEYNAME_DRAFT", node, {
    what: `Cannot find the long notation of ${label} in TOSCA 2.0`,
    why: 'A map of "description" and "value" was an attribute assignment in earlier TOSCA',
    fix: "Write the value alone",
  });
  return node.entry("value")?.value;
}

function checkValue(
  value: YamlNode,
  scope: StaticScope,
  definition: Property | undefined,
  label: string,
): void {
  const expression = parseExpression(value, scope.model.report);
  if (expression) checkExpression(expression, scope, definition?.schema, label);
}

/** Reports the assignment of something that the type does not define. */
export function reportUndefined(
  scope: Pick<StaticScope, "model">,
  at: YamlNode,
  noun: string,
  name: string,
  known: Iterable<string>,
  to: Pick<Assignee, "label" | "type" | "isLoose">,
): void {
  const names = [...known];
  scope.model.report[to.isLoose ? "warn" : "error"]("TOSCA_UNDEFINED", at, {
    what: `Cannot assign the ${noun} "${name}" of ${to.label}: ${to.type} defines no such ${noun}`,
    why: `It defines ${listed(names)}`,
    fix: didYouMean(name, names) ?? `Define "${name}" in the type, or remove it here`,
  });
}
