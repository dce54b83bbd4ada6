import type { NodeType } from "../resolve/node_type.ts";
import type { GraphNode } from "./graph.ts";

/** Finds nodes by their types, and by those of their capabilities, derived ones included. */
export class NodeIndex {
  readonly #byType = new Map<unknown, GraphNode[]>();
  readonly #keys = new Map<NodeType, ReadonlySet<unknown>>();

  constructor(nodes: Iterable<GraphNode>) {
    for (const node of nodes) this.#add(node);
  }

  /** Returns the nodes of a type, in the order in which they were given. */
  of(type: unknown): readonly GraphNode[] {
    return this.#byType.get(type) ?? [];
  }

  #add(node: GraphNode): void {
    let keys = this.#keys.get(node.type);
    if (!keys) this.#keys.set(node.type, keys = typeKeys(node.type));
    for (const key of keys) {
      const known = this.#byType.get(key);
      if (known) known.push(node);
      else this.#byType.set(key, [node]);
    }
  }
}

/** Returns a node type, the types of its capabilities, and what they derive from. */
function typeKeys(type: NodeType): ReadonlySet<unknown> {
  interface Derived {
    readonly parent: Derived | undefined;
  }
  const keys = new Set<unknown>();
  const starts: (Derived | undefined)[] = [type];
  for (const capability of type.capabilities.values()) starts.push(capability.type);
  for (const start of starts) {
    for (let each = start; each; each = each.parent) keys.add(each);
  }
  return keys;
}
