import type { Clout, Vertex } from "../../clout/mod.ts";

/** Returns the graph in Graphviz's language: vertexes with their type, edges with their requirement. */
export function toDot(clout: Clout): string {
  const lines = [
    "digraph service {",
    '  graph [rankdir=LR, fontname="sans-serif"]',
    '  node [shape=box, style=rounded, fontname="sans-serif"]',
    '  edge [fontname="sans-serif", fontsize=10]',
  ];
  for (const vertex of clout.vertexes.values()) {
    lines.push(`  ${quote(vertex.id)} [label=${quote(`${vertex.id}\n${shortType(vertex)}`)}]`);
  }
  for (const vertex of clout.vertexes.values()) {
    for (const edge of vertex.edges) {
      lines.push(`  ${quote(vertex.id)} -> ${quote(edge.target)} [label=${quote(edge.name)}]`);
    }
  }
  return `${lines.join("\n")}\n}\n`;
}

/** Returns the graph in Mermaid's language. */
export function toMermaid(clout: Clout): string {
  const names = new Map([...clout.vertexes.keys()].map((id, index) => [id, `v${index}`]));
  const lines = ["flowchart LR"];
  for (const vertex of clout.vertexes.values()) {
    lines.push(
      `  ${names.get(vertex.id)}["${mermaidText(vertex.id)}<br/>${
        mermaidText(shortType(vertex))
      }"]`,
    );
  }
  for (const vertex of clout.vertexes.values()) {
    for (const edge of vertex.edges) {
      lines.push(
        `  ${names.get(vertex.id)} -->|"${mermaidText(edge.name)}"| ${names.get(edge.target)}`,
      );
    }
  }
  return `${lines.join("\n")}\n`;
}

/** Returns a vertex's type without its profile. */
export function shortType({ types }: Pick<Vertex, "types">): string {
  return types[0]?.replace(/^.*::/, "") ?? "";
}

function quote(text: string): string {
  return `"${text.replaceAll("\\", "\\\\").replaceAll('"', '\\"').replaceAll("\n", "\\n")}"`;
}

function mermaidText(text: string): string {
  return text.replaceAll("&", "&amp;").replaceAll('"', "#quot;").replaceAll("<", "&lt;").replaceAll(
    ">",
    "&gt;",
  );
}
