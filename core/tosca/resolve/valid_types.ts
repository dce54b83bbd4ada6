import type { YamlNode } from "../../yaml/mod.ts";
import type { Text } from "../read/scalars.ts";
import { placeOf } from "../report.ts";
import type { Unit } from "./closure.ts";
import type { AnyType, Model } from "./model.ts";
import type { TypeSection } from "./model.ts";

/** A list of admitted types; where it is absent, all types are. */
export interface ValidTypes<T extends AnyType = AnyType> {
  readonly types: readonly T[];
  readonly at: YamlNode | undefined;
}

/**
 * Returns a list such as `valid_source_node_types` or `members`, narrowed from the inherited one.
 *
 * Each entry must equal or derive from an inherited entry (TOSCA 2.0, sections 7.3, 8.1, 16).
 */
export function resolveValidTypes<T extends AnyType>(
  model: Model,
  unit: Unit,
  written: readonly Text[] | undefined,
  options: {
    readonly keyname: string;
    readonly owner: string;
    readonly sections: readonly TypeSection[];
    readonly inherited?: ValidTypes<T>;
  },
): ValidTypes<T> | undefined {
  const { inherited, keyname, owner, sections } = options;
  if (!written) return inherited;
  const types: T[] = [];
  let hasUnknown = false;
  for (const name of written) {
    const section = sections.find((each) => model.names.find(unit, each, name.value)) ??
      sections[0];
    const type = model.type(section, unit, name, `"${keyname}" of ${owner}`) as T | undefined;
    if (!type) {
      hasUnknown = true;
      continue;
    }
    types.push(type);
    if (!inherited || admits(inherited, type)) continue;
    model.report.error("TOSCA_VALID_LIST", name.node, {
      what: `Cannot admit "${name.value}" in "${keyname}" of ${owner}`,
      why: `The list may only be narrowed, and "${name.value}" derives from none of the inherited` +
        (inherited.at ? ` (${placeOf(inherited.at)})` : ""),
      fix: `Use ${
        inherited.types.map((each) => `"${each.name}"`).join(", ")
      } or types derived from them`,
    });
  }
  // What an unknown entry would have admitted is unknown, which was reported.
  return hasUnknown ? undefined : { types, at: written[0]?.node };
}

/** Whether a list admits a type: it is absent, or has the type or an ancestor of it. */
export function admits(list: ValidTypes | undefined, type: AnyType): boolean {
  // An empty list admits nothing that was said; it is taken as written.
  // deno-lint-ignore no-explicit-any
  return !list || list.types.some((each) => (type as any).derivesFrom(each));
}
