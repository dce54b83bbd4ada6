import { stringOf, type YamlNode, YamlScalar } from "../../yaml/mod.ts";
import { keyParts, type Mapping } from "../read/substitution.ts";
import { pairOf } from "./mapping_report.ts";
import type { GraphEdge, GraphNode } from "./graph.ts";
import type { ServiceParts } from "./instantiate.ts";

/** What a substituting service is given from outside: the targets of the node that it stands in for. */
export interface Outside {
  /** Relationships whose targets an inner requirement gets, by `template/requirement`. */
  readonly edges: ReadonlyMap<string, readonly GraphEdge[]>;
  /** Nodes that an inner template with the directive `select` is an alias of, by template. */
  readonly nodes: ReadonlyMap<string, readonly GraphNode[]>;
}

/**
 * Returns which targets of a substituted node the inner service gets (TOSCA 2.0, section 15.5).
 *
 * Relationship k of a requirement goes to mapping k; a mapping with a count takes so many, and one that is alone all.
 */
export function mappedRequirements(parts: ServiceParts, node: GraphNode): Outside {
  const edges = new Map<string, GraphEdge[]>();
  const nodes = new Map<string, GraphNode[]>();
  const all = parts.definition.substitution_mappings?.requirements ?? [];
  for (const [requirement, mappings] of byRequirement(all)) {
    const left = [...node.edges.get(requirement) ?? []];
    for (const { key, value } of mappings) {
      const taken = left.splice(0, takenBy(key, mappings.length === 1));
      for (const end of endsOf(parts, value)) {
        if (end.requirement === undefined) {
          push(nodes, end.template, taken.map(({ target }) => target));
        } else push(edges, `${end.template}/${end.requirement}`, taken);
      }
    }
  }
  return { edges, nodes };
}

function byRequirement(mappings: readonly Mapping[]): Map<string, Mapping[]> {
  const found = new Map<string, Mapping[]>();
  for (const each of mappings) push(found, stringOf(keyParts(each.key)[0]!) ?? "", [each]);
  return found;
}

function takenBy(key: YamlNode, isAlone: boolean): number {
  const [, count] = keyParts(key);
  if (count instanceof YamlScalar && typeof count.value === "bigint") return Number(count.value);
  return count || isAlone ? Infinity : 1;
}

/** A pair of strings is a template with its requirement where it has such a one, else a list of selectable templates. */
function* endsOf(
  parts: ServiceParts,
  value: YamlNode,
): Iterable<{ template: string; requirement?: string }> {
  const name = stringOf(value);
  if (name !== undefined) return yield { template: name };
  const pair = pairOf(value);
  if (pair) {
    const [template, requirement] = pair.map((each) => stringOf(each)!);
    if (parts.templates.get(template)?.type?.requirements.has(requirement)) {
      return yield { template, requirement };
    }
  }
  if (value.kind === "list") { for (const item of value.items) yield* endsOf(parts, item); }
}

function push<T>(map: Map<string, T[]>, key: string, items: readonly T[]): void {
  const known = map.get(key);
  if (known) known.push(...items);
  else map.set(key, [...items]);
}
