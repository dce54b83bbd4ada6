import { didYouMean, nearest } from "../../base/mod.ts";
import type { YamlNode } from "../../yaml/mod.ts";
import { checkExpression, type StaticScope } from "../functions/check.ts";
import { parseExpression } from "../functions/expression.ts";
import { capitalised, type Entries, listed } from "../read/grammar.ts";
import { placeOf } from "../report.ts";
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
    checkValue(value, scope, definition, label);
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
