import { didYouMean } from "../../base/mod.ts";
import type { YamlNode } from "../../yaml/mod.ts";
import { type Entries, type Entry, listed } from "../read/grammar.ts";
import type { NodeTemplateDefinition } from "../read/node_template.ts";
import type { RelationshipTemplateDefinition } from "../read/relationship.ts";
import type { Text } from "../read/scalars.ts";
import { placeOf } from "../report.ts";
import type { Unit } from "../resolve/closure.ts";
import type { Model } from "../resolve/model.ts";
import type { NodeType } from "../resolve/node_type.ts";
import type { RelationshipType } from "../resolve/relationship_type.ts";

/** A node template with what it copies laid under it. */
export interface Template {
  readonly name: string;
  readonly key: YamlNode;
  readonly unit: Unit;
  readonly definition: NodeTemplateDefinition;
  /** Nothing where the type is unknown, which was reported. */
  readonly type: NodeType | undefined;
  readonly directives: readonly ("create" | "select" | "substitute")[];
}

/** A relationship template with what it copies laid under it. */
export interface RelationshipTemplate {
  readonly name: string;
  readonly key: YamlNode;
  readonly definition: RelationshipTemplateDefinition;
  readonly type: RelationshipType | undefined;
}

/** Returns the node templates of a service template. */
export function readTemplates(
  model: Model,
  unit: Unit,
  written: Entries<NodeTemplateDefinition> | undefined,
): ReadonlyMap<string, Template> {
  const templates = new Map<string, Template>();
  for (const entry of written?.values() ?? []) {
    const definition = withCopy(model, entry, written!, "node template");
    const label = `node template "${entry.name}"`;
    templates.set(entry.name, {
      name: entry.name,
      key: entry.key,
      unit,
      definition,
      type: definition.type && model.nodeType(unit, definition.type, label),
      directives: readDirectives(model, definition.directives, label),
    });
  }
  return templates;
}

/** Returns the relationship templates of a service template. */
export function readRelationshipTemplates(
  model: Model,
  unit: Unit,
  written: Entries<RelationshipTemplateDefinition> | undefined,
): ReadonlyMap<string, RelationshipTemplate> {
  const templates = new Map<string, RelationshipTemplate>();
  for (const entry of written?.values() ?? []) {
    const definition = withCopy(model, entry, written!, "relationship template");
    const label = `relationship template "${entry.name}"`;
    const type = definition.type && model.type("relationship_types", unit, definition.type, label);
    templates.set(entry.name, {
      name: entry.name,
      key: entry.key,
      definition,
      type: type as RelationshipType | undefined,
    });
  }
  return templates;
}

/** Keynames whose maps merge by key when a template copies another. */
const merged = ["properties", "attributes", "capabilities", "interfaces", "artifacts"] as const;

/**
 * Lays a template over the one that it copies (TOSCA 2.0, sections 7.2 and 7.4): maps merge by key one level below the
 * keyname, everything else is replaced.
 */
function withCopy<D extends { readonly copy?: Text; readonly at: YamlNode }>(
  model: Model,
  entry: Entry<D>,
  all: Entries<D>,
  noun: string,
): D {
  const { copy } = entry.value;
  if (!copy) return entry.value;
  const complain = (why: string, fix?: string) => {
    model.report.error("TOSCA_COPY", copy.node, {
      what: `Cannot copy "${copy.value}" to ${noun} "${entry.name}"`,
      why,
      ...(fix ? { fix } : {}),
    });
    return entry.value;
  };
  const source = all.get(copy.value);
  if (!source) {
    return complain(
      `There is no ${noun} "${copy.value}"; there are ${listed(all.keys())}`,
      didYouMean(copy.value, all.keys()),
    );
  }
  if (source === entry) return complain("It would copy itself", "Name another template");
  if (source.value.copy) {
    return complain(
      `"${copy.value}" is itself a copy (${placeOf(source.value.copy.node)})`,
      `Copy "${source.value.copy.value}" instead`,
    );
  }
  return overlay(source.value, entry.value);
}

function overlay<D extends object>(under: D, over: D): D {
  const made = { ...under } as Record<string, unknown>;
  for (const [name, value] of Object.entries(over)) {
    if (value === undefined) continue;
    const below = made[name];
    const isMerged = (merged as readonly string[]).includes(name) && below instanceof Map;
    made[name] = isMerged ? new Map([...below, ...value as Map<string, unknown>]) : value;
  }
  return made as D;
}

const directives = ["create", "select", "substitute"] as const;

function readDirectives(
  model: Model,
  written: readonly Text[] | undefined,
  label: string,
): readonly (typeof directives)[number][] {
  if (!written || written.length === 0) return ["create"];
  const known: (typeof directives)[number][] = [];
  for (const each of written) {
    const directive = directives.find((name) => name === each.value);
    if (directive) {
      known.push(directive);
      continue;
    }
    const successor = { selectable: "select", substitutable: "substitute" }[each.value];
    model.report.error("TOSCA_DIRECTIVE", each.node, {
      what: `Cannot follow the directive "${each.value}" of ${label}`,
      why: successor
        ? "It belongs to an earlier TOSCA, not to 2.0"
        : `The directives are ${listed(directives)}`,
      fix: successor ? `Write "${successor}"` : didYouMean(each.value, directives),
    });
  }
  return known.length > 0 ? known : ["create"];
}
